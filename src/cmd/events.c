/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers were started, under what, and which were refused. */
#include "cmd/events.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "oci/settings.h"

enum { OPT_JSON = YR_OPT_OWN, OPT_FILE, OPT_JOURNAL, OPT_SINCE, OPT_REFUSED };
enum { FILE_SOURCE, JOURNAL_SOURCE, SOURCES };

/* How often a file is looked at that is followed. */
#define FOLLOW_MS 250

struct events {
	struct yr_event_source sources[SOURCES];
	struct yr_event_filter filter;
	bool wanted[SOURCES];
	bool json, follow;
	struct yr_start **at;
	size_t n, cap;
	uint64_t left_out;
	int status;
};

static void put_detail(bool *any, const char *what, const char *text, const char *more)
{
	if (!text)
		return;
	fputs(*any ? ", " : "  (", stdout);
	*any = true;
	/* What a terminal obeys was replaced when it was read. */
	printf("%s%s%s%s", what, text, more ? "/" : "", more ? more : "");
}

static void print_text(const struct yr_start *s)
{
	time_t seconds = (time_t)(s->time_ns / 1000000000);
	AUTO_BUF struct yr_buf message = { 0 };
	bool any = false;
	char text[64];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	yr_start_message(s, &message);
	printf("%s %s", text, message.failed ? "out of memory" : message.data);
	put_detail(&any, "", s->mode, NULL);
	put_detail(&any, "id ", s->name ? s->id : NULL, NULL);
	put_detail(&any, "Pod ", s->pod_namespace && s->pod ? s->pod_namespace : s->pod,
		   s->pod_namespace && s->pod ? s->pod : NULL);
	put_detail(&any, "image ", s->image, NULL);
	put_detail(&any, "host name ", s->hostname, NULL);
	put_detail(&any, "decided by ", s->source, NULL);
	if (s->writer > 0) {
		/* Whoever may write to the journal may say this. */
		snprintf(text, sizeof(text), "%ld", s->writer);
		put_detail(&any, "recorded by user ", text, NULL);
	}
	puts(any ? ")" : "");
}

void yr_event_print(const struct yr_start *s, bool json)
{
	AUTO_BUF struct yr_buf b = { 0 };

	if (!json) {
		print_text(s);
		return;
	}
	yr_start_json(s, &b);
	if (b.failed) {
		yr_say("out of memory");
		return;
	}
	if (s->writer >= 0)
		printf("%.*s,\"uid\":%ld}\n", (int)b.len - 1, b.data, s->writer);
	else
		puts(b.data);
}

/* Order of time; of one start that both places have, the file's first. */
static int by_time(const void *a, const void *b)
{
	const struct yr_start *x = *(struct yr_start *const *)a, *y = *(struct yr_start *const *)b;

	return x->time_ns != y->time_ns
		       ? (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns)
		       : (x->written_ns > y->written_ns) - (x->written_ns < y->written_ns);
}

/* All but the last ones are let go. */
static void drop_old(struct events *e)
{
	size_t n = e->n > YR_LIMIT_EVENTS ? e->n - YR_LIMIT_EVENTS : 0;

	if (!n)
		return;
	qsort(e->at, e->n, sizeof(struct yr_start *), by_time);
	for (size_t i = 0; i < n; i++)
		yr_start_free(e->at[i]);
	memmove(e->at, e->at + n, YR_LIMIT_EVENTS * sizeof(struct yr_start *));
	e->n = YR_LIMIT_EVENTS;
	e->left_out += n;
}

/* Takes @s over. */
static bool keep(struct events *e, struct yr_start *s)
{
	struct yr_start **more;

	if (e->n == 2 * YR_LIMIT_EVENTS)
		drop_old(e);
	if (e->n == e->cap) {
		more = reallocarray(e->at, e->cap * 2 + 16, sizeof(struct yr_start *));
		if (!more) {
			yr_say("out of memory");
			yr_start_free(s);
			return false;
		}
		e->at = more;
		e->cap = e->cap * 2 + 16;
	}
	e->at[e->n++] = s;
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct yr_start *x = *(struct yr_start *const *)a, *y = *(struct yr_start *const *)b;
	uint64_t s = x->written_ns ? x->written_ns : x->time_ns;
	uint64_t t = y->written_ns ? y->written_ns : y->time_ns;
	int d = strcmp(x->id, y->id);

	if (d)
		return d;
	return s != t ? (s > t) - (s < t)
		      : (x->written_ns > y->written_ns) - (x->written_ns < y->written_ns);
}

