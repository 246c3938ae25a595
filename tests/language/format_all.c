/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What formatting promises, on every file of some folders: formatted again it stays as it is, it
 * has the same comments in the same order, blanks elsewhere in the text make no difference, and
 * it compiles to the same image for every kernel given.
 *
 *     format_all [-s SEED] [-I DIR]... [-f FEATURES]... FILE|FOLDER...
 *
 * A text that cannot be read as policy is counted and left out: other tests know which those are.
 * Lines that begin with "#=" are upstream's expectations, no text. Rules without a profile are
 * compiled inside one. Exit status: 1 when a promise was broken, 2 for a wrong command line.
 */
#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "yoroi/compile.h"
#include "yoroi/format.h"

enum { MOST_DIRS = 8, MOST_KERNELS = 8 };

static const char *dirs[MOST_DIRS + 1];
static struct yr_features *kernels[MOST_KERNELS];
static size_t n_dirs, n_kernels;
static unsigned formatted, refused, images, broken;
static uint64_t seed = 1;

static bool fail(const char *path, const char *what)
{
	printf("%s: %s\n", path, what);
	broken++;
	return false;
}

static unsigned pick(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)((seed >> 33) % n);
}

static bool read_text(const char *path, struct yr_buf *out)
{
	AUTO_FCLOSE FILE *f = fopen(path, "re");
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return false;
	yr_buf_puts(out, "");
	while ((n = getline(&line, &cap, f)) >= 0)
		if (strncmp(line, "#=", 2))
			yr_buf_put(out, line, (size_t)n);
	return !out->failed;
}

/* The formatted text; NULL: it is no policy. */
static char *format(const char *path, const char *text, size_t len, size_t *ret_len)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_err err = { 0 };
	char *out = NULL;

	if (!diags)
		exit(2);
	if (yr_format_text(path, text, len, diags, &out, ret_len, &err) < 0 && err.code)
		fail(path, err.msg);
	yr_diags_free(diags);
	return out;
}

/*
 * The comment of a line, without blanks at its end; len 0: none. "#include" is none. Found without
 * our lexer.
 */
static struct yr_str comment_of(const char *line, const char *end)
{
	bool quoted = false;

	for (const char *at = line; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (*at == '#' && !quoted && (at == line || strchr(" \t", at[-1])) &&
			 strncmp(at, "#include", 8)) {
			while (end > at && strchr(" \t\r", end[-1]))
				end--;
			return (struct yr_str){ at, (size_t)(end - at) };
		}
	}
	return (struct yr_str){ NULL, 0 };
}

/* All comments of a text, one a line. */
static void comments_of(const char *text, struct yr_buf *out)
{
	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		struct yr_str c = comment_of(line, end);

		if (c.len) {
			yr_buf_put(out, c.at, c.len);
			yr_buf_putc(out, '\n');
		}
		line = *end ? end + 1 : end;
	}
	yr_buf_puts(out, "");
}

static bool same_comments(const char *a, const char *b)
{
	AUTO_BUF struct yr_buf in_a = { 0 }, in_b = { 0 };

	comments_of(a, &in_a);
	comments_of(b, &in_b);
	return !strcmp(in_a.data, in_b.data);
}

static void put_blanks(struct yr_buf *out, unsigned least)
{
	for (unsigned n = least + pick(4); n; n--)
		yr_buf_putc(out, pick(3) ? ' ' : '\t');
}

/* A line with other blanks where it has some; those in quotes and comments are no blanks. */
static void scramble_line(const char *line, const char *end, struct yr_buf *out)
{
	const char *comment = comment_of(line, end).at;
	bool quoted = false, search = false;

	for (const char *at = line; at < end; at++) {
		if (at == comment) {
			yr_buf_put(out, at, (size_t)(end - at));
			break;
		}
		if (*at == '\\' && at + 1 < end) {
			yr_buf_putc(out, *at++);
		} else if (*at == '"') {
			quoted = !quoted;
		} else if (*at == '<' || *at == '>') {
			search = *at == '<';
		} else if (*at == ' ' && !quoted && !search) {
			put_blanks(out, 1);
			while (at[1] == ' ')
				at++;
			continue;
		}
		yr_buf_putc(out, *at);
	}
	if (end > line && end[-1] != '\\')
		put_blanks(out, 0);
}

/* Formatted text with the blanks changed, which formatting must undo. */
static void scramble(const char *text, struct yr_buf *out)
{
	const char *newline = pick(2) ? "\n" : "\r\n";

	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');

		put_blanks(out, 0);
		scramble_line(line, end, out);
		yr_buf_puts(out, newline);
		line = *end ? end + 1 : end;
	}
	yr_buf_puts(out, "");
}

