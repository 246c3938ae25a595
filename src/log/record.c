/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a record:
 *
 *   fields = {key "=" value}
 *   value  = '"' bytes '"' | "'" fields "'" | word
 *
 * The kernel writes a name with quotes, spaces or control characters in it as hexadecimal digits
 * without quotes, so the next quote ends a value, whatever is in it. Nothing needs to stand
 * between two fields: auditd's enriched form puts 0x1d, and old ones nothing at all.
 */
#include "base/utf8.h"
#include "log/reader.h"

static void pass_separators(struct yr_log_reader *r)
{
	while (r->at < r->end && yr_log_is_separator(*r->at))
		r->at++;
}

/* One field, or a word that is none. */
static void read_field(struct yr_log_reader *r)
{
	const struct yr_log_key *key;
	const char *from = r->at, *p = from;
	struct yr_log_value v;

	while (p < r->end && yr_log_is_key(*p))
		p++;
	r->at = p;
	if (p == from || p == r->end || *p != '=') {
		/* Neither key nor value; at the very end, a key that was cut. */
		while (r->at < r->end && !yr_log_is_separator(*r->at))
			r->at++;
		r->ev->cut |= p == r->end;
		return;
	}
	key = yr_log_key_find(r->index, from, (size_t)(p - from));
	r->at++;
	if (r->at < r->end && *r->at == '\'') {
		r->at++;
		r->outside &= !key || key->kind != YR_LOG_KIND_MESSAGE;
		return;
	}
	if (!yr_log_value_read(r, &v)) {
		r->ev->cut = true;
		return;
	}
	if (r->room.unended && !v.quoted && r->at == r->end) {
		r->ev->cut = true;
		return;
	}
	if (key && !r->outside)
		yr_log_value_put(r, key, &v);
}

/* Whether a field that we know stands at the start, as in every record of AppArmor's. */
static bool starts_with_field(const struct yr_log_reader *r)
{
	const char *p = r->at;

	while (p < r->end && yr_log_is_key(*p))
		p++;
	return p < r->end && *p == '=' &&
	       yr_log_key_find(r->index, r->at, (size_t)(p - r->at)) != NULL;
}

static bool is_text(struct yr_log_bytes b)
{
	const unsigned char *s = (const unsigned char *)b.at, *end = s + b.len;

	while (s < end) {
		size_t n = yr_utf8(s, end);

		if (!n || *s < 0x20 || *s == 0x7f)
			return false;
		s += n;
	}
	return true;
}

/*
 * Kernels before 4.12 wrote freed memory as the target of ptrace. A label is always text, so one
 * in hexadecimal digits that is none is that, and nothing in the record may be believed.
 */
static bool is_garbage(struct yr_log_reader *r)
{
	struct yr_log_event *ev = r->ev;

	if (!r->decoded[YR_LOG_NAME2] || ev->rule_class != YR_LOG_CLASS_PTRACE ||
	    is_text(ev->text[YR_LOG_NAME2]))
		return false;
	ev->text[YR_LOG_NAME2] = (struct yr_log_bytes){ NULL, 0 };
	return true;
}

static void set_head_number(struct yr_log_event *ev, enum yr_log_number field, uint64_t n)
{
	ev->number[field] = n;
	ev->has |= UINT32_C(1) << field;
}

/* The audit id of the head, or what the journal knows instead. */
static void set_id(struct yr_log_reader *r, const struct yr_log_head *h,
		   const struct yr_log_entry *e)
{
	struct yr_log_event *ev = r->ev;
	uint64_t usec = e ? e->usec : 0;

	if (h->id.at) {
		yr_log_set_text(r, YR_LOG_AUDIT_ID, h->id);
		if (h->has_time) {
			set_head_number(ev, YR_LOG_EPOCH, h->seconds);
			set_head_number(ev, YR_LOG_MSEC, h->msec);
		}
		if (h->has_serial)
			set_head_number(ev, YR_LOG_SERIAL, h->serial);
		return;
	}
	if (!e)
		return;
	if (e->serial && usec && yr_log_fits(r, 64)) {
		int len = snprintf(r->room.at, 64, "%llu.%03u:%llu",
				   (unsigned long long)(usec / 1000000),
				   (unsigned)(usec / 1000 % 1000), (unsigned long long)e->serial);

		yr_log_set_text(r, YR_LOG_AUDIT_ID, (struct yr_str){ r->room.at, (size_t)len });
		r->room.at += len;
		set_head_number(ev, YR_LOG_SERIAL, e->serial);
	}
	usec = usec ? usec : e->usec_received;
	if (usec) {
		set_head_number(ev, YR_LOG_EPOCH, usec / 1000000);
		set_head_number(ev, YR_LOG_MSEC, usec / 1000 % 1000);
	}
}

/* "audit[35]" as "audit". */
static struct yr_str program_name(struct yr_str s)
{
	const char *bracket = s.len ? memchr(s.at, '[', s.len) : NULL;

	return bracket ? (struct yr_str){ s.at, (size_t)(bracket - s.at) } : s;
}