/* Whether the journal's @b is the file's @a. */
static bool is_double(const struct yr_start *a, const struct yr_start *b)
{
	return !a->written_ns && b->written_ns == a->time_ns && !strcmp(a->id, b->id) &&
	       a->action == b->action && a->outcome == b->outcome;
}

/* What both have is told once, as the file has it: that is not everybody's to write. */
static void drop_doubles(struct events *e)
{
	size_t n = 0;

	if (!e->n)
		return;
	qsort(e->at, e->n, sizeof(struct yr_start *), by_start);
	for (size_t i = 0; i < e->n; i++) {
		if (n && is_double(e->at[n - 1], e->at[i]))
			yr_start_free(e->at[i]);
		else
			e->at[n++] = e->at[i];
	}
	e->n = n;
	qsort(e->at, e->n, sizeof(struct yr_start *), by_time);
}

/* All that is there of one source. */
static void gather(struct events *e, struct yr_event_source *source)
{
	struct yr_start *s;
	int r;

	e->status = yr_worse(e->status, yr_event_source_open(source, e->filter.since_ns));
	while ((r = yr_event_source_next(source, !e->follow || !source->path, &s)) > 0) {
		if (!yr_event_is_wanted(&e->filter, s))
			yr_start_free(s);
		else if (!keep(e, s))
			r = -1;
		if (r < 0)
			break;
	}
	if (r < 0)
		e->status = YR_EXIT_SYSTEM;
	/* A file goes on where it was left. */
	if (!e->follow || !source->path)
		e->status = yr_worse(e->status, yr_event_source_close(source));
}

static void print_all(struct events *e)
{
	drop_doubles(e);
	drop_old(e);
	if (e->left_out)
		yr_say("%llu older starts are left out; --since and --container narrow it down",
		       (unsigned long long)e->left_out);
	for (size_t i = 0; i < e->n && !ferror(stdout); i++)
		yr_event_print(e->at[i], e->json);
	for (size_t i = 0; i < e->n; i++)
		yr_start_free(e->at[i]);
	e->n = 0;
}

static void print_new(struct events *e, struct yr_event_source *source)
{
	struct yr_start *s;
	int r;

	while ((r = yr_event_source_next(source, false, &s)) > 0) {
		if (yr_event_is_wanted(&e->filter, s))
			yr_event_print(s, e->json);
		yr_start_free(s);
	}
	if (r < 0)
		e->status = YR_EXIT_SYSTEM;
}

/* Until somebody ends it, or nobody reads. */
static void follow(struct events *e, uint64_t began_ns)
{
	struct yr_event_source *journal = &e->sources[JOURNAL_SOURCE];
	struct pollfd at[2] = { { .fd = -1, .events = POLLIN }, { .fd = STDOUT_FILENO } };

	if (e->wanted[JOURNAL_SOURCE])
		e->status = yr_event_source_follow(
			journal, e->filter.since_ns > began_ns ? e->filter.since_ns : began_ns);
	if (journal->open)
		at[0].fd = journal->fd;
	while (e->status == YR_EXIT_OK && !fflush(stdout) && !ferror(stdout)) {
		if (poll(at, 2, FOLLOW_MS) < 0 && errno != EINTR)
			break;
		if (at[1].revents & (POLLERR | POLLHUP))
			break;
		for (int i = 0; i < SOURCES; i++) {
			if (!e->wanted[i])
				continue;
			print_new(e, &e->sources[i]);
			yr_event_source_reopen(&e->sources[i]);
		}
		if (at[0].revents & POLLHUP) {
			yr_say("journalctl ended");
			e->status = YR_EXIT_SYSTEM;
		}
	}
	for (int i = 0; i < SOURCES; i++)
		yr_event_source_close(&e->sources[i]);
}

static void tell(struct events *e)
{
	struct timespec began;

	clock_gettime(CLOCK_REALTIME, &began);
	for (int i = 0; i < SOURCES; i++)
		if (e->wanted[i])
			gather(e, &e->sources[i]);
	print_all(e);
	if (e->follow && e->status == YR_EXIT_OK)
		follow(e, (uint64_t)began.tv_sec * 1000000000);
	free(e->at);
}