/* Quotes over several lines are words whose blanks count. */
static bool may_scramble(const char *text)
{
	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		bool quoted = false;

		for (const char *at = line; at < end && *at != '#'; at++) {
			if (*at == '\\')
				at++;
			else if (*at == '"')
				quoted = !quoted;
		}
		if (quoted || (end - line > 1 && end[-1] == '\\' && end[-2] != ' '))
			return false;
		line = *end ? end + 1 : end;
	}
	return true;
}

/* false: it does not compile. A text without a profile is compiled inside of one. */
static bool compile(const char *path, const char *text, const struct yr_features *kernel,
		    bool inside, void **ret_image, size_t *ret_len)
{
	const struct yr_compile_options opt = { .include_dirs = dirs, .kernel = kernel };
	AUTO_BUF struct yr_buf all = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_compile *c = NULL;
	struct yr_err err = { 0 };
	bool good;

	yr_buf_printf(&all,
		      inside ? "include if exists <tunables/global>\nprofile f {\n%s\n}\n" : "%s",
		      text);
	if (!diags || all.failed)
		exit(2);
	good = !yr_compile_text(path, all.data, all.len, &opt, diags, &c, &err) &&
	       !yr_diags_errors(diags) && !yr_compile_image(c, ret_image, ret_len, &err);
	yr_compile_free(c);
	yr_diags_free(diags);
	return good;
}

static bool same_image(const char *path, const char *a, const char *b)
{
	bool same = true;

	for (size_t i = 0; i < 2 * n_kernels && same; i++) {
		AUTO_FREE void *image_a = NULL, *image_b = NULL;
		size_t len_a = 0, len_b = 0;
		bool good = compile(path, a, kernels[i / 2], i % 2, &image_a, &len_a);

		images += good;
		same = good == compile(path, b, kernels[i / 2], i % 2, &image_b, &len_b) &&
		       len_a == len_b && (!len_a || !memcmp(image_a, image_b, len_a));
	}
	return same;
}

static bool check_text(const char *path, const struct yr_buf *in)
{
	AUTO_BUF struct yr_buf scrambled = { 0 };
	AUTO_FREE char *out = NULL, *again = NULL, *third = NULL;
	size_t len = 0, len_again = 0;

	out = format(path, in->data, in->len, &len);
	if (!out) {
		refused++;
		return true;
	}
	formatted++;
	again = format(path, out, len, &len_again);
	if (!again || strcmp(out, again))
		return fail(path, "formatted twice it is another text");
	if (!same_comments(in->data, out))
		return fail(path, "its comments are others");
	if (!same_image(path, in->data, out))
		return fail(path, "its image is another");
	if (!may_scramble(out))
		return true;
	scramble(out, &scrambled);
	third = format(path, scrambled.data, scrambled.len, &len);
	if (!third || strcmp(third, out))
		return fail(path, "blanks make a difference");
	return true;
}

static void check_file(const char *path)
{
	AUTO_BUF struct yr_buf in = { 0 };

	if (!read_text(path, &in))
		fail(path, "cannot be read");
	else if (memchr(in.data, '\0', in.len))
		refused++;
	else
		check_text(path, &in);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type == FTW_F && S_ISREG(st->st_mode))
		check_file(path);
	return 0;
}

static bool add_kernel(const char *path)
{
	AUTO_BUF struct yr_buf text = { 0 };

	return n_kernels < MOST_KERNELS && read_text(path, &text) &&
	       !yr_features_parse(path, text.data, text.len, &kernels[n_kernels++], NULL);
}

int main(int argc, char **argv)
{
	bool good = true;
	int opt;

	while (good && (opt = getopt(argc, argv, "s:I:f:")) > 0) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (opt == 'I' && n_dirs < MOST_DIRS)
			dirs[n_dirs++] = optarg;
		else
			good = opt == 'f' && add_kernel(optarg);
	}
	if (!good || optind == argc) {
		fprintf(stderr, "usage: format_all [-s SEED] [-I DIR]... [-f FEATURES]... "
				"FILE|FOLDER...\n");
		return 2;
	}
	for (int i = optind; i < argc; i++)
		if (nftw(argv[i], visit, 32, FTW_PHYS) < 0)
			fail(argv[i], strerror(errno));
	printf("%u formatted, %u compiled, %u refused, %u broken\n", formatted, images, refused,
	       broken);
	for (size_t i = 0; i < n_kernels; i++)
		yr_features_free(kernels[i]);
	return broken > 0;
}
