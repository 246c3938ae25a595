/* SPDX-License-Identifier: Apache-2.0 */
/* same: do two binary policy images decide alike? */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/limits.h"
#include "host/compress.h"
#include "same.h"

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

static const char usage[] =
	"usage: same [--profile NAME] [--max N] [--exact] [--quiet] IMAGE IMAGE\n"
	"       same --dump IMAGE...\n"
	"Tells whether two binary policies decide alike. 0: yes, 1: no, 2: cannot tell.\n"
	"  --profile NAME  compare this profile alone (\":ns:name\" with a namespace)\n"
	"  --max N         show at most N differences of each automaton (default 5, 0: all)\n"
	"  --exact         also what no kernel looks at\n"
	"  --quiet         no list of differences\n"
	"  --dump          show what is in images\n";

static struct yr_image *load(const char *path)
{
	AUTO_FCLOSE FILE *in = fopen(path, "rb");
	AUTO_BUF struct yr_buf b = { .limit = YR_LIMIT_IMAGE_BYTES };
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };
	AUTO_FREE void *content = NULL;
	char piece[1 << 16];
	size_t n;
	int r = 0;

	if (!in) {
		fprintf(stderr, "same: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		yr_buf_put(&b, piece, n);
	if (ferror(in) || b.failed || !b.len)
		r = yr_err_set(&err, EIO, "cannot be read, or empty");
	else if (yr_image_is_compressed(b.data, b.len))
		r = yr_image_decompress(b.data, b.len, &content, &n, &err);
	if (!r && yr_image_read(content ? content : b.data, content ? n : b.len, &image, &err) < 0)
		r = -1;
	if (r)
		fprintf(stderr, "same: %s: %s\n", path, err.msg);
	return image;
}

static int dump_all(char **paths)
{
	int status = EXIT_SAME;

	for (; *paths; paths++) {
		struct yr_image *i = load(*paths);

		if (i)
			same_dump(i, stdout);
		else
			status = EXIT_TROUBLE;
		yr_image_free(i);
	}
	return status;
}

static int compare(char **paths, const struct same_options *o)
{
	struct yr_image *a = load(paths[0]), *b = load(paths[1]);
	struct yr_err err = { 0 };
	int status = EXIT_TROUBLE;
	size_t n;

	if (a && b) {
		if (same_compare(a, b, o, &n, &err) < 0)
			fprintf(stderr, "same: %s\n", err.msg);
		else
			status = n ? EXIT_DIFFERENT : EXIT_SAME;
	}
	yr_image_free(a);
	yr_image_free(b);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "profile", required_argument, NULL, 'p' },
		{ "max", required_argument, NULL, 'm' },
		{ "exact", no_argument, NULL, 'x' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "dump", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct same_options o = { .max = 5, .out = stdout };
	AUTO_FCLOSE FILE *nowhere = NULL;
	bool dump = false;
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			o.profile = optarg;
			break;
		case 'm':
			o.max = (unsigned)strtoul(optarg, &end, 10);
			if (end == optarg || *end)
				goto wrong;
			break;
		case 'x':
			o.exact = true;
			break;
		case 'q':
			if (!nowhere)
				nowhere = fopen("/dev/null", "w");
			if (nowhere)
				o.out = nowhere;
			break;
		case 'd':
			dump = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SAME;
		default:
			goto wrong;
		}
	}
	if (dump && optind < argc)
		return dump_all(argv + optind);
	if (!dump && argc - optind == 2)
		return compare(argv + optind, &o);
wrong:
	fputs(usage, stderr);
	return EXIT_TROUBLE;
}
