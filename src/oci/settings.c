/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nearest.h"
#include "host/host.h"
#include "oci/name.h"

struct words {
	const char *word;
	int value;
};

static const struct words yes_no[] = { { "no", false }, { "yes", true }, { NULL, 0 } };
static const struct words failures[] = { { "refuse", false },
					 { YR_UNCONFINED, true },
					 { NULL, 0 } };
static const struct words permissions[] = { { "none", false },
					    { "on-failure", true },
					    { NULL, 0 } };
static const struct words places[] = { { "auto", YR_RECORD_AUTO },
				       { "journal", YR_RECORD_JOURNAL },
				       { "file", YR_RECORD_FILE },
				       { "both", YR_RECORD_BOTH },
				       { NULL, 0 } };

enum kind { PATH, PATHS, PROFILE, BOOL, PLACE };

/* Sorted by key. test_decide.c holds it against the manual and the example. */
static const struct setting {
	const char *key;
	enum kind kind;
	size_t offset;
	const struct words *words;
} known[] = {
#define AT(member) offsetof(struct yr_oci_settings, member)
	{ "allow-unconfined", BOOL, AT(allow_unconfined), yes_no },
	{ "annotations-permitted", BOOL, AT(on_failure_annotation), permissions },
	{ "default-profile", PROFILE, AT(default_profile), NULL },
	{ "events", PLACE, AT(events), places },
	{ "events-file", PATH, AT(events_file), NULL },
	{ "on-failure", BOOL, AT(on_failure_unconfined), failures },
	{ "privileged-profile", PROFILE, AT(privileged_profile), NULL },
	{ "profile-directories", PATHS, AT(profile_dirs), NULL },
	{ "record-required", BOOL, AT(record_required), yes_no },
	{ "reload-changed", BOOL, AT(reload_changed), yes_no },
	{ "runtime", PATH, AT(runtime), NULL },
#undef AT
};

const char *yr_oci_setting_name(size_t i)
{
	return i < ARRAY_LEN(known) ? known[i].key : NULL;
}

struct reading {
	struct yr_oci_settings *s;
	const char *path;
	unsigned line;
	unsigned seen[ARRAY_LEN(known)]; /* the line of each, 0: none */
	struct yr_err *err;
};

static int bad_value(struct reading *r, const struct setting *k, const char *value,
		     const char *wanted)
{
	return yr_err_set(r->err, EINVAL, "%s:%u: '%s' is no value for %s: %s", r->path, r->line,
			  value, k->key, wanted);
}

static int take_word(struct reading *r, const struct setting *k, const char *value)
{
	void *to = (char *)r->s + k->offset;
	struct yr_phrase all = { "" };
	char wanted[100];

	for (const struct words *w = k->words; w->word; w++) {
		if (!strcmp(w->word, value)) {
			if (k->kind == BOOL)
				*(bool *)to = w->value;
			else
				*(enum yr_record_where *)to = (enum yr_record_where)w->value;
			return 0;
		}
		yr_phrase_add(&all, w->word, !w[1].word);
	}
	snprintf(wanted, sizeof(wanted), "there are %s", all.text);
	return bad_value(r, k, value, wanted);
}

static int take_paths(struct reading *r, const struct setting *k, char *value)
{
	struct yr_oci_settings *s = r->s;
	char *rest = NULL;

	for (char *one = strtok_r(value, " \t", &rest); one; one = strtok_r(NULL, " \t", &rest)) {
		if (*one != '/')
			return bad_value(r, k, one, "it takes paths from the root, by spaces");
		if (s->n_profile_dirs == YR_LIMIT_PROFILE_DIRS)
			return bad_value(r, k, one, "too many folders stand before it");
		s->profile_dirs[s->n_profile_dirs++] = one;
	}
	return 0;
}

static int take_value(struct reading *r, const struct setting *k, char *value)
{
	const char **to = (const char **)((char *)r->s + k->offset);
	const char *why;

	switch (k->kind) {
	case PATHS:
		return take_paths(r, k, value);
	case PATH:
		if (*value != '/')
			return bad_value(r, k, value, "it takes a path from the root");
		*to = value;
		return 0;
	case PROFILE:
		why = yr_wish_check(value);
		if (why)
			return bad_value(r, k, value, why);
		*to = value;
		return 0;
	default:
		return take_word(r, k, value);
	}
}

static int unknown_key(struct reading *r, const char *key)
{
	struct yr_nearest near = yr_nearest_start(yr_str_of(key));

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		yr_nearest_try_z(&near, known[i].key);
	return yr_err_set(r->err, EINVAL, "%s:%u: there is no setting '%.100s'%s", r->path, r->line,
			  key, near.name.at ? yr_nearest_phrase(&near).text : "");
}

static int take_setting(struct reading *r, const char *key, char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].key, key))
			continue;
		if (r->seen[i])
			return yr_err_set(r->err, EINVAL, "%s:%u: %s is set in line %u already",
					  r->path, r->line, key, r->seen[i]);
		r->seen[i] = r->line;
		if (!*value)
			return bad_value(r, &known[i], value, "leave the line out instead");
		return take_value(r, &known[i], value);
	}
	return unknown_key(r, key);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without what is blank around it. */
