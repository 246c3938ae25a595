/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <errno.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "oci/json.h"
#include "oci/limits.h"
#include "oci/members.h"

/* Capabilities that only privileged containers have, all of them. */
static const char *const privileged_caps[] = { "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
					       "CAP_MAC_ADMIN" };
#define ALL_CAPS ((1u << ARRAY_LEN(privileged_caps)) - 1)

struct yr_spec_reader {
	struct yr_spec spec; /* first: what callers see is the whole's beginning */
	struct yr_arena arena;
	enum yr_spec_kind kind;
	const char *text;
	size_t len;
	/* Where things lie in the text; 0 for what is not there, since all lie behind a '{'. */
	size_t process_at;  /* behind process' '{' */
	size_t first_key;   /* process' first key */
	size_t profile_at;  /* the value of process.apparmorProfile ... */
	size_t profile_end; /* ... and what is behind it */
	unsigned caps;      /* privileged_caps in the bounding set, by bit */
	bool paths_hidden;  /* maskedPaths or readonlyPaths have something */
	struct yr_json j;
};

/* 1: a value of @kind begins here; 0: null, which is passed, as if the key were not there. */
static int kind_or_null(struct yr_spec_reader *w, enum yr_json_kind kind, const char *name)
{
	static const char *const called[] = {
		[YR_JSON_OBJECT] = "an object",
		[YR_JSON_LIST] = "a list",
		[YR_JSON_STRING] = "a string",
		[YR_JSON_BOOL] = "true or false",
	};
	enum yr_json_kind is = yr_json_peek(&w->j);

	if (is == kind)
		return 1;
	if (is == YR_JSON_NULL)
		return yr_json_skip(&w->j);
	if (is == YR_JSON_BAD) /* says what is there */
		return yr_json_skip(&w->j);
	return yr_json_refuse(&w->j, w->j.at, EINVAL, "'%s' has to be %s", name, called[kind]);
}

/* A string, and nothing else, that is kept with a NUL behind it. */
static int read_text(struct yr_spec_reader *w, const char *name, const char **ret)
{
	size_t at;
	struct yr_str s;
	int r = kind_or_null(w, YR_JSON_STRING, name);

	if (r <= 0)
		return r;
	at = w->j.at;
	r = yr_json_string(&w->j, &s);
	if (r < 0)
		return r;
	if (s.len && memchr(s.at, '\0', s.len))
		return yr_json_refuse(&w->j, at, EINVAL, "a NUL in '%s'", name);
	if (!s.len)
		return 0;
	*ret = yr_arena_strndup(&w->arena, s.at, s.len);
	return *ret ? 0 : yr_err_set(w->j.err, ENOMEM, "out of memory");
}

/* A list of strings or null; @each is told of every one. */
static int read_strings(struct yr_spec_reader *w, const char *name,
			int (*each)(struct yr_spec_reader *w, size_t i, struct yr_str s, size_t at))
{
	struct yr_json_walk walk;
	int r = kind_or_null(w, YR_JSON_LIST, name);

	if (r <= 0)
		return r;
	r = yr_json_enter(&w->j, '[', &walk);
	if (r < 0)
		return r;
	for (size_t i = 0; (r = yr_json_more(&w->j, &walk)) > 0; i++) {
		enum yr_json_kind kind = yr_json_peek(&w->j);
		size_t at = w->j.at;
		struct yr_str s;

		if (kind != YR_JSON_STRING && kind != YR_JSON_BAD)
			return yr_json_refuse(&w->j, at, EINVAL, "'%s' has to be a list of strings",
					      name);
		r = yr_json_string(&w->j, &s);
		if (r >= 0)
			r = each(w, i, s, at);
		if (r < 0)
			return r;
	}
	return r;
}

static int take_cap(struct yr_spec_reader *w, size_t i, struct yr_str s, size_t at)
{
	(void)i;
	(void)at;
	for (size_t k = 0; k < ARRAY_LEN(privileged_caps); k++) {
		if (yr_str_is(s, privileged_caps[k]))
			w->caps |= 1u << k;
	}
	return 0;
}

static int read_bounding(struct yr_spec_reader *w, const char *name)
{
	return read_strings(w, name, take_cap);
}

static int read_capabilities(struct yr_spec_reader *w, const char *name)
{
	static const struct yr_member members[] = { { "bounding", read_bounding } };
	int r = kind_or_null(w, YR_JSON_OBJECT, name);

	return r <= 0 ? r : yr_members_read(&w->j, w, members, ARRAY_LEN(members), NULL);
}

static int read_profile(struct yr_spec_reader *w, const char *name)
{
	int r;

	yr_json_peek(&w->j);
	w->profile_at = w->j.at;
	r = read_text(w, name, &w->spec.profile);
	w->profile_end = w->j.at;
	w->spec.empty_profile = !r && !w->spec.profile && w->text[w->profile_at] == '"';
	if (w->spec.empty_profile && w->kind == YR_SPEC_PROCESS)
		return yr_json_refuse(&w->j, w->profile_at, EINVAL,
				      "'%s' is empty: leave it out for the container's profile, "
				      "since runtimes differ in what they take this for",
				      name);
	return r;
}

