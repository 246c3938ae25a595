/* SPDX-License-Identifier: Apache-2.0 */
/* The exercise: asking until the container runs, then running somebody's command beside it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/learn_watch.h"

static void start(struct yr_learn_runner *r, const struct yr_learn_up *up)
{
	char text[5][512];
	const char *environment[] = { text[0], text[1], text[2], text[3], text[4], NULL };
	const char *line[] = { "/bin/sh", "-c", r->wish->exercise, NULL };
	struct yr_learn_start how = {
		.line = line, .out = -1, .group = true, .environment = environment
	};

	snprintf(text[0], sizeof(text[0]), "YOROI_CONTAINER_NAME=%s",
		 r->wish->what == YR_LEARN_COMMAND ? "" : r->cage.profile);
	snprintf(text[1], sizeof(text[1]), "YOROI_CONTAINER_ID=%s", up->id);
	snprintf(text[2], sizeof(text[2]), "YOROI_CONTAINER_ADDRESS=%s", up->address);
	snprintf(text[3], sizeof(text[3]), "YOROI_PID=%s", up->pid);
	snprintf(text[4], sizeof(text[4]), "YOROI_PROFILE=%s", r->cage.profile);
	r->ran->exercised = true;
	if (yr_learn_start(r, &how, &r->exercise, &r->err) < 0)
		return;
	r->cage.exercise = r->exercise.pid;
	yr_guard_tell(&r->guard, &r->cage);
}

static void ask(struct yr_learn_runner *r)
{
	const char *line[8];
	struct yr_learn_start how = { .line = line, .quiet = true };
	int ends[2];

	yr_learn_state_line(&r->cage, line);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		yr_err_set(&r->err, errno, "no pipe: %s", strerror(errno));
		return;
	}
	how.out = ends[1];
	r->answer.len = 0;
	yr_learn_start(r, &how, &r->helper, &r->err);
	close(ends[1]);
	r->from_helper = ends[0];
}

void yr_learn_exercise(struct yr_learn_runner *r)
{
	struct yr_learn_up up = { .address = "127.0.0.1" };

	if (!r->wish->exercise || r->ran->exercised)
		return;
	if (r->wish->what == YR_LEARN_NOW || r->wish->what == YR_LEARN_COMMAND) {
		if (r->program.pid)
			snprintf(up.pid, sizeof(up.pid), "%d", (int)r->program.pid);
		start(r, &up);
	} else if (!r->helper.pid) {
		ask(r);
	} else if (r->helper.done && r->from_helper < 0) {
		r->helper.pid = 0;
		if (r->answer.len && yr_learn_is_up(&r->cage, r->answer.data, &up))
			start(r, &up);
	}
}
