/* SPDX-License-Identifier: Apache-2.0 */
/* What is done next for a Pod, by tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/plan.h"
#include "base/cleanup.h"

#define NOW 1000

/* In short: N(othing), C(reated), R(unning), and how it ended: 0 or 1. */
struct one {
	char seen;
	enum yr_stage stage;
	bool init, outdated;
	unsigned backoff;
	int64_t retry, started, finished;
};

static void fill(const struct one *o, struct yr_plan_container *c)
{
	*c = (struct yr_plan_container){ .init = o->init,
					 .stage = o->stage,
					 .seen = o->seen == 'N'   ? YR_SEEN_NOTHING
						 : o->seen == 'C' ? YR_SEEN_CREATED
						 : o->seen == 'R' ? YR_SEEN_RUNNING
								  : YR_SEEN_ENDED,
					 .there = o->seen != 'N',
					 .exit_code = o->seen == '1',
					 .started = o->started,
					 .finished = o->finished,
					 .backoff = o->backoff,
					 .retry = o->retry,
					 .outdated = o->outdated };
}

enum { GATE = 1, SANDBOX = 2, DELETED = 4, REFUSED = 8 };

static const struct {
	const char *what;
	unsigned flags;
	enum yr_restart restart;
	struct one c[3];
	enum yr_step step;
	size_t container;
	int64_t wake;
	enum yr_phase phase;
} cases[] = {
	{ "nothing is made before the gate opens", 0, YR_RESTART_ALWAYS, { { 'N' } }, YR_STEP_NONE },
	{ "what was made does not start before the gate opens",
	  SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'C', YR_STAGE_CREATED } },
	  YR_STEP_NONE },
	{ "first what holds the network", GATE, YR_RESTART_ALWAYS, { { 'N' } }, YR_STEP_SANDBOX },
	{ "then the image", GATE | SANDBOX, YR_RESTART_ALWAYS, { { 'N' } }, YR_STEP_PULL },
	{ "a pull that was cut off goes on",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'N', YR_STAGE_PULLING } },
	  YR_STEP_PULL },
	{ "then the container",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'N', YR_STAGE_PULLED } },
	  YR_STEP_CREATE },
	{ "which is told",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'C', YR_STAGE_PULLED } },
	  YR_STEP_RECORD },
	{ "then it starts",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'C', YR_STAGE_CREATED } },
	  YR_STEP_START },
	{ "which is told, too",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_CREATED } },
	  YR_STEP_RECORD,
	  .phase = YR_PHASE_RUNNING },
	{ "then its label is looked at",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_STARTED } },
	  YR_STEP_CHECK,
	  .phase = YR_PHASE_RUNNING },
	{ "also when the gate has closed again",
	  SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_STARTED } },
	  YR_STEP_CHECK,
	  .phase = YR_PHASE_RUNNING },
	{ "and before anything else starts",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'C', YR_STAGE_CREATED }, { 'R', YR_STAGE_STARTED } },
	  YR_STEP_CHECK,
	  1,
	  .phase = YR_PHASE_RUNNING },
	{ "then all is well",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_CHECKED } },
	  YR_STEP_NONE,
	  .phase = YR_PHASE_RUNNING },
	{ "what failed waits",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'N', .retry = NOW + 5 } },
	  YR_STEP_NONE,
	  .wake = NOW + 5 },
	{ "unless the clock was set back",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'N', .retry = NOW + 5000 } },
	  YR_STEP_PULL },
	{ "nor does a restart wait for such a clock",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, .backoff = 1, .started = NOW + 5000, .finished = NOW + 5000 } },
	  YR_STEP_AGAIN,
	  .phase = YR_PHASE_RUNNING },
	{ "nor a look at a label",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_STARTED, .retry = NOW + 5000 } },
	  YR_STEP_CHECK,
	  .phase = YR_PHASE_RUNNING },
	{ "nor the end of one that is deleted",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_STOPPING, .retry = NOW + 5000 } },
	  YR_STEP_CLEAR,
	  .phase = YR_PHASE_RUNNING },
	{ "the others go on",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'N', .retry = NOW + 5 }, { 'N' } },
	  YR_STEP_PULL,
	  1 },
	{ "an end is told",
	  GATE | SANDBOX,
	  YR_RESTART_NEVER,
	  { { '0', YR_STAGE_CHECKED } },
	  YR_STEP_RECORD,
	  .phase = YR_PHASE_SUCCEEDED },
	{ "Never: it is the end",
	  GATE | SANDBOX,
	  YR_RESTART_NEVER,
	  { { '0', YR_STAGE_ENDED } },
	  YR_STEP_NONE,
	  .phase = YR_PHASE_SUCCEEDED },
	{ "Never: a bad one too",
	  GATE | SANDBOX,
	  YR_RESTART_NEVER,
	  { { '1', YR_STAGE_ENDED } },
	  YR_STEP_NONE,
	  .phase = YR_PHASE_FAILED },
	{ "OnFailure: a good end is one",
	  GATE | SANDBOX,
	  YR_RESTART_ON_FAILURE,
	  { { '0', YR_STAGE_ENDED } },
	  YR_STEP_NONE,
	  .phase = YR_PHASE_SUCCEEDED },
	{ "OnFailure: a bad one is not",
	  GATE | SANDBOX,
	  YR_RESTART_ON_FAILURE,
	  { { '1', YR_STAGE_ENDED, .finished = NOW } },
	  YR_STEP_AGAIN,
	  .phase = YR_PHASE_RUNNING },
	{ "the second restart waits",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, .backoff = 1, .started = NOW, .finished = NOW } },
	  YR_STEP_NONE,
	  .wake = NOW + 10,
	  .phase = YR_PHASE_RUNNING },
	{ "the third twice as long",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, .backoff = 2, .started = NOW, .finished = NOW } },
	  YR_STEP_NONE,
	  .wake = NOW + 20,
	  .phase = YR_PHASE_RUNNING },
	{ "and five minutes at most",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, .backoff = 4000000000u, .started = NOW, .finished = NOW } },
	  YR_STEP_NONE,
	  .wake = NOW + 300,
	  .phase = YR_PHASE_RUNNING },
	{ "after a good run it comes at once",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, .backoff = 7, .started = NOW - 600, .finished = NOW } },
	  YR_STEP_AGAIN,
	  .phase = YR_PHASE_RUNNING },
	{ "init: the second waits for the first",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_CHECKED, true }, { 'N', .init = true }, { 'N' } },
	  YR_STEP_NONE },
	{ "init: one after the other",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, true }, { 'N', .init = true }, { 'N' } },
	  YR_STEP_PULL,
	  1 },
	{ "init: then the others",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, true }, { 'N' } },
	  YR_STEP_PULL,
	  1 },
	{ "init: done once is done",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED, true }, { 'R', YR_STAGE_CHECKED } },
	  YR_STEP_NONE,
	  .phase = YR_PHASE_RUNNING },
	{ "init: Never, and it failed",
	  GATE | SANDBOX,
	  YR_RESTART_NEVER,
	  { { '1', YR_STAGE_ENDED, true }, { 'N' } },
	  YR_STEP_NONE,
	  .phase = YR_PHASE_FAILED },
	{ "old ones are removed",
	  GATE | SANDBOX,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_CHECKED, .outdated = true } },
	  YR_STEP_TIDY,
	  .phase = YR_PHASE_RUNNING },
	{ "made and gone before it ran: again",
	  GATE | SANDBOX,
	  YR_RESTART_NEVER,
	  { { 'N', YR_STAGE_CREATED } },
	  YR_STEP_AGAIN },
	{ "deleted: it is stopped",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_CHECKED } },
	  YR_STEP_STOP,
	  .phase = YR_PHASE_RUNNING },
	{ "deleted: it has its time",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_STOPPING, .retry = NOW - 29 } },
	  YR_STEP_NONE,
	  .wake = NOW + 1,
	  .phase = YR_PHASE_RUNNING },
	{ "deleted: which is over, and the rest is killed",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_STOPPING, .retry = NOW - 30 } },
	  YR_STEP_CLEAR,
	  .phase = YR_PHASE_RUNNING },
	{ "deleted: one after the other is asked",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { 'R', YR_STAGE_STOPPING, .retry = NOW }, { 'R', YR_STAGE_CHECKED } },
	  YR_STEP_STOP,
	  .container = 1,
	  .phase = YR_PHASE_RUNNING },
	{ "deleted: the one that takes its time is waited for",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { '0', YR_STAGE_ENDED }, { 'R', YR_STAGE_STOPPING, .retry = NOW } },
	  YR_STEP_NONE,
	  .wake = NOW + 30,
	  .phase = YR_PHASE_RUNNING },
	{ "deleted: removed",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { '1', YR_STAGE_ENDED } },
	  YR_STEP_CLEAR,
	  .phase = YR_PHASE_FAILED },
	{ "deleted: what holds the network, too",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { 'N' } },
	  YR_STEP_CLEAR },
	{ "deleted: and forgotten", DELETED, YR_RESTART_ALWAYS, { { 'N' } }, YR_STEP_FORGET },
	{ "deleted: nothing starts",
	  GATE | SANDBOX | DELETED,
	  YR_RESTART_ALWAYS,
	  { { 'C', YR_STAGE_CREATED } },
	  YR_STEP_CLEAR },
	{ "refused for good: nothing is made",
	  REFUSED,
	  YR_RESTART_ALWAYS,
	  { { 'N' } },
	  YR_STEP_NONE,
	  .phase = YR_PHASE_FAILED },
};

