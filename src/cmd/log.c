/* SPDX-License-Identifier: Apache-2.0 */
/* What AppArmor wrote into the logs, as lines for people, as JSON, as libapparmor tells it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/log_read.h"
#include "log/log.h"

enum { OPT_JSON = YR_OPT_OWN, OPT_LIBAPPARMOR, OPT_JOURNAL };

struct log {
	bool json, libapparmor, journal;
	struct yr_log *reader;
	struct yr_buf out;
	struct yr_log_seen seen;
};

static int show(void *ctx, const struct yr_log_event *ev)
{
	struct log *log = ctx;

	if (log->journal && yr_log_was_seen(&log->seen, ev))
		return 0;
	log->out.len = 0;
	if (log->json) {
		yr_log_print_json(&log->out, ev);
		yr_buf_putc(&log->out, '\n');
	} else {
		yr_log_print_text(&log->out, ev);
	}
	if (log->out.failed)
		return -ENOMEM;
	fwrite(log->out.data, 1, log->out.len, stdout);
	/* Whoever reads has gone: no more is wanted. */
	return ferror(stdout) ? -EIO : 0;
}

/* One record in one file, as the program that libapparmor is tested with prints it. */
static int show_upstream(struct log *log, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	AUTO_FREE char *text = NULL;
	struct yr_log_event ev;
	struct yr_err err = { 0 };
	size_t len;

	if (yr_read_all(path, YR_LIMIT_LOG_LINE, &text, &len, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	yr_log_parse(log->reader, text, len, true, &ev);
	log->out.len = 0;
	yr_log_print_upstream(&log->out, slash ? slash + 1 : path ? path : "stdin", &ev);
	if (log->out.failed) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	fwrite(log->out.data, 1, log->out.len, stdout);
	return YR_EXIT_OK;
}

static int read_all(struct log *log, char **args)
{
	static char *const input[] = { (char *)"-", NULL };
	int status = YR_EXIT_OK;

	if (log->journal)
		return yr_log_read_journal(log->reader, show, log);
	for (char *const *path = *args ? args : input; *path; path++) {
		bool from_stdin = !strcmp(*path, "-");

		status =
			yr_worse(status, log->libapparmor
						 ? show_upstream(log, from_stdin ? NULL : *path)
						 : yr_log_read_path(log->reader, *path, show, log));
		if (ferror(stdout))
			break;
	}
	return status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "journal", no_argument, NULL, OPT_JOURNAL },
		{ "libapparmor", no_argument, NULL, OPT_LIBAPPARMOR },
		{ NULL, 0, NULL, 0 },
	};
	struct log log = { 0 };
	int c, status;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_log);
			return YR_EXIT_OK;
		}
		if (c != OPT_JSON && c != OPT_JOURNAL && c != OPT_LIBAPPARMOR)
			return yr_usage_option(&yr_cmd_log, c, argv);
		log.json |= c == OPT_JSON;
		log.journal |= c == OPT_JOURNAL;
		log.libapparmor |= c == OPT_LIBAPPARMOR;
	}
	if (log.journal && (argv[optind] || log.libapparmor))
		return yr_usage(&yr_cmd_log, "'--journal' goes with '--json' only");
	if (log.json && log.libapparmor)
		return yr_usage(&yr_cmd_log, "'--json' and '--libapparmor' are two forms");
	log.reader = yr_log_new();
	if (!log.reader) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	status = read_all(&log, argv + optind);
	yr_log_say_counts(yr_log_counts(log.reader));
	yr_log_free(log.reader);
	yr_buf_done(&log.out);
	return status;
}

const struct yr_cmd yr_cmd_log = {
	.name = "log",
	.args = "[OPTION...] [FILE...]",
	.summary = "show AppArmor's records in logs of every form",
	.run = run,
	.help = "      --json            one JSON object a line\n"
		"      --journal         ask the journal, of this boot, instead of files\n"
		"      --libapparmor     one record in each file, as libapparmor's own test prints "
		"it\n"
		"  -h, --help\n"
		"Without a file, and for '-', standard input is read.\n",
};
