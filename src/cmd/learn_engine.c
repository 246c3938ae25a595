/* SPDX-License-Identifier: Apache-2.0 */
/* How containers are started under the profile of a run, and asked about. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/learn_run.h"
#include "oci/bundle.h"
#include "oci/rebase.h"
#include "oci/spec.h"

static int spec_says(const char *bundle_dir, bool *ret, struct yr_err *err)
{
	AUTO_BUNDLE struct yr_bundle *bundle = NULL;
	AUTO_SPEC struct yr_spec *spec = NULL;
	const char *text;
	size_t len;
	int r = yr_bundle_open(bundle_dir, &bundle, err);

	if (r < 0)
		return r;
	text = yr_bundle_text(bundle, &len);
	r = yr_spec_read(text, len, YR_SPEC_CONFIG, &spec, err);
	if (r < 0)
		return yr_err_wrap(err, "%s/config.json", bundle_dir);
	*ret = spec->no_new_privs;
	return 0;
}

/* What is behind --security-opt, as a word of its own or joined to it; ":true" may be behind it. */
static bool option_says(const char *arg)
{
	static const char option[] = "--security-opt=", word[] = "no-new-privileges";

	if (!strncmp(arg, option, sizeof(option) - 1))
		arg += sizeof(option) - 1;
	if (strncmp(arg, word, sizeof(word) - 1) != 0)
		return false;
	arg += sizeof(word) - 1;
	return !*arg || ((*arg == ':' || *arg == '=') && strcmp(arg + 1, "false") != 0);
}

int yr_learn_inherits(const struct yr_learn_wish *w, bool *ret, struct yr_err *err)
{
	*ret = false;
	switch (w->what) {
	case YR_LEARN_OCI:
		return spec_says(w->subject, ret, err);
	case YR_LEARN_COMMAND:
		*ret = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
		return 0;
	default:
		for (size_t i = 0; i < w->n_engine_args; i++)
			*ret |= option_says(w->engine_args[i]);
		return 0;
	}
}

static void add(struct yr_learn_line *l, const char *word)
{
	if (l->n + 1 < ARRAY_LEN(l->at))
		l->at[l->n++] = word;
	else
		l->n = ARRAY_LEN(l->at);
}

/* The specification with the profile in it, where nobody else's is. */
static int write_bundle(const struct yr_learn_wish *w, const struct yr_learn_cage *c,
			struct yr_err *err)
{
	AUTO_BUNDLE struct yr_bundle *bundle = NULL;
	AUTO_SPEC struct yr_spec *spec = NULL;
	AUTO_BUF struct yr_buf named = { 0 };
	AUTO_BUF struct yr_buf whole = { 0 };
	char path[PATH_MAX + 16];
	const char *text;
	size_t len;
	int r = yr_bundle_open(w->subject, &bundle, err);

	if (r < 0)
		return r;
	text = yr_bundle_text(bundle, &len);
	r = yr_spec_read(text, len, YR_SPEC_CONFIG, &spec, err);
	if (!r)
		r = yr_spec_with_profile(spec, c->profile, &named, err);
	if (!r)
		r = yr_spec_rebase(named.data, named.len, yr_bundle_real(bundle), &whole, err);
	if (r < 0)
		return yr_err_wrap(err, "%s/config.json", w->subject);
	snprintf(path, sizeof(path), "%s/config.json", c->dir);
	return yr_write_file(path, whole.data, whole.len, err);
}

int yr_learn_line(const struct yr_learn_wish *w, const struct yr_learn_cage *c,
		  struct yr_learn_line *ret, struct yr_err *err)
{
	int r = 0;

	ret->n = 0;
	if (w->what != YR_LEARN_COMMAND)
		add(ret, c->engine);
	if (w->what == YR_LEARN_PODMAN || w->what == YR_LEARN_DOCKER) {
		snprintf(ret->text[0], sizeof(ret->text[0]), "apparmor=%s", c->profile);
		add(ret, "run");
		add(ret, "--rm");
		add(ret, "--name");
		add(ret, c->profile);
		add(ret, "--security-opt");
		add(ret, ret->text[0]);
		for (size_t i = 0; i < w->n_engine_args; i++)
			add(ret, w->engine_args[i]);
		add(ret, w->subject);
	} else if (w->what == YR_LEARN_OCI) {
		r = write_bundle(w, c, err);
		add(ret, "run");
		add(ret, "--bundle");
		add(ret, c->dir);
		for (size_t i = 0; i < w->n_engine_args; i++)
			add(ret, w->engine_args[i]);
		add(ret, c->profile);
	}
	for (char **a = w->what != YR_LEARN_OCI ? w->args : NULL; a && *a; a++)
		add(ret, *a);
	if (r < 0)
		return r;
	if (ret->n >= ARRAY_LEN(ret->at))
		return yr_err_set(err, E2BIG, "the command has more than %d arguments",
				  YR_LIMIT_ENGINE_ARGS);
	ret->at[ret->n] = NULL;
	return 0;
}

