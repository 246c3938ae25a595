/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on the questions of `yoroi query`: the first line is an access, the rest the policy
 * that it is asked of, as text and by way of an image. Both must answer alike, and what is shown as
 * denied must be an access, and denied.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "verdict/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All classes; the shipped list need not be found from here. */
static const char kernel_text[] =
	"caps {mask {chown\n}\n}\ndbus {mask {send\n}\n}\ndomain {stack {yes\n}\n}\n"
	"io_uring {mask {sqpoll\n}\n}\nipc {posix_mqueue {open\n}\nsysv_mqueue {open\n}\n}\n"
	"mount {mask {mount\n}\n}\nnamespaces {mask {userns_create\n}\n}\n"
	"network_v9 {af_inet {yes\n}\naf_unix {yes\n}\n}\n"
	"policy {permstable32 {allow\n}\npermstable32_version {3\n}\n"
	"versions {v5 {yes\n}\nv6 {yes\n}\nv7 {yes\n}\n}\n}\n"
	"ptrace {mask {read\n}\n}\nsignal {mask {hup\n}\n}\n";

static const struct yr_features *features(void)
{
	static struct yr_features *f;
	struct yr_err err = { 0 };

	if (!f && yr_features_parse("all", kernel_text, sizeof(kernel_text) - 1, &f, &err) < 0)
		abort();
	return f;
}

/* -1: not asked, else whether it is allowed. */
static int ask(const struct yr_subject *s, struct yr_str text, char *example, size_t room)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_request *request = NULL;
	struct yr_answer answer = { 0 };
	struct yr_err err = { 0 };
	int r = -1;

	if (!diags)
		abort();
	if (!yr_request_new(s, "access", text, diags, &request, &err) &&
	    !yr_query(s, request, &answer, &err))
		r = answer.allowed;
	if (!r && example && answer.example)
		snprintf(example, room, "%s", answer.example);
	yr_answer_done(&answer);
	yr_request_free(request);
	yr_diags_free(diags);
	return r;
}

static struct yr_policy *by_image(const struct yr_policy *policy)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_policy *back = NULL;
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };

	if (yr_image_write(policy, features(), 0, &b, &err) < 0)
		return NULL; /* no room for it in the form */
	if (yr_image_read(b.data, b.len, &image, &err) < 0 ||
	    yr_policy_from_image(image, &back, &err) < 0)
		abort();
	yr_image_free(image);
	return back;
}

static void ask_both(const struct yr_unit *unit, const struct yr_policy *policy,
		     const struct yr_policy_options *opt, struct yr_str access)
{
	struct yr_subject text = { unit, unit->profiles[0], &policy->profiles[0], *opt };
	struct yr_policy *image = by_image(policy);
	char example[8192] = "";
	int answer = ask(&text, access, example, sizeof(example));

	if (answer >= 0 && image) {
		struct yr_subject other = { NULL, NULL, &image->profiles[0], *opt };

		if (ask(&other, access, NULL, 0) != answer)
			abort();
	}
	/* Witnesses of nothing are names that cannot be written. */
	if (*example && ask(&text, yr_str_of(example), NULL, 0) == 1)
		abort();
	yr_policy_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const none[] = { NULL };
	const struct yr_lang_options lang = { .include_dirs = none,
					      .relative_dir = "/nonexistent" };
	const struct yr_policy_options opt = { .kernel = features(),
					       .override_abi = features(),
					       .per_rule = true };
	const char *text = (const char *)data, *end = size ? memchr(text, '\n', size) : NULL;
	struct yr_arena arena = { .limit = 64u << 20 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_policy *policy = NULL;
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	struct yr_str access = { text, end ? (size_t)(end - text) : 0 };

	if (!diags)
		abort();
	if (end && size <= 400 &&
	    !yr_lang_read_text(&arena, "fuzz", (struct yr_str){ end + 1, size - access.len - 1 },
			       &lang, diags, &unit, &err) &&
	    !yr_diags_errors(diags) && unit->n_profiles &&
	    !yr_policy_compile(unit, &opt, diags, &policy, &err) && !yr_diags_errors(diags) &&
	    policy->n)
		ask_both(unit, policy, &opt, access);
	yr_policy_free(policy);
	yr_diags_free(diags);
	yr_arena_done(&arena);
	return 0;
}
