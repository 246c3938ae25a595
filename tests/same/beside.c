/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beside: our images beside upstream's, many in one process. upstream.py drives it.
 *
 * Each line of standard input is a job, seven fields with tabs between: its name, a features file,
 * the folder to be in, the base folder, another folder of <includes> (both may be empty), the
 * policy and upstream's image, a file that is empty when it refused.
 *
 * For each one line "JOB NAME" comes out before the work, so that who dies of it is known, and
 * then what same tells about the two images, or "accepted by us alone", or "by upstream alone"
 * and our reason; and "END".
 */
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "same.h"
#include "yoroi/compile.h"

enum { NAME, FEATURES, FOLDER, BASE, INCLUDE, POLICY, IMAGE, FIELDS };

/* More is not looked at, and said to be. */
enum { DIFFERENCES_SHOWN = 40 };

static int die(const char *what, const char *why)
{
	fprintf(stderr, "beside: %s: %s\n", what, why);
	return -1;
}

static int slurp(const char *path, struct yr_buf *b)
{
	AUTO_FCLOSE FILE *in = fopen(path, "rbe");
	char piece[1 << 16];
	size_t n;

	if (!in)
		return die(path, strerror(errno));
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		yr_buf_put(b, piece, n);
	return ferror(in) || b->failed ? die(path, "cannot be read") : 0;
}

/* The same for many jobs in a row. */
static const struct yr_features *features_of(const char *path)
{
	static struct yr_features *last;
	static char *last_path;
	AUTO_BUF struct yr_buf b = { .limit = YR_LIMIT_SOURCE_BYTES };
	struct yr_err err = { 0 };

	if (last_path && !strcmp(path, last_path))
		return last;
	free(last_path);
	last = yr_features_free(last);
	last_path = strdup(path);
	if (!last_path || slurp(path, &b) < 0)
		return NULL;
	if (yr_features_parse(path, b.data, b.len, &last, &err) < 0)
		die(path, err.msg);
	return last;
}

static void tell_reason(const struct yr_diags *diags, const struct yr_err *err)
{
	const struct yr_diag *d = NULL;

	for (size_t i = 0; i < yr_diags_count(diags) && !d; i++)
		if (yr_diags_get(diags, i)->severity == YR_ERROR)
			d = yr_diags_get(diags, i);
	if (d)
		printf("verdict: accepted by upstream alone: %s:%u:%u: %s\n",
		       d->file ? d->file : "", d->line, d->col, d->text);
	else
		printf("verdict: accepted by upstream alone: %s\n", err->msg);
}

/* As apparmor_parser does with -M, -b and -I; NULL: refused. */
static struct yr_image *compile(char **field, struct yr_diags *diags, struct yr_err *err)
{
	const char *dirs[3] = { 0 };
	struct yr_compile_options opt = { .include_dirs = dirs };
	AUTO_BUF struct yr_buf text = { .limit = YR_LIMIT_SOURCE_BYTES };
	struct yr_compile *c = NULL;
	AUTO_FREE void *data = NULL;
	struct yr_image *image = NULL;
	size_t n = 0, len;

	if (*field[INCLUDE])
		dirs[n++] = field[INCLUDE];
	if (*field[BASE])
		opt.base_dir = dirs[n++] = field[BASE];
	opt.kernel = opt.default_abi = features_of(field[FEATURES]);
	if (!opt.kernel || slurp(field[POLICY], &text) < 0)
		exit(2);
	if (yr_compile_text(field[NAME], text.data ? text.data : "", text.len, &opt, diags, &c,
			    err) >= 0 &&
	    yr_compile_image(c, &data, &len, err) >= 0 && yr_image_read(data, len, &image, err) < 0)
		yr_err_wrap(err, "our image cannot be read");
	yr_compile_free(c);
	return image;
}

static int judge(char **field, struct yr_diags *diags)
{
	AUTO_BUF struct yr_buf theirs = { .limit = YR_LIMIT_IMAGE_BYTES };
	struct same_options o = { .max = DIFFERENCES_SHOWN, .out = stdout };
	struct yr_image *a = NULL, *b;
	struct yr_err err = { 0 };
	size_t n;
	int r = 0;

	if (slurp(field[IMAGE], &theirs) < 0)
		return -1;
	b = compile(field, diags, &err);
	if (theirs.len && yr_image_read(theirs.data, theirs.len, &a, &err) < 0)
		r = die(field[NAME], err.msg);
	else if (b && !a)
		puts("verdict: accepted by us alone");
	else if (a && !b)
		tell_reason(diags, &err);
	else if (a && b && same_compare(a, b, &o, &n, &err) < 0)
		r = die(field[NAME], err.msg);
	yr_image_free(a);
	yr_image_free(b);
	return r;
}

static int split(char *line, char **field)
{
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (n < FIELDS && line)
		field[n++] = strsep(&line, "\t");
	return n == FIELDS && !line ? 0 : -1;
}

int main(void)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) >= 0) {
		char *field[FIELDS];
		struct yr_diags *diags = yr_diags_new();
		int r;

		if (!diags || split(line, field) < 0 || chdir(field[FOLDER]) < 0)
			return 2;
		printf("JOB %s\n", field[NAME]);
		fflush(stdout);
		r = judge(field, diags);
		yr_diags_free(diags);
		if (r < 0)
			return 2;
		puts("END");
	}
	return 0;
}
