/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run: a profile in complain mode of its own name, what is run under it, the records that the
 * kernel makes of it meanwhile; then everything is taken away again, also when we are killed.
 */
#include "cmd/learn_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/learn.h"
#include "cmd/learn_watch.h"
#include "yoroi/status.h"

/* Leftovers that are told. */
enum { LEFTOVERS = 8 };

static int say(const struct yr_err *err)
{
	yr_say("%s", err->code ? err->msg : "out of memory");
	return YR_EXIT_SYSTEM;
}

static const char *find_engine(const struct yr_learn_wish *w)
{
	if (w->engine)
		return w->engine;
	switch (w->what) {
	case YR_LEARN_PODMAN:
		return "podman";
	case YR_LEARN_DOCKER:
		return "docker";
	default:
		return !access("/usr/bin/crun", X_OK) ? "crun" : "runc";
	}
}

static int start(struct yr_learn_runner *r)
{
	struct yr_learn_line *line = calloc(1, sizeof(*line));
	struct yr_learn_start how = { .out = -1 };
	int code = line ? yr_learn_line(r->wish, &r->cage, line, &r->err) : -ENOMEM;

	if (!code) {
		how.line = line->at;
		how.profile = r->wish->what == YR_LEARN_COMMAND ? r->cage.profile : NULL;
		code = yr_learn_start(r, &how, &r->program, &r->err);
	}
	if (!code) {
		r->cage.program = r->program.pid;
		yr_guard_tell(&r->guard, &r->cage);
	}
	free(line);
	return code;
}

static void watch(struct yr_learn_runner *r)
{
	int64_t end = r->wish->for_ms ? yr_learn_now_ms() + (int64_t)r->wish->for_ms : INT64_MAX;

	while (r->ran->end == YR_LEARN_END_NONE && !r->err.code) {
		yr_learn_exercise(r);
		yr_learn_pump(r, 100);
		if (r->signal)
			r->ran->end = YR_LEARN_END_SIGNAL;
		else if (r->program.done)
			r->ran->end = YR_LEARN_END_PROGRAM;
		else if (r->exercise.done)
			r->ran->end = YR_LEARN_END_EXERCISE;
		else if (yr_learn_now_ms() >= end)
			r->ran->end = YR_LEARN_END_TIME;
	}
}

static void pump_until(struct yr_learn_runner *r, const bool *done, int seconds)
{
	int64_t end = yr_learn_now_ms() + seconds * 1000;

	while (!*done && yr_learn_now_ms() < end)
		yr_learn_pump(r, 50);
}

/* A word on how it ended; its program may have ended first, and then it has a moment more. */
static void end_exercise(struct yr_learn_runner *r)
{
	struct yr_learn_ran *ran = r->ran;

	if (r->wish->exercise && !ran->exercised) {
		ran->exercise_failed = true;
		snprintf(ran->exercise, sizeof(ran->exercise), "was not run: %s",
			 ran->end == YR_LEARN_END_PROGRAM ? "the program had ended before"
							  : "the program was not up before");
		return;
	}
	if (!r->exercise.pid)
		return;
	if (ran->end == YR_LEARN_END_PROGRAM)
		pump_until(r, &r->exercise.done, YR_LEARN_GRACE_SECONDS / 2);
	if (!r->exercise.done) {
		kill(-r->exercise.pid, SIGTERM);
		pump_until(r, &r->exercise.done, 2);
		kill(-r->exercise.pid, SIGKILL);
		pump_until(r, &r->exercise.done, 2);
		ran->exercise_failed = true;
		snprintf(ran->exercise, sizeof(ran->exercise),
			 "was ended: it had not ended in time");
	} else if (WIFEXITED(r->exercise.status)) {
		ran->exercise_failed = WEXITSTATUS(r->exercise.status) != 0;
		snprintf(ran->exercise, sizeof(ran->exercise), "ended with status %d",
			 WEXITSTATUS(r->exercise.status));
	} else {
		ran->exercise_failed = true;
		snprintf(ran->exercise, sizeof(ran->exercise), "was killed by signal %d",
			 WTERMSIG(r->exercise.status));
	}
	r->cage.exercise = 0;
}

