/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status as JSON. aa-status --json, whose format calls itself version "2" in AppArmor
 * 3.0 to 5.0, writes
 *
 *   {"version": "2",
 *    "profiles": {"NAME": "MODE", ...},
 *    "processes": {"EXE": [{"profile": "NAME", "pid": "123", "status": "MODE"}, ...], ...}}
 *
 * with strings throughout, the pid too. It does not escape anything, writes an EXE twice
 * when its processes are in different modes, and leaves out modes that it does not know.
 * Ours is the same object, with everything escaped and every name once, and more in it:
 *
 *   in each process: "comm", "label"
 *   "yoroi": {"apparmor": STATE (yr_apparmor_state_name), "message": why, "" when ok,
 *             "counts": {"profiles": N, "processes": N, "hidden": N, "confined": N,
 *                        "profiles_by_mode": {MODE: N, ...}, "confined_by_mode": {...}}}
 *
 * A process whose executable cannot be read is under "[comm]", as ps writes it. JSON is
 * UTF-8 and names need not be: a byte that is not becomes the four letters \xHH.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "yoroi/status.h"

/* Length of the UTF-8 sequence at @s, 0 when it is none (overlong, surrogate, cut). */
static size_t utf8_len(const unsigned char *s)
{
	static const struct {
		unsigned char mask, bits, least, most; /* of the first byte; of the second */
		size_t len;
	} kinds[] = {
		{ 0xff, 0xe0, 0xa0, 0xbf, 3 }, { 0xff, 0xed, 0x80, 0x9f, 3 },
		{ 0xf0, 0xe0, 0x80, 0xbf, 3 }, { 0xff, 0xf0, 0x90, 0xbf, 4 },
		{ 0xff, 0xf4, 0x80, 0x8f, 4 }, { 0xfc, 0xf0, 0x80, 0xbf, 4 },
	};

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return (s[1] & 0xc0) == 0x80 ? 2 : 0;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if ((s[0] & kinds[i].mask) != kinds[i].bits)
			continue;
		if (s[1] < kinds[i].least || s[1] > kinds[i].most)
			return 0;
		for (size_t k = 2; k < kinds[i].len; k++) {
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		}
		return kinds[i].len;
	}
	return 0;
}

/* @z with what is not UTF-8 spelled out; the buffer's failed flag tells of missing memory. */
static const char *to_utf8(struct yr_buf *b, const char *z)
{
	const unsigned char *s = (const unsigned char *)z;

	b->len = 0;
	yr_buf_puts(b, "");
	while (*s) {
		size_t n = utf8_len(s);

		if (n)
			yr_buf_put(b, s, n);
		else
			yr_buf_printf(b, "\\x%02x", *s);
		s += n ? n : 1;
	}
	return b->failed ? NULL : b->data;
}

static json_t *text(const char *z)
{
	AUTO_BUF struct yr_buf b = { 0 };
	const char *s = to_utf8(&b, z);

	return s ? json_string(s) : NULL;
}

/* Takes @value over, also when it fails or @value is NULL. */
static bool put(json_t *object, const char *name, json_t *value)
{
	AUTO_BUF struct yr_buf b = { 0 };
	const char *key = to_utf8(&b, name);

	if (!key) {
		json_decref(value);
		return false;
	}
	return json_object_set_new(object, key, value) == 0;
}

/* An unknown mode under the kernel's own word for it. */
static const char *mode_text(enum yr_label_mode mode, const char *word)
{
	return mode == YR_LABEL_OTHER ? word : yr_label_mode_name(mode);
}

static bool put_profiles(json_t *root, const struct yr_profiles *profiles)
{
	json_t *object = json_object();
	bool ok = object && put(root, "profiles", object);

	for (size_t i = 0; ok && i < profiles->n; i++) {
		const struct yr_loaded *p = &profiles->at[i];

		ok = put(object, p->name, text(mode_text(p->mode, p->mode_word)));
	}
	return ok;
}

static json_t *process(const struct yr_process *p)
{
	json_t *o = json_object();
	char pid[24];

	snprintf(pid, sizeof(pid), "%d", (int)p->pid);
	if (o && put(o, "profile", text(p->profile)) && put(o, "pid", text(pid)) &&
	    put(o, "status", text(mode_text(p->mode, p->mode_word))) &&
	    put(o, "comm", text(p->comm)) && put(o, "label", text(p->label)))
		return o;
	json_decref(o);
	return NULL;
}

static bool put_process(json_t *object, const struct yr_process *p)
{
	AUTO_BUF struct yr_buf name = { 0 };
	AUTO_BUF struct yr_buf utf8 = { 0 };
	const char *key;
	json_t *list;

	if (p->exe)
		yr_buf_puts(&name, p->exe);
	else
		yr_buf_printf(&name, "[%s]", p->comm);
	key = name.failed ? NULL : to_utf8(&utf8, name.data);
	if (!key)
		return false;
	list = json_object_get(object, key);
	if (!list) {
		list = json_array();
		if (!list || json_object_set_new(object, key, list) < 0)
			return false;
	}
	return json_array_append_new(list, process(p)) == 0;
}

static bool put_processes(json_t *root, const struct yr_status *s)
{
	json_t *object = json_object();
	bool ok = object && put(root, "processes", object);

	for (size_t i = 0; ok && i < s->n_confined; i++)
		ok = put_process(object, &s->confined[i]);
	return ok;
}

static json_t *by_mode(const size_t *counts)
{
	json_t *o = json_object();

	for (int mode = 0; o && mode < YR_LABEL_MODES; mode++) {
		if (!put(o, yr_label_mode_name(mode), json_integer((json_int_t)counts[mode]))) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

static bool put_counts(json_t *ours, const struct yr_status *s)
{
	json_t *o = json_object();

	return o && put(ours, "counts", o) &&
	       put(o, "profiles", json_integer((json_int_t)s->profiles->n)) &&
	       put(o, "processes", json_integer((json_int_t)s->n_processes)) &&
	       put(o, "hidden", json_integer((json_int_t)s->n_hidden)) &&
	       put(o, "confined", json_integer((json_int_t)s->n_confined)) &&
	       put(o, "profiles_by_mode", by_mode(s->profiles_by_mode)) &&
	       put(o, "confined_by_mode", by_mode(s->confined_by_mode));
}

static bool put_ours(json_t *root, const struct yr_status *s)
{
	json_t *o = json_object();

	return o && put(root, "yoroi", o) &&
	       put(o, "apparmor", text(yr_apparmor_state_name(s->state))) &&
	       put(o, "message", text(s->why)) && put_counts(o, s);
}

char *yr_status_json(const struct yr_status *s, int indent)
{
	json_t *root = json_object();
	char *out = NULL;

	if (root && put(root, "version", text("2")) && put_profiles(root, s->profiles) &&
	    put_processes(root, s) && put_ours(root, s))
		out = json_dumps(root, JSON_INDENT((size_t)indent));
	json_decref(root);
	return out;
}