static int read_no_new_privs(struct yr_spec_reader *w, const char *name)
{
	int r = kind_or_null(w, YR_JSON_BOOL, name);

	return r <= 0 ? r : yr_json_bool(&w->j, &w->spec.no_new_privs);
}

static int take_arg(struct yr_spec_reader *w, size_t i, struct yr_str s, size_t at)
{
	if (i)
		return 0;
	if (s.len && memchr(s.at, '\0', s.len))
		return yr_json_refuse(&w->j, at, EINVAL, "a NUL in 'args'");
	w->spec.first_arg = yr_arena_strndup(&w->arena, s.at, s.len);
	return w->spec.first_arg ? 0 : yr_err_set(w->j.err, ENOMEM, "out of memory");
}

static int read_args(struct yr_spec_reader *w, const char *name)
{
	return read_strings(w, name, take_arg);
}

static int read_process(struct yr_spec_reader *w, const char *name)
{
	static const struct yr_member members[] = { { "apparmorProfile", read_profile },
						    { "capabilities", read_capabilities },
						    { "noNewPrivileges", read_no_new_privs },
						    { "args", read_args } };
	int r = kind_or_null(w, YR_JSON_OBJECT, name);

	if (r <= 0)
		return r;
	w->spec.has_process = true;
	w->process_at = w->j.at + 1;
	return yr_members_read(&w->j, w, members, ARRAY_LEN(members), &w->first_key);
}

static int read_namespace_type(struct yr_spec_reader *w, const char *name)
{
	const char *type = NULL;
	int r = read_text(w, name, &type);

	if (type && !strcmp(type, "user"))
		w->spec.user_namespace = true;
	return r;
}

static int read_namespaces(struct yr_spec_reader *w, const char *name)
{
	static const struct yr_member members[] = { { "type", read_namespace_type } };
	struct yr_json_walk walk;
	int r = kind_or_null(w, YR_JSON_LIST, name);

	if (r <= 0)
		return r;
	r = yr_json_enter(&w->j, '[', &walk);
	if (r < 0)
		return r;
	while ((r = yr_json_more(&w->j, &walk)) > 0) {
		r = yr_members_read(&w->j, w, members, ARRAY_LEN(members), NULL);
		if (r < 0)
			return r;
	}
	return r;
}

static int read_seccomp(struct yr_spec_reader *w, const char *name)
{
	int r = kind_or_null(w, YR_JSON_OBJECT, name);

	if (r <= 0)
		return r;
	w->spec.seccomp = true;
	return yr_json_skip(&w->j);
}

static int take_path(struct yr_spec_reader *w, size_t i, struct yr_str s, size_t at)
{
	(void)i;
	(void)s;
	(void)at;
	w->paths_hidden = true;
	return 0;
}

static int read_paths(struct yr_spec_reader *w, const char *name)
{
	return read_strings(w, name, take_path);
}

static int read_linux(struct yr_spec_reader *w, const char *name)
{
	static const struct yr_member members[] = { { "seccomp", read_seccomp },
						    { "maskedPaths", read_paths },
						    { "readonlyPaths", read_paths },
						    { "namespaces", read_namespaces } };
	int r = kind_or_null(w, YR_JSON_OBJECT, name);

	return r <= 0 ? r : yr_members_read(&w->j, w, members, ARRAY_LEN(members), NULL);
}

/* Annotations are a map for both runtimes: the case of their keys counts. */
static int read_notes(struct yr_spec_reader *w, struct yr_keys *keys)
{
	struct yr_json_walk walk;
	int r = yr_json_enter(&w->j, '{', &walk);

	if (r < 0)
		return r;
	while ((r = yr_json_more(&w->j, &walk)) > 0) {
		enum yr_json_kind kind = yr_json_peek(&w->j);
		size_t at = w->j.at;
		struct yr_str *s;

		r = yr_keys_add(&w->j, keys, &walk);
		if (r < 0)
			return r;
		if (kind != YR_JSON_STRING && kind != YR_JSON_BAD)
			return yr_json_refuse(&w->j, at, EINVAL,
					      "the value of an annotation has to be a string");
		s = &keys->key[keys->n - 1].value;
		r = yr_json_string(&w->j, s);
		if (r < 0)
			return r;
		if (s->len && memchr(s->at, '\0', s->len))
			return yr_json_refuse(&w->j, at, EINVAL,
					      "a NUL in the value of an annotation");
	}
	return r < 0 ? r : yr_keys_sort(&w->j, keys);
}