static void stop_container(struct yr_learn_runner *r)
{
	const char *line[8];
	struct yr_learn_start how = { .line = line, .out = -1, .quiet = true };
	struct yr_err err = { 0 };
	int ends[2] = { -1, -1 };

	if (r->from_helper >= 0)
		close(r->from_helper);
	r->from_helper = -1;
	if (!yr_cage_stop_line(&r->cage, false, line) || pipe2(ends, O_CLOEXEC) < 0)
		return;
	/* What it says, the name of the container, is nobody's. */
	how.out = ends[1];
	if (yr_learn_start(r, &how, &r->helper, &err) < 0)
		yr_say("%s", err.msg);
	close(ends[1]);
	r->from_helper = ends[0];
	if (r->helper.pid)
		pump_until(r, &r->helper.done, YR_LEARN_ENGINE_SECONDS);
	pump_until(r, &r->program.done, YR_LEARN_GRACE_SECONDS);
}

/* By its pid as long as it is under the profile, and with it all others that are. */
static void stop_command(struct yr_learn_runner *r)
{
	int64_t end = yr_learn_now_ms() + YR_LEARN_GRACE_SECONDS * 1000;
	struct yr_err err = { 0 };
	size_t n = 0;

	if (yr_cage_signal(&r->cage, SIGTERM, &n, &err) < 0 || !n)
		return;
	if (r->ran->end == YR_LEARN_END_PROGRAM)
		r->ran->ended = n;
	while (n && yr_learn_now_ms() < end) {
		yr_learn_pump(r, 50);
		if (yr_cage_signal(&r->cage, 0, &n, &err) < 0)
			return;
	}
}

/* The kernel makes records later than the program does what they tell. */
static void drain(struct yr_learn_runner *r)
{
	int64_t end = yr_learn_now_ms() + 10000;

	r->last_record = yr_learn_now_ms();
	while (!r->watch->removed && !r->err.code && yr_learn_now_ms() < end &&
	       yr_learn_now_ms() - r->last_record < 1500)
		yr_learn_pump(r, 50);
}

static void end_program(struct yr_learn_runner *r)
{
	struct yr_err err = { 0 };

	r->ran->program_ended = r->program.done;
	if (!r->program.done && r->program.pid && r->wish->what != YR_LEARN_COMMAND)
		stop_container(r);
	if (r->cage.loaded)
		stop_command(r);
	if (r->program.pid && !r->program.done) {
		kill(r->program.pid, SIGTERM);
		pump_until(r, &r->program.done, 2);
		kill(r->program.pid, SIGKILL);
		pump_until(r, &r->program.done, 2);
	}
	r->ran->program_status = r->program.status;
	if (yr_cage_end(&r->cage, &err) < 0)
		snprintf(r->ran->left, sizeof(r->ran->left), "%.*s", 399, err.msg);
	/* The children of whom we have heard last. */
	yr_learn_reap(r);
	/* Numbers of those that have ended become others'. */
	if (r->program.done)
		r->cage.program = 0;
	yr_guard_tell(&r->guard, &r->cage);
}

static int signals_begin(struct yr_learn_runner *r, struct yr_err *err)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &mask, &r->mask);
	r->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? yr_err_set(err, errno, "no signalfd: %s", strerror(errno)) : 0;
}

static void signals_end(struct yr_learn_runner *r)
{
	if (r->signals >= 0)
		close(r->signals);
	if (r->from_helper >= 0)
		close(r->from_helper);
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static int make_name(struct yr_learn_cage *c, struct yr_err *err)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return yr_err_set(err, errno, "no random numbers: %s", strerror(errno));
	snprintf(c->profile, sizeof(c->profile), "yoroi-learn-%016llx", (unsigned long long)random);
	return 0;
}