static enum yr_log_origin find_origin(const struct yr_log_head *h, const struct yr_log_entry *e,
				      bool by_user)
{
	static const char *const trusted[] = { "kernel",  "audit",         "auditd",
					       "audispd", "audisp-syslog", "tag_audit_log" };
	struct yr_str name = program_name(h->program);

	if (e && e->transport == YR_LOG_BY_OTHERS)
		return YR_LOG_FROM_SYSLOG;
	if (by_user)
		return YR_LOG_FROM_AUDIT_USER;
	if ((e && e->transport) || (!h->program.at && (h->id.at || h->type.at)))
		return YR_LOG_FROM_KERNEL;
	for (size_t i = 0; i < ARRAY_LEN(trusted); i++)
		if (yr_str_is(name, trusted[i]))
			return YR_LOG_FROM_KERNEL;
	return YR_LOG_FROM_SYSLOG;
}

static bool is_user_record(struct yr_str type)
{
	return yr_str_is(type, "USER_AVC") || yr_str_is(type, "1107") ||
	       yr_str_is(type, "UNKNOWN[1107]");
}

/* auditd's word for a type of records that are never ours: a name in capitals. */
static bool is_other_type(const struct yr_log_head *h)
{
	bool numbered = h->type.len && h->type.at[0] >= '0' && h->type.at[0] <= '9';

	bool unknown = h->type.len > 8 && !memcmp(h->type.at, "UNKNOWN[", 8);

	return h->type.len && !numbered && !unknown && !yr_str_is(h->type, "AVC") &&
	       !is_user_record(h->type) && yr_log_type_of_record(h->type) == YR_LOG_INVALID;
}

/* What follows is for libapparmor's answer, which has it as info. */
static void set_rest(struct yr_log_reader *r)
{
	const char *end = r->end;

	while (end > r->at && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	yr_log_set_text(r, YR_LOG_INFO, (struct yr_str){ r->at, (size_t)(end - r->at) });
}

static void read_fields(struct yr_log_reader *r)
{
	for (;;) {
		bool was_outside = r->outside;

		pass_separators(r);
		if (r->at == r->end)
			return;
		read_field(r);
		/* A user's record says its piece in one go. */
		if (was_outside && !r->outside && !starts_with_field(r)) {
			set_rest(r);
			r->ev->type = YR_LOG_INVALID;
			return;
		}
	}
}

static bool is_apparmor(const struct yr_log_reader *r)
{
	return (size_t)(r->end - r->at) > 9 && !memcmp(r->at, "apparmor=", 9);
}

/* Date, host, a program with its pid, and anything: what libapparmor takes for a user's record. */
static bool is_user_line(const struct yr_log_head *h)
{
	return h->form == YR_LOG_FORM_NONE && h->prefix.len && h->program.at && !h->type.at &&
	       memchr(h->program.at, '[', h->program.len);
}

/* All that is known before the first field. */
static void set_head(struct yr_log_reader *r, const struct yr_log_head *h,
		     const struct yr_log_entry *e)
{
	struct yr_str prefix = h->prefix;

	set_id(r, h, e);
	if (h->node.at)
		yr_log_set_text(r, YR_LOG_NODE, h->node);
	else if (e && e->node.at)
		yr_log_set_text(r, YR_LOG_NODE, e->node);
	while (prefix.len && prefix.at[prefix.len - 1] == ' ')
		prefix.len--;
	if (prefix.len)
		yr_log_set_text(r, YR_LOG_PREFIX, prefix);
}

bool yr_log_record(const struct yr_log_index *x, struct yr_str line,
		   const struct yr_log_entry *entry, bool escapes, struct yr_log_room room,
		   struct yr_log_event *ev)
{
	struct yr_log_reader r = { .index = x, .ev = ev, .room = room, .escapes = escapes };
	struct yr_log_head h;

	memset(ev, 0, sizeof(*ev));
	yr_log_head(line, &h);
	r.end = line.at + line.len;
	if (h.form != YR_LOG_FORM_RECORD) {
		r.at = h.said.at;
		if (is_user_line(&h) && h.said.len)
			set_rest(&r);
		return false;
	}
	r.at = h.rest;
	r.interpreted = h.interpreted;
	r.kmsg = h.kmsg;
	r.outside = is_user_record(h.type) && !is_apparmor(&r);
	ev->record = (struct yr_log_bytes){ h.rest, (size_t)(r.end - h.rest) };
	set_head(&r, &h, entry);
	ev->origin = find_origin(&h, entry, is_user_record(h.type));
	if (!is_apparmor(&r) && is_other_type(&h)) {
		yr_log_set_text(&r, YR_LOG_OPERATION, h.type);
		set_rest(&r);
		return false;
	}
	ev->type = yr_log_type_of_record(h.type);
	if (!r.outside && !starts_with_field(&r)) {
		set_rest(&r);
		/* libapparmor believes auditd's word for the type, not the kernel's number. */
		if (h.type.len == 4)
			ev->type = YR_LOG_INVALID;
		return false;
	}
	read_fields(&r);
	ev->old = !r.judged;
	ev->rule_class = yr_log_classify(ev);
	if (is_garbage(&r))
		ev->type = YR_LOG_INVALID;
	return ev->type != YR_LOG_INVALID;
}
