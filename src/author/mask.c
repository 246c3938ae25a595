/* SPDX-License-Identifier: Apache-2.0 */
/* What a record says was refused. */
#include "author/mask.h"

struct yr_str yr_event_mask(const struct yr_log_event *ev)
{
	struct yr_str refused = yr_event_text(ev, YR_LOG_REFUSED);

	return refused.len ? refused : yr_event_text(ev, YR_LOG_REQUESTED);
}

struct yr_str yr_event_exec_target(const struct yr_log_event *ev)
{
	struct yr_str target = yr_event_text(ev, YR_LOG_NAME2);

	return ev->old || !target.len ? (struct yr_str){ NULL, 0 } : target;
}

uint32_t yr_event_perms(const struct yr_log_event *ev)
{
	struct yr_str mask = yr_event_mask(ev);
	uint32_t perms = 0;

	for (size_t i = 0; i < mask.len; i++)
		switch (mask.at[i]) {
		case 'r':
			perms |= YR_MAY_READ;
			break;
		case 'w':
		case 'c':
		case 'd':
			perms |= YR_MAY_WRITE;
			break;
		case 'a':
			perms |= YR_MAY_APPEND;
			break;
		case 'l':
			perms |= YR_MAY_LINK;
			break;
		case 'k':
			perms |= YR_MAY_LOCK;
			break;
		case 'm':
			perms |= YR_MAY_MMAP;
			break;
		case 'x':
			perms |= YR_MAY_EXEC;
			break;
		default:
			break;
		}
	return perms & YR_MAY_WRITE ? perms & ~(uint32_t)YR_MAY_APPEND : perms;
}

enum yr_audience yr_event_audience(const struct yr_log_event *ev)
{
	struct yr_str mask = yr_event_mask(ev);
	const char *colon = mask.len ? memchr(mask.at, ':', mask.len) : NULL;

	/* "user:group:others"; there never was anything for the group. */
	if (colon)
		return colon > mask.at ? YR_OWNER : YR_OTHER;
	if (!yr_event_has(ev, YR_LOG_FSUID) || !yr_event_has(ev, YR_LOG_OUID))
		return YR_ANY_OWNER;
	return ev->number[YR_LOG_FSUID] == ev->number[YR_LOG_OUID] ? YR_OWNER : YR_OTHER;
}

bool yr_event_next_word(struct yr_str mask, struct yr_str *at)
{
	const char *p = at->at ? at->at + at->len : mask.at, *end;

	if (!mask.len)
		return false;
	end = mask.at + mask.len;
	while (p < end && (*p == ' ' || *p == ','))
		p++;
	at->at = p;
	while (p < end && *p != ' ' && *p != ',')
		p++;
	at->len = (size_t)(p - at->at);
	return at->len;
}
