/* SPDX-License-Identifier: Apache-2.0 */
/* From TOML to a description: the fields that bane knows, each of its kind and once. */
#include <errno.h>
#include <strings.h>

#include "author/bane_parts.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "lang/lang.h"
#include "lang/source.h"

enum section { TOP, FILESYSTEM, NETWORK, CAPABILITIES, SECTIONS };

static const char *const section_names[SECTIONS] = {
	[FILESYSTEM] = "Filesystem",
	[NETWORK] = "Network",
	[CAPABILITIES] = "Capabilities",
};

enum form { ONE, MANY, TRUTH };

static const struct field {
	const char *name;
	enum section section;
	enum form form;
} fields[YR_BANE_FIELDS] = {
	[YR_BANE_NAME] = { "Name", TOP, ONE },
	[YR_BANE_IMPORTS] = { "Imports", TOP, MANY },
	[YR_BANE_INNER_IMPORTS] = { "InnerImports", TOP, MANY },
	[YR_BANE_READ_ONLY] = { "ReadOnlyPaths", FILESYSTEM, MANY },
	[YR_BANE_LOG_ON_WRITE] = { "LogOnWritePaths", FILESYSTEM, MANY },
	[YR_BANE_WRITABLE] = { "WritablePaths", FILESYSTEM, MANY },
	[YR_BANE_ALLOW_EXEC] = { "AllowExec", FILESYSTEM, MANY },
	[YR_BANE_DENY_EXEC] = { "DenyExec", FILESYSTEM, MANY },
	[YR_BANE_RAW] = { "Raw", NETWORK, TRUTH },
	[YR_BANE_PACKET] = { "Packet", NETWORK, TRUTH },
	[YR_BANE_PROTOCOLS] = { "Protocols", NETWORK, MANY },
	[YR_BANE_CAP_ALLOW] = { "Allow", CAPABILITIES, MANY },
	[YR_BANE_CAP_DENY] = { "Deny", CAPABILITIES, MANY },
};

const char *yr_bane_field_name(enum yr_bane_field f)
{
	return fields[f].name;
}

struct reading {
	struct yr_arena *arena;
	struct yr_diags *diags;
	struct yr_bane *b;
	/* Where a table was written first; a [header] or { } takes it whole, a dotted key does not.
	 */
	struct yr_loc tables[SECTIONS];
	bool whole[SECTIONS];
	size_t entries;
	bool no_memory;
};

/* As bane's own reader has it: 'name' is Name. */
static bool is_called(struct yr_str s, const char *name)
{
	return s.len == strlen(name) && !strncasecmp(s.at, name, s.len);
}

static enum section find_section(struct yr_str name)
{
	for (int s = TOP + 1; s < SECTIONS; s++)
		if (is_called(name, section_names[s]))
			return (enum section)s;
	return SECTIONS;
}

static enum yr_bane_field find_field(enum section section, struct yr_str name)
{
	for (int f = 0; f < YR_BANE_FIELDS; f++)
		if (fields[f].section == section && is_called(name, fields[f].name))
			return (enum yr_bane_field)f;
	return YR_BANE_FIELDS;
}

/* A key that there is not; where the one that is meant would belong. */
static void unknown(struct reading *r, enum section section, const struct yr_toml_key *k)
{
	struct yr_nearest near = yr_nearest_start(k->text);
	struct yr_phrase phrase;

	for (int f = 0; f < YR_BANE_FIELDS; f++)
		if (fields[f].section != section && is_called(k->text, fields[f].name)) {
			enum section right = fields[f].section;

			yr_complain(r->diags, &k->loc, YR_ERROR, "bad-word",
				    right ? "'%s' belongs below [%s]"
					  : "'%s' belongs above all tables",
				    fields[f].name, right ? section_names[right] : "");
			return;
		}
	for (int f = 0; f < YR_BANE_FIELDS; f++)
		if (fields[f].section == section)
			yr_nearest_try_z(&near, fields[f].name);
	for (int s = TOP + 1; s < SECTIONS && section == TOP; s++)
		yr_nearest_try_z(&near, section_names[s]);
	phrase = yr_nearest_phrase(&near);
	yr_complain(r->diags, &k->loc, YR_ERROR, "bad-word",
		    "a description has no key '%.*s' here%s", YR_STR_ARG(k->text), phrase.text);
}

static bool is_kind(struct reading *r, const struct yr_toml_value *v, enum yr_toml_kind kind,
		    const char *what)
{
	if (v->kind == kind)
		return true;
	yr_complain(r->diags, &v->loc, YR_ERROR, "bad-value", "%s takes %s, and this is %s", what,
		    kind == YR_TOML_ARRAY ? "an array of strings" : yr_toml_kind_name(kind),
		    yr_toml_kind_name(v->kind));
	return false;
}

static void take_entry(struct reading *r, enum yr_bane_field f, const struct yr_toml_value *v,
		       struct yr_bane_entry *to)
{
	const char *objection;

	if (!is_kind(r, v, YR_TOML_STRING, fields[f].name))
		return;
	objection = yr_bane_objection(f, v->text);
	if (objection)
		yr_complain(r->diags, &v->loc, YR_ERROR, "bad-value", "%s: %s", fields[f].name,
			    objection);
	*to = (struct yr_bane_entry){ v->text, v->loc };
}