size_t yr_learn_state_line(const struct yr_learn_cage *c, const char *line[8])
{
	size_t n = 0;

	line[n++] = c->engine;
	if (c->what == YR_LEARN_OCI) {
		line[n++] = "state";
	} else {
		line[n++] = "inspect";
		line[n++] = "--format";
		line[n++] = "{{.Id}}|{{.State.Running}}|{{.State.Pid}}|"
			    "{{.NetworkSettings.IPAddress}}|{{.HostConfig.NetworkMode}}|";
	}
	line[n++] = c->profile;
	line[n] = NULL;
	return n;
}

static bool oci_is_up(const char *answer, struct yr_learn_up *ret)
{
	json_t *all = json_loads(answer, 0, NULL);
	const char *status = json_string_value(json_object_get(all, "status"));
	const char *id = json_string_value(json_object_get(all, "id"));
	bool up = status && !strcmp(status, "running");

	snprintf(ret->id, sizeof(ret->id), "%s", id ? id : "");
	snprintf(ret->pid, sizeof(ret->pid), "%lld",
		 (long long)json_integer_value(json_object_get(all, "pid")));
	json_decref(all);
	return up;
}

static const char *word(const char *at, char *to, size_t size)
{
	size_t n = strcspn(at, "|\n");

	snprintf(to, size, "%.*s", (int)n, at);
	return at[n] == '|' ? at + n + 1 : at + n;
}

bool yr_learn_is_up(const struct yr_learn_cage *c, const char *answer, struct yr_learn_up *ret)
{
	char running[16], network[32];

	*ret = (struct yr_learn_up){ .id = "" };
	if (c->what == YR_LEARN_OCI)
		return oci_is_up(answer, ret);
	answer = word(answer, ret->id, sizeof(ret->id));
	answer = word(answer, running, sizeof(running));
	answer = word(answer, ret->pid, sizeof(ret->pid));
	answer = word(answer, ret->address, sizeof(ret->address));
	word(answer, network, sizeof(network));
	if (!*ret->address && !strcmp(network, "host"))
		snprintf(ret->address, sizeof(ret->address), "127.0.0.1");
	return !strcmp(running, "true");
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '.' || c == '_' || c == '-';
}

void yr_learn_default_name(const struct yr_learn_wish *w, char *name, size_t size)
{
	const char *from = w->what == YR_LEARN_COMMAND ? w->args[0] : w->subject, *slash;
	size_t len = strlen(from), n = 0;

	while (len > 1 && from[len - 1] == '/')
		len--;
	slash = memrchr(from, '/', len);
	if (slash) {
		len -= (size_t)(slash + 1 - from);
		from = slash + 1;
	}
	/* Of an image neither the tag nor the digest. */
	if (w->what == YR_LEARN_PODMAN || w->what == YR_LEARN_DOCKER) {
		size_t plain = strcspn(from, ":@");

		len = plain < len ? plain : len;
	}
	for (; n < len && n + 1 < size; n++)
		name[n] = is_plain(from[n]) && (n || !strchr("-.", from[n])) ? from[n] : '_';
	name[n] = '\0';
	if (!n || !strcmp(name, "unconfined"))
		snprintf(name, size, "learned");
}

const char *yr_learn_name_is_bad(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > 255)
		return "it has no letters, or more than 255";
	if (!strcmp(name, "unconfined"))
		return "that means no profile";
	for (size_t i = 0; i < n; i++)
		if (!is_plain(name[i]) && !strchr("/+~", name[i]))
			return "letters, digits and -._+~/ make one";
	if (*name == '-' || strstr(name, "//") || name[n - 1] == '/')
		return "it begins with a dash, or a '/' stands beside another or at the end";
	return NULL;
}
