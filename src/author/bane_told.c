/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiling and asking the profile has found, told of the description: at the line that the
 * rule was made from, and in the words of the field.
 */
#include "author/bane_parts.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "lang/lang.h"

struct yr_loc yr_bane_place(const struct yr_bane *b, struct yr_bane_line of)
{
	const struct yr_bane_values *v;

	if (of.field == YR_BANE_FIELDS)
		return (struct yr_loc){ .source = NULL };
	v = &b->of[of.field];
	return of.entry < v->n ? v->at[of.entry].loc : v->loc;
}

static const struct {
	const char *found;
	enum yr_bane_field field;
	const char *text;
} words[] = {
	{ "never-applies", YR_BANE_READ_ONLY, "nothing can be read here: all of it is denied" },
	{ "never-applies", YR_BANE_WRITABLE,
	  "nothing can be written here: a line that denies wins over every line that allows" },
	{ "never-applies", YR_BANE_LOG_ON_WRITE,
	  "no writing is ever logged here: it is denied, and that without a line in the log" },
	{ "never-applies", YR_BANE_ALLOW_EXEC, "this program cannot be executed: it is denied" },
	{ "never-applies", YR_BANE_PROTOCOLS,
	  "this protocol cannot be used: the sockets that it needs are denied" },
	{ "never-applies", YR_BANE_CAP_ALLOW, "this capability is allowed and denied: denied" },
	{ "never-applies", YR_BANE_RAW, "Raw allows nothing: the sockets are denied" },
	{ "redundant", YR_BANE_READ_ONLY, "this line changes nothing: others cover it" },
	{ "redundant", YR_BANE_WRITABLE,
	  "this line allows nothing new: what it names can be written without it" },
	{ "redundant", YR_BANE_LOG_ON_WRITE, "this line changes nothing: others log this, too" },
	{ "redundant", YR_BANE_ALLOW_EXEC,
	  "AllowExec allows nothing new: what it names can be executed without it" },
	{ "redundant", YR_BANE_DENY_EXEC, "this line changes nothing: others cover it" },
	{ "redundant", YR_BANE_PROTOCOLS, "this protocol is allowed already" },
	{ "redundant", YR_BANE_CAP_ALLOW, "this capability is allowed already" },
	{ "redundant", YR_BANE_CAP_DENY, "this capability is denied already" },
	{ "silent-deny", YR_BANE_READ_ONLY,
	  "this line only quiets the log: nothing can be written here anyway" },
	{ "silent-deny", YR_BANE_DENY_EXEC,
	  "this line only quiets the log: nothing allows what it denies" },
	{ "silent-deny", YR_BANE_CAP_DENY,
	  "this line only quiets the log: no line allows this capability" },
};

/* NULL: as it was found. What is so of a part of the rule only stays as it was found, too. */
static const char *word(const struct yr_diag *d, enum yr_bane_field field)
{
	if (d->text[0] == '\'' && field != YR_BANE_CAP_ALLOW)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].field == field && !strcmp(words[i].found, d->name))
			return words[i].text;
	return NULL;
}

/* What is as it should be: Raw = false where nothing allows it anyway. */
static bool is_fine(const struct yr_diag *d, enum yr_bane_field field)
{
	bool truth = field == YR_BANE_RAW || field == YR_BANE_PACKET;

	return truth && (!strcmp(d->name, "silent-deny") || !strcmp(d->name, "redundant"));
}

/* A rule of the text, without its indent; @d has the line. */
static const char *rule_text(const struct yr_diag *d)
{
	const char *s = d->source ? d->source : "";

	return s + strspn(s, " ");
}

/* @all: also what is not of the description. */
static void put_note(const struct yr_bane *b, const struct yr_bane_text *t, const struct yr_diag *d,
		     bool own, bool all, struct yr_diags *diags)
{
	struct yr_bane_line of = yr_bane_line_at(t, own ? d->line : 0);
	struct yr_loc loc = yr_bane_place(b, of);

	/* That writing is logged is not why it is allowed. */
	if (!all && (!loc.source || of.field == YR_BANE_LOG_ON_WRITE))
		return;
	if (loc.source)
		yr_complain(diags, &loc, YR_NOTE, d->name, "%s", d->text);
	else if (own && of.field != YR_BANE_FIELDS)
		yr_diag_plain(diags, YR_NOTE, d->name, "%s: the description has no %s = true",
			      d->text, yr_bane_field_name(of.field));
	else if (own)
		yr_diag_plain(diags, YR_NOTE, d->name, "%s, by a rule of every such profile: %s",
			      d->text, rule_text(d));
	else if (!d->file)
		yr_diag_plain(diags, YR_NOTE, d->name, "%s", d->text);
	else
		yr_diag_plain(diags, YR_NOTE, d->name, "%s: %s:%u", d->text, d->file, d->line);
}

/* An entry may stand in two lines, of which the same is found. */
static bool was_told(const struct yr_bane_text *t, const struct yr_diags *found, size_t i)
{
	const struct yr_diag *d = yr_diags_get(found, i), *before;
	struct yr_bane_line of = yr_bane_line_at(t, d->line), other;

	for (size_t k = 0; k < i && of.field == YR_BANE_WRITABLE; k++) {
		before = yr_diags_get(found, k);
		if (before->severity == YR_NOTE || before->name != d->name || !before->file ||
		    strcmp(before->file, d->file) != 0)
			continue;
		other = yr_bane_line_at(t, before->line);
		if (other.field == of.field && other.entry == of.entry)
			return true;
	}
	return false;
}

/*
 * false: it is of no use to whoever wrote the description, and neither are its notes. *ret_all: all
 * of them should be told.
 */
static bool put_finding(const struct yr_bane *b, const struct yr_bane_text *t,
			const struct yr_diag *d, bool own, bool *ret_all, struct yr_diags *diags)
{
	struct yr_bane_line of = yr_bane_line_at(t, own ? d->line : 0);
	struct yr_loc loc = yr_bane_place(b, of);
	const char *better = word(d, of.field);

	*ret_all = loc.source || d->severity == YR_ERROR;
	if (is_fine(d, of.field))
		return false;
	if (loc.source) {
		yr_complain(diags, &loc, d->severity, d->name, "%s", better ? better : d->text);
		return true;
	}
	/* What every such profile has is not the author's doing, unless it lets a container out. */
	if (own && d->severity != YR_ERROR && strcmp(d->name, "container") != 0 &&
	    strcmp(d->name, "limit") != 0)
		return false;
	if (own || !d->file)
		yr_diag_plain(diags, d->severity, d->name, "%s", d->text);
	else
		yr_diag_plain(diags, d->severity, d->name, "%s:%u: %s", d->file, d->line, d->text);
	return true;
}

void yr_bane_retell(const struct yr_bane *b, const struct yr_bane_text *t, const char *name,
		    const struct yr_diags *found, struct yr_diags *diags)
{
	bool told = false, all = false;

	for (size_t i = 0; i < yr_diags_count(found); i++) {
		const struct yr_diag *d = yr_diags_get(found, i);
		bool own = d->file && !strcmp(d->file, name);

		if (d->severity != YR_NOTE)
			told = !(own && was_told(t, found, i)) &&
			       put_finding(b, t, d, own, &all, diags);
		else if (told)
			put_note(b, t, d, own, all, diags);
	}
	if (yr_diags_dropped(found))
		yr_diag_plain(diags, YR_WARNING, "limit", "there are %u more findings",
			      yr_diags_dropped(found));
}
