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

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Everything that can fail before the one step that puts the new text in place. */
static int fill(int fd, const char *path, const struct stat *was, const char *text, size_t len)
{
	struct stat now;
	int r = yr_write_all(fd, text, len);

	if (r < 0)
		return r;
	/* The owner first: changing it takes set-user-ID bits away. */
	if ((was->st_uid != geteuid() || was->st_gid != getegid()) &&
	    fchown(fd, was->st_uid, was->st_gid) < 0)
		return -errno;
	if (fchmod(fd, was->st_mode & 07777) < 0 || fsync(fd) < 0 || stat(path, &now) < 0)
		return -errno;
	return same_file(was, &now) ? 0 : -EBUSY;
}

/* The new text under the old name, mode and owner, or the old one untouched. */
static int replace(const char *path, const struct stat *was, const char *text, size_t len,
		   struct yr_err *err)
{
	char temporary[PATH_MAX];
	AUTO_CLOSE int fd = -1;
	int r;

	if (!yr_temporary_name(path, temporary, sizeof(temporary)))
		return yr_err_set(err, ENAMETOOLONG, "write '%s': the name is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return yr_err_set(err, errno, "write '%s': %s", path, strerror(errno));
	r = fill(fd, path, was, text, len);
	if (!r && rename(temporary, path) < 0)
		r = -errno;
	if (!r)
		return 0;
	unlink(temporary);
	if (r == -EBUSY)
		return yr_err_set(err, EBUSY, "'%s' was changed meanwhile and stays as it is",
				  path);
	return yr_err_set(err, -r, "write '%s': %s", path, strerror(-r));
}

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
	if (!replace(f->path, &f->st, f->out, f->out_len, &err))
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