static void the_next_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_plan_container c[3];
		struct yr_plan_pod p = { .gate = cases[i].flags & GATE,
					 .sandbox = cases[i].flags & SANDBOX,
					 .deleted = cases[i].flags & DELETED,
					 .refused = cases[i].flags & REFUSED,
					 .restart = cases[i].restart,
					 .containers = c,
					 .now = NOW,
					 .delay = 10,
					 .grace = 30 };
		struct yr_next n;

		while (p.n < 3 && cases[i].c[p.n].seen) {
			fill(&cases[i].c[p.n], &c[p.n]);
			p.n++;
		}
		n = yr_plan(&p);
		if (n.step != cases[i].step ||
		    (n.step == YR_STEP_NONE && n.wake != cases[i].wake) ||
		    (n.step != YR_STEP_NONE && n.container != cases[i].container) ||
		    yr_plan_phase(&p) != cases[i].phase)
			fail_msg("%s: step %d of %zu, wake %lld, phase %d", cases[i].what, n.step,
				 n.container, (long long)n.wake, yr_plan_phase(&p));
	}
}

/* Of all states of two containers: nothing begins without the gate, and nothing unasked. */
static void a_closed_gate_lets_nothing_begin(void **state)
{
	static const char seen[] = { 'N', 'C', 'R', '0', '1' };

	(void)state;
	for (unsigned i = 0; i < 5 * 8 * 5 * 8 * 3 * 2 * 2; i++) {
		unsigned k = i;
		struct one a = { seen[k % 5], (k / 5) % 8 }, b;
		struct yr_plan_container c[2];
		struct yr_plan_pod p = {
			.containers = c, .n = 2, .now = NOW, .delay = 10, .grace = 30
		};
		struct yr_next n;

		k /= 40;
		b = (struct one){ seen[k % 5], (k / 5) % 8 };
		k /= 40;
		p.restart = k % 3;
		p.sandbox = k / 3 % 2;
		a.init = k / 6 % 2;
		fill(&a, &c[0]);
		fill(&b, &c[1]);
		n = yr_plan(&p);
		assert_true(n.step != YR_STEP_START && n.step != YR_STEP_CREATE &&
			    n.step != YR_STEP_PULL && n.step != YR_STEP_SANDBOX);
		p.gate = true;
		n = yr_plan(&p);
		/* What is seen already is not made again, and what runs does not start. */
		if (n.step == YR_STEP_START)
			assert_int_equal(c[n.container].seen, YR_SEEN_CREATED);
		if (n.step == YR_STEP_CREATE)
			assert_int_equal(c[n.container].seen, YR_SEEN_NOTHING);
		p.deleted = true;
		n = yr_plan(&p);
		assert_true(n.step == YR_STEP_RECORD || n.step == YR_STEP_STOP ||
			    n.step == YR_STEP_CLEAR || n.step == YR_STEP_FORGET);
		/* Nothing that runs is forgotten. */
		if (n.step == YR_STEP_FORGET)
			assert_true(c[0].seen == YR_SEEN_NOTHING && c[1].seen == YR_SEEN_NOTHING);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_step),
		cmocka_unit_test(a_closed_gate_lets_nothing_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
