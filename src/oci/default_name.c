/* SPDX-License-Identifier: Apache-2.0 */
/* Our default profile under another name; which names profiles of containers may have. */
#include <errno.h>
#include <string.h>

#include "oci/default_name.h"
#include "oci/default_profile.h"

/* Engines and people name files after profiles. */
enum { NAME_BYTES = 255 };

/*
 * Engines put names into lists and labels where "(" and "," end them, and policy takes names for
 * patterns: what would be read as more than a name is left out.
 */
static bool is_plain(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._+~/ ";
	size_t n = strlen(s);

	return n && n <= NAME_BYTES && strspn(s, plain) == n && s[0] != ' ' && s[0] != '-' &&
	       s[n - 1] != ' ' && !strstr(s, "  ");
}

int yr_default_name_check(const char *name, struct yr_err *err)
{
	if (!is_plain(name))
		return yr_err_set(
			err, EINVAL,
			"'%.200s' cannot be a container profile's name: up to %d letters, "
			"digits, blanks and -._+~/ make one",
			name, NAME_BYTES);
	if (!strcmp(name, "unconfined"))
		return yr_err_set(err, EINVAL, "'unconfined' means no profile, none has that name");
	/* "/x" would attach to the program, "a//b" is a child. */
	if (name[0] == '/' || strstr(name, "//") || name[strlen(name) - 1] == '/')
		return yr_err_set(err, EINVAL,
				  "'%.200s' cannot be a container profile's name: a '/' stands "
				  "between two of its other characters, if at all",
				  name);
	return 0;
}

int yr_default_daemon_check(const char *name, struct yr_err *err)
{
	if (!is_plain(name))
		return yr_err_set(err, EINVAL,
				  "'%.200s' cannot be the engine's own profile: up to %d letters, "
				  "digits, blanks and -._+~/ make a name",
				  name, NAME_BYTES);
	return 0;
}

/* Where the word around @at begins and ends: blanks do it, a "=" before, a comma behind. */
static void word_around(const char *line, const char *end, const char **from, const char **to)
{
	while (*from > line && !strchr(" \t=", (*from)[-1]))
		(*from)--;
	while (*to < end && !strchr(" \t", **to))
		(*to)++;
	if (*to > *from && (*to)[-1] == ',')
		(*to)--;
}

static const char *find(const char *at, const char *end)
{
	return memmem(at, (size_t)(end - at), YR_DEFAULT_PROFILE, strlen(YR_DEFAULT_PROFILE));
}

/* From @at to @to with each of our names replaced. */
static void put_renamed(const char *at, const char *to, const char *name, struct yr_buf *out)
{
	for (const char *hit; (hit = find(at, to));) {
		yr_buf_put(out, at, (size_t)(hit - at));
		yr_buf_puts(out, name);
		at = hit + strlen(YR_DEFAULT_PROFILE);
	}
	yr_buf_put(out, at, (size_t)(to - at));
}

static void rename_line(const char *line, const char *end, const char *name, struct yr_buf *out)
{
	const char *at = line;

	for (const char *hit; (hit = find(at, end));) {
		const char *from = hit, *to = hit;
		bool quoted;

		word_around(at, end, &from, &to);
		/* What stands in <> needs no quotes. */
		quoted = *from != '<' && strchr(name, ' ');
		yr_buf_put(out, at, (size_t)(from - at));
		if (quoted)
			yr_buf_putc(out, '"');
		put_renamed(from, to, name, out);
		if (quoted)
			yr_buf_putc(out, '"');
		at = to;
	}
	yr_buf_put(out, at, (size_t)(end - at));
}

int yr_default_profile_rename(const char *text, size_t len, const char *name, struct yr_buf *out,
			      struct yr_err *err)
{
	const char *stop = text + len;
	int r = yr_default_name_check(name, err);

	if (r < 0)
		return r;
	for (const char *line = text, *end; line < stop; line = end) {
		const char *c = line;

		end = memchr(line, '\n', (size_t)(stop - line));
		end = end ? end : stop;
		while (c < end && strchr(" \t", *c))
			c++;
		if (c < end && *c == '#')
			yr_buf_put(out, line, (size_t)(end - line));
		else
			rename_line(line, end, name, out);
		if (end < stop)
			yr_buf_putc(out, *end++);
	}
	return out->failed ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}
