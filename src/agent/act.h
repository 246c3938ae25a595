/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of one round share. */
#ifndef YR_AGENT_ACT_H
#define YR_AGENT_ACT_H

#include "agent/agent.h"

/* Arguments in the Pod's memory, beginning with the engine. */
void yr_act_begin(struct yr_work *w, struct yr_args *a);
/* yr_engine_call() on the round's engine. */
int yr_act_call(struct yr_work *w, const struct yr_args *a, unsigned seconds, struct yr_buf *out,
		struct yr_err *err);
/* Remove the container that the engine calls @name, whatever it does; none is fine. */
int yr_act_remove(struct yr_work *w, const char *name, struct yr_err *err);

/*
 * @c's row with its new stage, on record together with an event, or neither. @event NULL: none;
 * @message NULL with an event: memory is out.
 */
int yr_act_advance(struct yr_work *w, struct yr_work_container *c, enum yr_stage stage,
		   const char *event, const char *message, struct yr_err *err);
/* Tell what is seen of @c and not on record. */
int yr_act_record(struct yr_work *w, struct yr_work_container *c, struct yr_err *err);
/* Look at the label of @c, which runs; the wrong one is killed. */
int yr_act_check(struct yr_work *w, struct yr_work_container *c, struct yr_err *err);
/* See to @c's image. */
int yr_act_pull(struct yr_work *w, struct yr_work_container *c, struct yr_err *err);
/* @c's next attempt; how the last one ended stays on record. */
int yr_act_again(struct yr_work *w, struct yr_work_container *c, struct yr_err *err);

#endif