static void take_entries(struct reading *r, enum yr_bane_field f, const struct yr_toml_value *v)
{
	struct yr_bane_values *to = &r->b->of[f];
	const struct yr_toml_value *first = fields[f].form == MANY ? v->elements : v;
	size_t n = 0;

	for (const struct yr_toml_value *e = first; e; e = fields[f].form == MANY ? e->next : NULL)
		n++;
	r->entries += n;
	if (r->entries > YR_LIMIT_BANE_ENTRIES) {
		yr_complain(r->diags, &v->loc, YR_ERROR, "limit",
			    "a description has at most %d entries", YR_LIMIT_BANE_ENTRIES);
		return;
	}
	to->at = yr_arena_array(r->arena, n + 1, sizeof(*to->at));
	if (!to->at) {
		r->no_memory = true;
		return;
	}
	for (const struct yr_toml_value *e = first; to->n < n; e = e->next)
		take_entry(r, f, e, &to->at[to->n++]);
}

static void take_field(struct reading *r, enum section section, const struct yr_toml_key *k,
		       const struct yr_toml_value *v)
{
	static const enum yr_toml_kind kinds[] = {
		[ONE] = YR_TOML_STRING,
		[MANY] = YR_TOML_ARRAY,
		[TRUTH] = YR_TOML_BOOL,
	};
	enum yr_bane_field f = find_field(section, k->text);
	struct yr_bane_values *to;

	if (f == YR_BANE_FIELDS || k->next) {
		unknown(r, section, k);
		return;
	}
	to = &r->b->of[f];
	if (to->loc.source) {
		yr_complain(r->diags, &k->loc, YR_ERROR, "duplicate", "%s is set twice",
			    fields[f].name);
		yr_complain(r->diags, &to->loc, YR_NOTE, "duplicate", "the first time here");
		return;
	}
	to->loc = v->loc;
	if (!is_kind(r, v, kinds[fields[f].form], fields[f].name))
		return;
	if (fields[f].form == TRUTH)
		to->truth = v->truth;
	else
		take_entries(r, f, v);
}

static void open_table(struct reading *r, enum section s, const struct yr_toml_key *k, bool whole)
{
	if (r->tables[s].source && (whole || r->whole[s])) {
		yr_complain(r->diags, &k->loc, YR_ERROR, "duplicate",
			    "the table %s is there twice: bring them together", section_names[s]);
		yr_complain(r->diags, &r->tables[s], YR_NOTE, "duplicate", "the first one is here");
	}
	if (!r->tables[s].source)
		r->tables[s] = k->loc;
	r->whole[s] |= whole;
}

/* Above all tables: Name = ..., Network.Raw = ..., Network = { Raw = ... } */
static void take_top(struct reading *r, const struct yr_toml_pair *p)
{
	enum section s = find_section(p->key->text);

	if (s == SECTIONS) {
		take_field(r, TOP, p->key, p->value);
		return;
	}
	open_table(r, s, p->key, !p->key->next);
	if (p->key->next) {
		take_field(r, s, p->key->next, p->value);
		return;
	}
	if (is_kind(r, p->value, YR_TOML_TABLE, section_names[s]))
		for (const struct yr_toml_pair *in = p->value->pairs; in; in = in->next)
			take_field(r, s, in->key, in->value);
}

static void take_all(struct reading *r, const struct yr_toml_pair *p)
{
	enum section s = TOP;

	for (; p && !r->no_memory; p = p->next) {
		if (!p->value) {
			s = p->key->next ? SECTIONS : find_section(p->key->text);
			if (s == SECTIONS)
				unknown(r, TOP, p->key);
			else
				open_table(r, s, p->key, true);
		} else if (s == TOP) {
			take_top(r, p);
		} else if (s != SECTIONS) {
			take_field(r, s, p->key, p->value);
		}
	}
}

static int name_it(struct reading *r)
{
	static const char prefix[] = "docker-";
	const struct yr_bane_values *v = &r->b->of[YR_BANE_NAME];
	struct yr_loc start = { r->b->source, 0, 1 };
	struct yr_str name;

	if (!v->loc.source)
		yr_complain(r->diags, &start, YR_ERROR, "missing",
			    "the description has no Name: write Name = \"...\" above all tables");
	if (yr_diags_errors(r->diags))
		return -EBADMSG;
	name = v->at[0].text;
	r->b->name = yr_arena_printf(r->arena, "%s%.*s",
				     name.len >= sizeof(prefix) - 1 &&
						     !memcmp(name.at, prefix, sizeof(prefix) - 1)
					     ? ""
					     : prefix,
				     YR_STR_ARG(name));
	return r->b->name ? 0 : -ENOMEM;
}

int yr_bane_read(struct yr_arena *arena, const char *name, struct yr_str text,
		 struct yr_diags *diags, struct yr_bane *ret, struct yr_err *err)
{
	struct reading r = { .arena = arena, .diags = diags, .b = ret };
	struct yr_toml_pair *pairs;
	int result;

	*ret = (struct yr_bane){ .name = NULL };
	if (text.len > YR_LIMIT_BANE_BYTES)
		return yr_err_set(err, E2BIG, "'%s' is too large for a description", name);
	ret->source = yr_source_new(arena, name, text);
	result = ret->source ? yr_toml_read(arena, ret->source, diags, &pairs) : -ENOMEM;
	if (!result) {
		take_all(&r, pairs);
		result = r.no_memory ? -ENOMEM : name_it(&r);
	}
	return result == -ENOMEM ? yr_err_set(err, ENOMEM, "out of memory") : result;
}
