/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the values of a record's fields. */
#ifndef YR_LOG_READER_H
#define YR_LOG_READER_H

#include "log/log.h"

struct yr_log_reader {
	const struct yr_log_index *index;
	const char *at, *end;
	struct yr_log_event *ev;
	struct yr_log_room room;
	bool escapes;     /* a backslash protects the character behind it */
	bool kmsg;        /* \xHH stands for a byte */
	bool interpreted; /* words stand for themselves */
	bool outside;     /* before msg=' of a user's record: the sender's fields, not ours */
	bool judged;      /* apparmor= has come */
	bool decoded[YR_LOG_TEXTS];
};

enum { YR_LOG_IN_KEY = 1, YR_LOG_SEPARATOR = 2 };

extern const uint8_t yr_log_bytes_kind[256];

static inline bool yr_log_is_separator(char c)
{
	return yr_log_bytes_kind[(unsigned char)c] == YR_LOG_SEPARATOR;
}

static inline bool yr_log_is_key(char c)
{
	return yr_log_bytes_kind[(unsigned char)c] == YR_LOG_IN_KEY;
}

struct yr_log_value {
	struct yr_str s;
	bool quoted;
};

/* What stands behind "=", passed over; false: the line ends inside of it. */
bool yr_log_value_read(struct yr_log_reader *r, struct yr_log_value *v);
/* Put it where @key says. */
void yr_log_value_put(struct yr_log_reader *r, const struct yr_log_key *key,
		      const struct yr_log_value *v);

static inline void yr_log_set_text(struct yr_log_reader *r, enum yr_log_text field, struct yr_str s)
{
	r->ev->text[field] = (struct yr_log_bytes){ s.at, s.len };
}

static inline bool yr_log_fits(const struct yr_log_reader *r, size_t n)
{
	return (size_t)(r->room.end - r->room.at) >= n;
}

#endif
