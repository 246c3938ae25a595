/* SPDX-License-Identifier: Apache-2.0 */
#include "yoroi/format.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/limits.h"
#include "cmd/cmd.h"

enum { OPT_CHECK = 256 };

struct format {
	bool check, in_place;
};

/* A file on its way: what it is, where it is, and what it becomes. */
struct file {
	const char *name; /* as the user calls it */
	const char *path; /* without symbolic links; NULL: standard input */
	struct stat st;
	const char *text;
	size_t len;
	char *out;
	size_t out_len;
};

static int deliver(const struct format *opt, const struct file *f)
{
	bool same = f->len == f->out_len && !memcmp(f->text, f->out, f->len);
	struct yr_err err = { 0 };

	if (opt->check) {
		if (!same) {
			yr_put(stdout, f->name);
			putchar('\n');
		}
		return same ? YR_EXIT_OK : YR_EXIT_POLICY;
	}
	if (!opt->in_place) {
		fwrite(f->out, 1, f->out_len, stdout); /* main() tells when that failed */
		return YR_EXIT_OK;
	}
	if (same)
		return YR_EXIT_OK;
	/* Another name would go on showing the old text. */
	if (f->st.st_nlink > 1) {
		yr_say("'%s' has other names (hard links) and stays as it is", f->name);
		return YR_EXIT_SYSTEM;
	}
	if (!yr_replace_file(f->path, &f->st, f->out, f->out_len, &err))
		return YR_EXIT_OK;
	yr_say("%s", err.msg);
	return YR_EXIT_SYSTEM;
}

static int format_text(const struct format *opt, struct file *f)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_err err = { 0 };
	int r = diags ? yr_format_text(f->name, f->text, f->len, diags, &f->out, &f->out_len, &err)
		      : yr_err_set(&err, ENOMEM, "out of memory");
	int status = yr_exit_status(r);

	/* Warnings are for 'yoroi check'. */
	if (r == -EBADMSG)
		yr_diags_show(diags, true);
	else if (r < 0)
		yr_say("%s", err.msg);
	else
		status = deliver(opt, f);
	yr_diags_free(diags);
	free(f->out);
	return status;
}

static int format_file(const struct format *opt, const char *name)
{
	AUTO_FREE char *path = realpath(name, NULL), *text = NULL;
	struct file f = { .name = name, .path = path };
	struct yr_err err = { 0 };

	if (!path || stat(path, &f.st) < 0) {
		yr_say("cannot read '%s': %s", name, strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	if (yr_read_all(path, YR_LIMIT_SOURCE_BYTES, &text, &f.len, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	f.text = text;
	return format_text(opt, &f);
}

static int format_all(const struct format *opt, const struct yr_inputs *in)
{
	int status = YR_EXIT_OK;

	for (size_t i = 0; i < in->n; i++) {
		struct file f = { .name = "stdin", .text = in->text, .len = in->text_len };

		status = yr_worse(status, in->paths[i] ? format_file(opt, in->paths[i])
						       : format_text(opt, &f));
	}
	return status;
}

static int refuse(const struct format *opt, const struct yr_inputs *in)
{
	if (opt->check && opt->in_place)
		return yr_usage(&yr_cmd_format, "'--check' changes nothing, '--in-place' does");
	if (!opt->check && !opt->in_place && in->n > 1)
		return yr_usage(&yr_cmd_format,
				"several files go with '--in-place' or '--check' only");
	for (size_t i = 0; opt->in_place && i < in->n; i++)
		if (!in->paths[i])
			return yr_usage(&yr_cmd_format, "'--in-place' needs a file");
	return YR_EXIT_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "help", no_argument, NULL, 'h' },
		{ "in-place", no_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	struct format opt = { 0 };
	struct yr_inputs in;
	int c, status;

	while ((c = getopt_long(argc, argv, ":hi", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_format);
			return YR_EXIT_OK;
		}
		opt.check |= c == OPT_CHECK;
		opt.in_place |= c == 'i';
		if (c != OPT_CHECK && c != 'i')
			return yr_usage_option(&yr_cmd_format, c, argv);
	}
	status = yr_inputs_read(argv + optind, (size_t)(argc - optind), &in);
	if (!status)
		status = refuse(&opt, &in);
	if (!status)
		status = format_all(&opt, &in);
	yr_inputs_done(&in);
	return status;
}

const struct yr_cmd yr_cmd_format = {
	.name = "format",
	.args = "[OPTION...] [FILE|DIRECTORY...]",
	.summary = "print a policy file in one style; comments and meaning stay",
	.run = run,
	.help = "      --check           print the names of files that would change; 1 if any "
		"would\n"
		"  -i, --in-place        change the files, each whole or not at all\n"
		"  -h, --help\n",
};