static int read_annotations(struct yr_spec_reader *w, const char *name)
{
	AUTO_KEYS struct yr_keys keys = { 0 };
	struct yr_spec_note *notes;
	int r = kind_or_null(w, YR_JSON_OBJECT, name);

	if (r > 0)
		r = read_notes(w, &keys);
	if (r < 0 || !keys.n)
		return r;
	notes = yr_arena_array(&w->arena, keys.n, sizeof(*notes));
	if (!notes)
		return yr_err_set(w->j.err, ENOMEM, "out of memory");
	for (size_t i = 0; i < keys.n; i++) {
		const struct yr_key *k = &keys.key[i];

		notes[i].key = yr_arena_strndup(&w->arena, k->key.at, k->key.len);
		notes[i].value = yr_arena_strndup(&w->arena, k->value.at, k->value.len);
		if (!notes[i].key || !notes[i].value)
			return yr_err_set(w->j.err, ENOMEM, "out of memory");
	}
	w->spec.annotations = notes;
	w->spec.n_annotations = keys.n;
	return 0;
}

static int read_hostname(struct yr_spec_reader *w, const char *name)
{
	return read_text(w, name, &w->spec.hostname);
}

static int read_top(struct yr_spec_reader *w, enum yr_spec_kind kind)
{
	static const struct yr_member members[] = { { "process", read_process },
						    { "annotations", read_annotations },
						    { "linux", read_linux },
						    { "hostname", read_hostname } };
	enum yr_json_kind is = yr_json_peek(&w->j);
	int r;

	if (is != YR_JSON_OBJECT && is != YR_JSON_BAD)
		return yr_json_refuse(&w->j, w->j.at, EINVAL, "this has to be an object");
	r = kind == YR_SPEC_CONFIG ? yr_members_read(&w->j, w, members, ARRAY_LEN(members), NULL)
				   : read_process(w, "process");
	return r < 0 ? r : yr_json_end(&w->j);
}

int yr_spec_read(const char *text, size_t len, enum yr_spec_kind kind, struct yr_spec **ret,
		 struct yr_err *err)
{
	struct yr_spec_reader *w;
	int r;

	if (len > YR_LIMIT_SPEC_BYTES)
		return yr_err_set(err, EFBIG, "1:1: larger than %u MiB, which is the limit",
				  YR_LIMIT_SPEC_BYTES >> 20);
	w = calloc(1, sizeof(*w));
	if (!w)
		return yr_err_set(err, ENOMEM, "out of memory");
	w->kind = kind;
	w->text = text;
	w->len = len;
	w->j = (struct yr_json){ .text = text, .len = len, .arena = &w->arena, .err = err };
	r = read_top(w, kind);
	w->j.err = NULL; /* lives no longer than this call */
	if (r < 0) {
		yr_spec_free(&w->spec);
		return r;
	}
	w->spec.privileged = kind == YR_SPEC_CONFIG && w->caps == ALL_CAPS && !w->spec.seccomp &&
			     !w->paths_hidden;
	*ret = &w->spec;
	return 0;
}

const char *yr_spec_annotation(const struct yr_spec *s, const char *key)
{
	size_t low = 0, high = s->n_annotations;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = strcmp(key, s->annotations[mid].key);

		if (!d)
			return s->annotations[mid].value;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* crun takes "" for a profile, and asks the kernel for it. */
static void put_name(struct yr_str profile, struct yr_buf *out)
{
	if (profile.len)
		yr_json_quote(out, profile);
	else
		yr_buf_puts(out, "null");
}

/* Before the first key, with the spaces that stand before that. */
static void put_in(const struct yr_spec_reader *w, struct yr_str profile, struct yr_buf *out)
{
	size_t at = w->process_at, spaces = w->first_key ? w->first_key - at : 0;

	yr_buf_put(out, w->text, at);
	yr_buf_put(out, w->text + at, spaces);
	yr_buf_puts(out, spaces ? "\"apparmorProfile\": " : "\"apparmorProfile\":");
	put_name(profile, out);
	if (w->first_key)
		yr_buf_putc(out, ',');
	yr_buf_put(out, w->text + at, w->len - at);
}

static bool is_plain(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
			return false;
	}
	return yr_utf8_prefix(s.at, s.len) == s.len;
}

int yr_spec_with_profile(const struct yr_spec *s, const char *profile, struct yr_buf *out,
			 struct yr_err *err)
{
	const struct yr_spec_reader *w = (const struct yr_spec_reader *)s;
	struct yr_str name = yr_str_of(profile);

	if (!s->has_process)
		return yr_err_set(err, ENOENT,
				  "the specification has no process that could get a profile");
	if (name.len > YR_LIMIT_NAME_BYTES || !is_plain(name))
		return yr_err_set(err, EINVAL,
				  "a profile's name has to be UTF-8 without control characters, "
				  "at most %d bytes",
				  YR_LIMIT_NAME_BYTES);
	if (w->profile_at) {
		yr_buf_put(out, w->text, w->profile_at);
		put_name(name, out);
		yr_buf_put(out, w->text + w->profile_end, w->len - w->profile_end);
	} else {
		put_in(w, name, out);
	}
	return out->failed ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}

struct yr_spec *yr_spec_free(struct yr_spec *s)
{
	struct yr_spec_reader *w = (struct yr_spec_reader *)s;

	if (w) {
		yr_arena_done(&w->arena);
		free(w);
	}
	return NULL;
}