static int run_it(struct yr_learn_command *x, struct yr_learn_runner *r)
{
	int code = make_name(&r->cage, &r->err);

	r->watch->profile = r->cage.profile;
	if (!code)
		code = yr_learn_inherits(r->wish, &r->ran->inherits, &r->err);
	if (!code && r->ran->inherits && x->options.exec != YR_LEARN_INHERIT) {
		yr_say("no_new_privs is set, and with it programs keep the profile of who executed "
		       "them: --exec %s cannot be learned, --exec inherit can",
		       x->exec);
		return YR_EXIT_USAGE;
	}
	if (!code)
		code = yr_cage_open(&r->cage, yr_cage_run_dir(), r->ran->subject, &r->err);
	if (code < 0)
		return say(&r->err);
	code = yr_guard_start(&r->cage, &r->guard, &r->err);
	if (!code)
		code = yr_learn_load(&x->common.settings, r, &r->err);
	if (!code)
		code = start(r);
	if (!code)
		watch(r);
	end_exercise(r);
	end_program(r);
	if (!code)
		drain(r);
	yr_cage_close(&r->cage, *r->ran->left ? r->ran->left : NULL);
	yr_guard_end(&r->guard);
	if (*r->ran->left)
		yr_say("profile %s stays loaded: %s; without it they would go on unconfined. "
		       "'yoroi status' names them; then 'yoroi unload %s'",
		       r->cage.profile, r->ran->left, r->cage.profile);
	return code || r->err.code ? say(&r->err) : YR_EXIT_OK;
}

static int follow(struct yr_learn_command *x, struct yr_learn_runner *r)
{
	struct yr_profiles *loaded = NULL;
	int code = yr_profiles_read(r->cage.host, &loaded, &r->err);
	bool there = !code && yr_profiles_find(loaded, x->options.profile);

	yr_profiles_free(loaded);
	if (code < 0)
		return say(&r->err);
	if (!there) {
		yr_say("profile '%s' is not loaded: load it, with --complain if it shall refuse "
		       "nothing meanwhile",
		       x->options.profile);
		return YR_EXIT_POLICY;
	}
	watch(r);
	end_exercise(r);
	drain(r);
	return r->err.code ? say(&r->err) : YR_EXIT_OK;
}

static void tell_leftovers(const struct yr_learn_runner *r)
{
	struct yr_leftover left[LEFTOVERS];
	size_t n = yr_leftovers_read(r->cage.host, left, LEFTOVERS);

	for (size_t i = 0; i < n; i++) {
		fputs("yoroi: ", stderr);
		yr_leftover_put(stderr, &left[i]);
	}
}

static const char *subject_of(const struct yr_learn_wish *w, const struct yr_learn_command *x)
{
	return w->what == YR_LEARN_NOW       ? x->options.profile
	       : w->what == YR_LEARN_COMMAND ? w->args[0]
					     : w->subject;
}

int yr_learn_run(struct yr_learn_command *x, struct yr_log *log, struct yr_learn_ran *ret)
{
	struct yr_live_options live = { .source = x->wish.source,
					.kmsg = getenv("YOROI_KMSG"),
					.proc = x->common.settings.host.proc };
	struct yr_learn_runner r = { .wish = &x->wish,
				     .log = log,
				     .ran = ret,
				     .signals = -1,
				     .from_helper = -1,
				     .guard = { .fd = -1 },
				     .cage = { .host = &x->common.settings.host,
					       .what = x->wish.what,
					       .engine = find_engine(&x->wish),
					       .lock = -1 } };
	int status = YR_EXIT_SYSTEM;

	ret->what = x->wish.what;
	ret->subject = subject_of(&x->wish, x);
	snprintf(ret->name, sizeof(ret->name), "%s", x->wish.name ? x->wish.name : "");
	if (!x->wish.name && x->wish.what > YR_LEARN_NOW)
		yr_learn_default_name(&x->wish, ret->name, sizeof(ret->name));
	r.watch = calloc(1, sizeof(*r.watch));
	if (!r.watch || yr_live_open(&live, &r.live, &r.err) < 0) {
		free(r.watch);
		return say(&r.err);
	}
	ret->source = yr_live_name(r.live);
	snprintf(ret->note, sizeof(ret->note), "%s", yr_live_note(r.live));
	r.watch->learned = x->learned;
	r.watch->name = ret->name;
	r.watch->has_runtime = x->wish.what != YR_LEARN_COMMAND;
	tell_leftovers(&r);
	if (signals_begin(&r, &r.err) < 0)
		say(&r.err);
	else
		status = x->wish.what == YR_LEARN_NOW ? follow(x, &r) : run_it(x, &r);
	ret->counts = yr_live_counts(r.live);
	signals_end(&r);
	yr_learn_watch_done(r.watch);
	free(r.watch);
	yr_buf_done(&r.answer);
	yr_live_free(r.live);
	return status;
}
