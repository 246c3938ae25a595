/* SPDX-License-Identifier: Apache-2.0 */
/* What was refused, in words, and the rules that would have let it be. */
#ifndef YR_AUTHOR_AUTHOR_H
#define YR_AUTHOR_AUTHOR_H

#include "base/arena.h"
#include "base/buf.h"
#include "lang/tree.h"
#include "yoroi/log.h"

/* A denial that was met once or more often. */
struct yr_denial {
	struct yr_log_event event; /* of the first record; its text is the denial's own */
	uint64_t count;
	uint64_t first, last; /* milliseconds since 1970 */
	bool has_time;        /* some record says when */
	bool several;         /* other programs were refused the same */
	bool cut;             /* of a record whose end is missing */
};

/*
 * The distinct denials of a log: same verdict, profile, class, permissions, object and peer. At
 * most so many of them, and so many bytes of text; of what comes on top only the records are
 * counted.
 */
struct yr_denials;

/* NULL: memory is out. */
struct yr_denials *yr_denials_new(size_t most, size_t most_bytes);
/* NULL is fine. Always returns NULL. */
struct yr_denials *yr_denials_free(struct yr_denials *d);
/* A record; one that is no denial is passed over. False: memory is out. */
bool yr_denials_add(struct yr_denials *d, const struct yr_log_event *ev);
/* Whether the event says that something was refused, or would have been. */
bool yr_is_denial(const struct yr_log_event *ev);

struct yr_denial_counts {
	uint64_t records; /* denials, each time counted */
	uint64_t others;  /* records of something else: policy loaded, accesses audited */
	uint64_t left;    /* records of denials that found no room */
	size_t distinct;
};
const struct yr_denial_counts *yr_denials_counts(const struct yr_denials *d);
/*
 * Those of one profile beside each other, the profile with most records first, and of a profile the
 * denial with most records; owned by @d and good until the next yr_denials_add(). NULL: memory.
 */
struct yr_denial **yr_denials_sorted(struct yr_denials *d);

/*
 * "write to /proc/sysrq-trigger", "mount /dev/sda1 on /mnt/, read-only": text for a terminal,
 * control characters written as \ooo. In @arena; NULL: memory is out.
 */
const char *yr_denial_words(struct yr_arena *arena, const struct yr_log_event *ev);

/* The smallest rule for a denial. All text is policy, quoted and escaped. */
struct yr_mend {
	const char *rule; /* with its comma; NULL: none is known */
	const char
		*access;  /* what the profile is asked about, see yr_request_new(); NULL: nothing */
	const char *flag; /* what the profile's flags=( ) need to have as well; NULL */
	const char *advice; /* what else there is to say; NULL */
};
/* -ENOMEM. */
int yr_mend(struct yr_arena *arena, const struct yr_log_event *ev, struct yr_mend *ret);
/* The same with @pattern, policy's text, in the place of what the record has in @field. */
int yr_mend_pattern(struct yr_arena *arena, const struct yr_log_event *ev, enum yr_log_text field,
		    const char *pattern, struct yr_mend *ret);
/*
 * The same for the access @text, read as @rule. *ret_event borrows from @rule and @arena, and is
 * what a record of it would say. -ENOMEM.
 */
int yr_mend_access(struct yr_arena *arena, const char *text, const struct yr_rule *rule,
		   struct yr_log_event *ret_event, struct yr_mend *ret);

/* What the kernel means by an info=. */
struct yr_info {
	const char *text;   /* as it is written, or how that begins */
	const char *means;  /* in words */
	const char *advice; /* what to do; NULL */
	bool no_rule;       /* no rule changes it */
	const char *flag;   /* that the profile needs; NULL */
};
/* NULL: not a known one. */
const struct yr_info *yr_info_find(struct yr_str text);

/* What the profile's own name tells: "made by complain mode ...", "Docker's default ..."; NULL. */
const char *yr_profile_hint(struct yr_str profile);
/* A profile that the kernel made for a program of complain mode; no file has it. */
bool yr_profile_is_null(struct yr_str profile);
/* "container web of LXD" from a namespace of its; in @arena. NULL: nothing, or no memory. */
const char *yr_namespace_hint(struct yr_arena *arena, struct yr_str ns);

#endif
