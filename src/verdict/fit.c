/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/fit.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool goes_on(const struct yr_policy *image, const char *bytes, size_t len)
{
	for (size_t i = 0; i < image->n; i++) {
		const struct yr_dfa *d = image->profiles[i].policydb.dfa;

		if (d && yr_dfa_run(d, 1, (struct yr_str){ bytes, len }))
			return true;
	}
	return false;
}

static bool mediates(const struct yr_policy *image, enum yr_class class)
{
	char byte = (char)class;

	return goes_on(image, &byte, 1);
}

/* Whether any socket is asked for more than its type. */
static bool asks_on(const struct yr_policy *image)
{
	for (size_t i = 0; i < image->n; i++) {
		const struct yr_pdb *p = &image->profiles[i].policydb;

		for (uint32_t k = 1; p->dfa && k < p->n_perms; k++)
			if (p->perms[k].owner.allow & YR_PDB_CONTINUE)
				return true;
	}
	return false;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* Make another word of @word: as long, and none that anybody asks for. */
static void hide(char *text, const char *word)
{
	size_t len = strlen(word);

	for (char *at = strstr(text, word); at; at = strstr(at + len, word))
		if ((at == text || !in_word(at[-1])) && !in_word(at[len]))
			memset(at, 'x', len);
}

int yr_features_fit(const struct yr_policy *image, const struct yr_features *kernel,
		    struct yr_features **ret_features, struct yr_err *err)
{
	static const struct {
		enum yr_class class;
		const char *word;
	} words[] = {
		{ YR_CLASS_MOUNT, "mount" },
		{ YR_CLASS_PTRACE, "ptrace" },
		{ YR_CLASS_SIGNAL, "signal" },
		{ YR_CLASS_NET_V8, "network_v8" },
		{ YR_CLASS_NET_V9, "network_v9" },
		{ YR_CLASS_POSIX_MQUEUE, "posix_mqueue" },
		{ YR_CLASS_SYSV_MQUEUE, "sysv_mqueue" },
		{ YR_CLASS_USERNS, "userns_create" },
		{ YR_CLASS_IO_URING, "io_uring" },
		{ YR_CLASS_DBUS, "dbus" },
	};
	static const char unix_v9[] = { YR_CLASS_NET_V9, 0, 1 };
	const char *text;
	AUTO_FREE char *copy = NULL;
	size_t len;

	text = yr_features_text(kernel, &len);
	copy = strndup(text, len);
	if (!copy)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!mediates(image, words[i].class))
			hide(copy, words[i].word);
	if (!asks_on(image))
		hide(copy, "af_inet");
	if (!goes_on(image, unix_v9, sizeof(unix_v9)) && !mediates(image, YR_CLASS_NET_V7))
		hide(copy, "af_unix");
	return yr_features_parse("image", copy, len, ret_features, err);
}