static const char *usual_conf(void)
{
	const char *given = getenv("YOROI_RUNTIME_CONF");

	return given && *given ? given : "/etc/yoroi/runtime.conf";
}

/* As yoroi-runtime decides it. */
static const char *usual_file(const struct yr_oci_settings *conf, char *own, size_t size)
{
	const char *given = getenv("YOROI_EVENTS"), *dir = getenv("XDG_RUNTIME_DIR");

	if (conf && conf->events_file)
		return conf->events_file;
	if (given && *given)
		return given;
	if (!geteuid() || !dir || *dir != '/' ||
	    snprintf(own, size, "%s/yoroi/events.jsonl", dir) >= (int)size)
		return YR_RECORD_FILE_PATH;
	return own;
}

static int check_usage(struct events *e, bool file, bool journal, const char *extra)
{
	if (extra)
		return yr_usage(&yr_cmd_events, "'%s' is too much; --container ID asks for one",
				extra);
	if (file && journal)
		return yr_usage(&yr_cmd_events, "'--file' and '--journal' are two places");
	e->wanted[FILE_SOURCE] = !journal;
	e->wanted[JOURNAL_SOURCE] = !file;
	e->sources[FILE_SOURCE].optional = !file;
	e->sources[JOURNAL_SOURCE].optional = !journal;
	for (int i = 0; i < SOURCES; i++)
		e->sources[i].grows = e->follow;
	return -1;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "file", required_argument, NULL, OPT_FILE },
		{ "journal", no_argument, NULL, OPT_JOURNAL },
		{ "since", required_argument, NULL, OPT_SINCE },
		{ "container", required_argument, NULL, 'c' },
		{ "refused", no_argument, NULL, OPT_REFUSED },
		{ "follow", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct events e = { .status = YR_EXIT_OK };
	bool file = false, journal = false;
	int c, status;

	while ((c = getopt_long(argc, argv, ":hfc:", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			yr_print_help(&yr_cmd_events);
			return YR_EXIT_OK;
		case 'f':
			e.follow = true;
			break;
		case 'c':
			e.filter.container = optarg;
			break;
		case OPT_JSON:
			e.json = true;
			break;
		case OPT_FILE:
			e.sources[FILE_SOURCE].path = optarg;
			file = true;
			break;
		case OPT_JOURNAL:
			journal = true;
			break;
		case OPT_SINCE:
			if (!yr_parse_since(optarg, &e.filter.since_ns))
				return yr_usage(
					&yr_cmd_events,
					"'--since' takes '2h', '2026-11-22', '2026-11-22 16:25' "
					"and the like");
			break;
		case OPT_REFUSED:
			e.filter.refused = true;
			break;
		default:
			return yr_usage_option(&yr_cmd_events, c, argv);
		}
	}
	status = check_usage(&e, file, journal, argv[optind]);
	if (status < 0) {
		struct yr_oci_settings *conf = NULL;
		struct yr_err err = { 0 };
		char own[PATH_MAX];

		if (!file && !journal && yr_oci_settings_read(usual_conf(), false, &conf, &err) < 0)
			yr_say("%s", err.msg);
		if (!file)
			e.sources[FILE_SOURCE].path = usual_file(conf, own, sizeof(own));
		tell(&e);
		status = err.code ? YR_EXIT_SYSTEM : e.status;
		yr_oci_settings_free(conf);
	}
	return status;
}

const struct yr_cmd yr_cmd_events = {
	.name = "events",
	.args = "[OPTION...]",
	.summary = "show which containers were started, under what, and which were refused",
	.help = "      --since TIME      from then on: '2h', '30m', '2026-11-22', '2026-11-22 "
		"16:25'\n"
		"  -c, --container ID    of this container: its id, the beginning of it, or its "
		"name\n"
		"      --refused         only starts that were refused, or given less than was "
		"asked\n"
		"  -f, --follow          go on with those that come\n"
		"      --file FILE       read this file, '-': standard input\n"
		"      --journal         read the journal only\n"
		"      --json            one JSON object a line\n"
		"Without --file and --journal both are read: the journal, and\n"
		"/var/log/yoroi/events.jsonl if it is there.\n",
	.run = run,
};