static char *trim(char *s)
{
	size_t len;

	while (is_blank(*s))
		s++;
	for (len = strlen(s); len && is_blank(s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

/* line = [ KEY "=" VALUE ] [ "#" anything, at the start or behind a blank ] */
static int take_line(struct reading *r, char *line)
{
	char *equals;

	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' && *c != '\t')
			return yr_err_set(r->err, EINVAL, "%s:%u: a control character", r->path,
					  r->line);
		if (*c == '#' && (c == line || is_blank(c[-1]))) {
			*c = '\0';
			break;
		}
	}
	line = trim(line);
	if (!*line)
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return yr_err_set(r->err, EINVAL, "%s:%u: a line is 'setting = value': '%.100s'",
				  r->path, r->line, line);
	*equals = '\0';
	return take_setting(r, trim(line), trim(equals + 1));
}

static int contradiction(struct reading *r, const char *a, const char *b)
{
	return yr_err_set(r->err, EINVAL, "%s: %s contradicts %s", r->path, a, b);
}

static int check(struct reading *r)
{
	const struct yr_oci_settings *s = r->s;

	if (!s->allow_unconfined && s->on_failure_unconfined)
		return contradiction(r, "on-failure = unconfined", "allow-unconfined = no");
	if (!s->allow_unconfined && s->on_failure_annotation)
		return contradiction(r, "annotations-permitted = on-failure",
				     "allow-unconfined = no");
	if (!s->allow_unconfined && !strcmp(s->default_profile, YR_UNCONFINED))
		return contradiction(r, "default-profile = unconfined", "allow-unconfined = no");
	if (s->events_file && s->events == YR_RECORD_JOURNAL)
		return contradiction(r, "events-file", "events = journal");
	return 0;
}

static struct yr_oci_settings *usual(void)
{
	struct yr_oci_settings *s = calloc(1, sizeof(*s));

	if (s) {
		s->default_profile = YR_RUNTIME_DEFAULT;
		s->privileged_profile = YR_UNCONFINED;
		s->allow_unconfined = true;
	}
	return s;
}

static int parse(struct reading *r, char *at, size_t len)
{
	if (memchr(at, '\0', len))
		return yr_err_set(r->err, EINVAL, "%s: a NUL byte, which no text has", r->path);
	for (char *end = NULL; at; at = end) {
		int failed;

		r->line++;
		end = strchr(at, '\n');
		if (end)
			*end++ = '\0';
		failed = take_line(r, at);
		if (failed < 0)
			return failed;
	}
	return check(r);
}

int yr_oci_settings_parse(const char *path, const char *text, size_t len,
			  struct yr_oci_settings **ret, struct yr_err *err)
{
	struct yr_oci_settings *s = usual();
	size_t path_len = path ? strlen(path) + 1 : 0;
	struct reading r = { .s = s, .path = path ? path : "", .err = err };
	int failed;

	/* The text and, behind it, the path. */
	if (s)
		s->text = malloc(len + 1 + path_len);
	if (!s || !s->text) {
		yr_oci_settings_free(s);
		return yr_err_set(err, ENOMEM, "out of memory");
	}
	if (len)
		memcpy(s->text, text, len);
	s->text[len] = '\0';
	if (path)
		s->path = memcpy(s->text + len + 1, path, path_len);
	failed = parse(&r, s->text, len);
	if (failed < 0) {
		yr_oci_settings_free(s);
		return failed;
	}
	*ret = s;
	return 0;
}

bool yr_oci_in_user_namespace(void)
{
	AUTO_CLOSE int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	unsigned long inside, outside, n;
	char text[128];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (len < 0)
		return false;
	text[len] = '\0';
	return sscanf(text, "%lu %lu %lu", &inside, &outside, &n) == 3 &&
	       (inside || outside || n != 4294967295UL);
}

/* Root, or one who may be: what has no number in this namespace has the kernel's for that. */
static bool is_roots(uid_t uid)
{
	AUTO_CLOSE int fd = -1;
	unsigned long overflow;
	char text[32];
	ssize_t len;

	if (!uid || !yr_oci_in_user_namespace())
		return !uid;
	fd = open("/proc/sys/kernel/overflowuid", O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len < 0)
		return false;
	text[len] = '\0';
	return sscanf(text, "%lu", &overflow) == 1 && uid == overflow;
}

/* Whoever can write the file can have containers run without protection. */
static int check_owner(const char *path, int fd, struct yr_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return yr_err_set(err, errno, "'%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return yr_err_set(err, EINVAL, "'%s' is not a regular file", path);
	if ((st.st_uid != geteuid() && !is_roots(st.st_uid)) || st.st_mode & S_IWOTH ||
	    (st.st_mode & S_IWGRP && st.st_gid && st.st_gid != getegid()))
		return yr_err_set(err, EPERM,
				  "'%s' can be written by others than root and this user; see to "
				  "its owner and mode",
				  path);
	return 0;
}

int yr_oci_settings_read(const char *path, bool must, struct yr_oci_settings **ret,
			 struct yr_err *err)
{
	AUTO_BUF struct yr_buf text = { 0 };
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r;

	if (fd < 0 && errno == ENOENT && !must)
		return yr_oci_settings_parse(NULL, "", 0, ret, err);
	if (fd < 0)
		return yr_err_set(err, errno, "read the configuration '%s': %s", path,
				  strerror(errno));
	r = check_owner(path, fd, err);
	if (r < 0)
		return r;
	r = yr_read_fd(fd, YR_LIMIT_RUNTIME_CONF_BYTES, &text);
	if (r < 0)
		return yr_err_set(err, -r, "read the configuration '%s': %s", path, strerror(-r));
	return yr_oci_settings_parse(path, text.data, text.len, ret, err);
}

struct yr_oci_settings *yr_oci_settings_free(struct yr_oci_settings *s)
{
	if (s)
		free(s->text);
	free(s);
	return NULL;
}
