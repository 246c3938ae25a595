/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the log reader. */
#ifndef YR_LOG_LOG_H
#define YR_LOG_LOG_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "yoroi/log.h"

/* How the value of a key is read. */
enum yr_log_kind {
	YR_LOG_KIND_IGNORED,
	YR_LOG_KIND_TEXT,     /* "quoted" or a word */
	YR_LOG_KIND_NAME,     /* the same; a word of hexadecimal digits stands for its bytes */
	YR_LOG_KIND_ADDRESS,  /* a name, and "none" or "?" for no address */
	YR_LOG_KIND_NUMBER,   /* digits; of a negative number the amount */
	YR_LOG_KIND_PROTOCOL, /* a number or "a name" */
	YR_LOG_KIND_TYPE,     /* type=1503 inside a record */
	YR_LOG_KIND_APPARMOR,
	YR_LOG_KIND_MESSAGE, /* msg='...', around what a program wrote */
};

struct yr_log_key {
	const char *name;
	uint8_t len, kind, field;
};

/* Sorted by length, then by name; test_log.c checks that. */
extern const struct yr_log_key yr_log_keys[];
extern const size_t yr_log_n_keys;

#define YR_LOG_KEY_LEN 16 /* of the longest, and one more */

/* Where the keys of one length that begin with one letter start; YR_LOG_NO_KEY: there is none. */
struct yr_log_index {
	uint8_t first[YR_LOG_KEY_LEN][32];
};
#define YR_LOG_NO_KEY 255

void yr_log_index_make(struct yr_log_index *x);
/* NULL: not one that we know. */
const struct yr_log_key *yr_log_key_find(const struct yr_log_index *x, const char *at, size_t len);

/* What stands before the fields of a record. */
struct yr_log_head {
	enum yr_log_form {
		YR_LOG_FORM_NONE,   /* no record begins here */
		YR_LOG_FORM_BROKEN, /* one begins, with an audit id that is none */
		YR_LOG_FORM_RECORD,
	} form;
	const char *rest;      /* the first field */
	struct yr_str type;    /* of type=, or the journal's word for it; NULL: none */
	struct yr_str id;      /* between the parentheses of audit() */
	struct yr_str node;    /* of node= */
	struct yr_str prefix;  /* before the program's name */
	struct yr_str program; /* "kernel", "dbus[1692]"; NULL: none */
	struct yr_str said;    /* what the program wrote */
	uint64_t seconds, msec, serial;
	bool has_time, has_serial;
	bool interpreted; /* ausearch -i: values stand as they are */
	bool kmsg;        /* /dev/kmsg: \xHH stands for a byte */
};

/* Find the record in @line; no line but the first is looked at. */
void yr_log_head(struct yr_str line, struct yr_log_head *ret);

/* What the journal knows beside the message. */
struct yr_log_entry {
	struct yr_str message; /* NULL: none yet */
	struct yr_str node;
	uint64_t serial, usec; /* the audit record's; 0: unknown */
	uint64_t usec_received;
	enum { YR_LOG_BY_UNKNOWN, YR_LOG_BY_OTHERS, YR_LOG_BY_KERNEL, YR_LOG_BY_AUDIT } transport;
};

/* A field of an entry: true when it is one that we keep. @value lives as long as the entry. */
bool yr_log_entry_put(struct yr_log_entry *entry, struct yr_str name, struct yr_str value);
/* One object of journalctl -o json; what it says is put into @room of at least @len bytes. */
bool yr_log_entry_json(struct yr_log_entry *entry, const char *at, size_t len, char *room);
/*
 * A line of an object that takes several, as journalctl -o json-pretty and dmesg --json print them:
 * the message, put into @room, when this is its line.
 */
bool yr_log_entry_line(struct yr_str line, char *room, struct yr_str *ret_message);

/* Room for what a record does not hold as it is: decoded names, numbers made into words. */
struct yr_log_room {
	char *at, *end;
	bool unended; /* no newline ended the line: its last word may go on */
};

/* The record in @line; @entry may be NULL. Returns what yr_log_parse() does. */
bool yr_log_record(const struct yr_log_index *x, struct yr_str line,
		   const struct yr_log_entry *entry, bool escapes, struct yr_log_room room,
		   struct yr_log_event *ev);

/* From class=, operation= and the rest. */
enum yr_log_class yr_log_classify(const struct yr_log_event *ev);
/* YR_LOG_INVALID for any other word. */
enum yr_log_type yr_log_type_of_word(struct yr_str word);
/* Of type=1503, type=APPARMOR_DENIED, type=UNKNOWN[1503]. */
enum yr_log_type yr_log_type_of_record(struct yr_str word);
/* NULL: no name that libapparmor knows. */
const char *yr_log_protocol_name(uint64_t number);

/*
 * Forms of an event. The first is what libapparmor's own test program prints of a file called
 * @file; the second one line for people.
 */
void yr_log_print_upstream(struct yr_buf *out, const char *file, const struct yr_log_event *ev);
void yr_log_print_text(struct yr_buf *out, const struct yr_log_event *ev);
void yr_log_print_json(struct yr_buf *out, const struct yr_log_event *ev);

static inline bool yr_log_has(const struct yr_log_event *ev, enum yr_log_number n)
{
	return ev->has >> n & 1;
}

static inline struct yr_str yr_log_str(const struct yr_log_event *ev, enum yr_log_text t)
{
	return (struct yr_str){ ev->text[t].at, ev->text[t].len };
}

#endif
