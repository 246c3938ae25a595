/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/limits.h"

/*
 * What --warn, --no-warn and --Werror take. The first group are upstream's own words
 * (apparmor_parser --warn=help), so that habits and scripts carry over. Sorted in each group.
 */
static const struct {
	const char *name, *summary;
	/* Upstream's word, taken for the sake of scripts, under which Yoroi has nothing to say. */
	enum { YR_OURS } silent;
} names[] = {
	{ "abi", "a policy without an abi, or one that cannot be used" },
	{ "cache", "the cache of compiled policy" },
	{ "config", "the configuration file" },
	{ "dangerous", "a combination that gives away more than it looks" },
	{ "debug-cache", "how the cache decided" },
	{ "deprecated", "a spelling that will go" },
	{ "dev", "of interest to developers of the compiler" },
	{ "format", "text that is accepted but oddly formed" },
	{ "jobs", "the number of jobs" },
	{ "missing", "something named that is not there" },
	{ "override", "a setting that replaces another" },
	{ "pound-include", "the old form #include" },
	{ "rule-downgraded", "a rule that the kernel can enforce only in part" },
	{ "rule-not-enforced", "a rule that the kernel cannot enforce" },
	{ "unexpected", "something that should not happen but does no harm" },

	{ "bad-name", "a profile, hat or namespace name that cannot be used" },
	{ "bad-pattern", "a malformed pattern" },
	{ "bad-value", "a value out of its range or of the wrong kind" },
	{ "bad-word", "a word that the rule does not know" },
	{ "conflict", "two rules or qualifiers that contradict each other" },
	{ "condition", "a condition of if that cannot be decided" },
	{ "duplicate", "something defined twice" },
	{ "include", "an include that is missing, unreadable or a loop" },
	{ "limit", "more of something than Yoroi or the kernel takes" },
	{ "syntax", "text that is not policy" },
	{ "unreadable", "a file that could not be read" },
	{ "unsupported", "a part of the language that is not supported" },
	{ "variable", "a variable that is undefined, defined twice or a loop" },

	{ "attachment", "two profiles attached to one path so that the kernel cannot choose" },
	{ "class-slash", "a pattern whose class matches '/' without naming it" },
	{ "container", "a grant by which a container reaches its host" },
	{ "missing-target", "a profile, child or hat that is named and not there" },
	{ "never-applies", "a rule, or some of its permissions, that others take away everywhere" },
	{ "redundant", "a rule that changes nothing, because others cover it" },
	{ "silent-deny",
	  "a denial that only quiets the log, because nothing allows what it names" },
};

struct yr_diags {
	struct yr_arena arena;
	struct yr_diag *at;
	size_t n, cap;
	unsigned errors, warnings, dropped;
	bool last_dropped; /* the finding before was not kept, so its notes are not either */
	enum yr_warn_state state[ARRAY_LEN(names)];
};

/* Not worth a word unless somebody asks: as with upstream, habits and insides. */
static const char *const hidden[] = { "debug-cache", "dev", "pound-include" };

struct yr_diags *yr_diags_new(void)
{
	struct yr_diags *d = calloc(1, sizeof(*d));

	for (size_t i = 0; d && i < ARRAY_LEN(hidden); i++)
		yr_diags_set_warning(d, hidden[i], YR_WARN_HIDE);
	return d;
}

struct yr_diags *yr_diags_free(struct yr_diags *d)
{
	if (d) {
		yr_arena_done(&d->arena);
		free(d->at);
		free(d);
	}
	return NULL;
}

size_t yr_diags_count(const struct yr_diags *d)
{
	return d->n;
}

const struct yr_diag *yr_diags_get(const struct yr_diags *d, size_t i)
{
	return i < d->n ? &d->at[i] : NULL;
}

unsigned yr_diags_errors(const struct yr_diags *d)
{
	return d->errors;
}

unsigned yr_diags_warnings(const struct yr_diags *d)
{
	return d->warnings;
}

unsigned yr_diags_dropped(const struct yr_diags *d)
{
	return d->dropped;
}

static int find_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i].name, name))
			return (int)i;
	return -1;
}

int yr_diags_set_warning(struct yr_diags *d, const char *name, enum yr_warn_state state)
{
	int i = find_name(name);

	if (!strcmp(name, "all")) {
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (state != YR_WARN_ERROR || d->state[k] != YR_WARN_HIDE)
				d->state[k] = state;
		return 0;
	}
	if (i < 0)
		return -EINVAL;
	d->state[i] = state;
	return 0;
}

const char *yr_diag_name(size_t i, const char **ret_summary)
{
	if (i >= ARRAY_LEN(names))
		return NULL;
	if (ret_summary)
		*ret_summary = names[i].summary;
	return names[i].name;
}

_Static_assert(ARRAY_LEN(names) <= 64, "yr_diags_hidden() has a bit for each");

uint64_t yr_diags_hidden(const struct yr_diags *d)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		mask |= (uint64_t)(d->state[i] == YR_WARN_HIDE) << i;
	return mask;
}

static struct yr_diag *next_slot(struct yr_diags *d)
{
	struct yr_diag *at;
	size_t cap;

	if (d->n < d->cap)
		return &d->at[d->n++];
	cap = d->cap ? d->cap * 2 : 16;
	at = realloc(d->at, cap * sizeof(*at));
	if (!at)
		return NULL;
	d->at = at;
	d->cap = cap;
	return &d->at[d->n++];
}

/* A long line is shown around its column, so that junk without newlines stays readable. */
static struct yr_str window(struct yr_str line, unsigned col, unsigned *ret_col)
{
	enum { BEFORE = 60, SHOWN = 160 };

	bool skipped = line.len > SHOWN && col > BEFORE, cut;

	*ret_col = col;
	if (skipped) {
		size_t skip = col - BEFORE;

		if (skip > line.len)
			skip = line.len;
		line.at += skip;
		line.len -= skip;
		*ret_col = col - (unsigned)skip;
	}
	cut = line.len > SHOWN;
	if (cut)
		line.len = SHOWN;
	/* Not from or to the middle of a character. */
	while (skipped && line.len && ((unsigned char)*line.at & 0xc0) == 0x80 && *ret_col > 1) {
		line.at++;
		line.len--;
		--*ret_col;
	}
	while (cut && line.len > SHOWN - 3 && (unsigned char)line.at[line.len] >= 0x80 &&
	       ((unsigned char)line.at[line.len] & 0xc0) == 0x80)
		line.len--;
	return line;
}

void yr_diag_add(struct yr_diags *d, enum yr_severity severity, const char *file, unsigned line,
		 unsigned col, unsigned len, struct yr_str source_line, const char *name,
		 const char *fmt, va_list ap)
{
	int known = find_name(name);
	char text[2048];
	struct yr_diag *f;
	unsigned source_col = col;

	if (severity == YR_NOTE && d->last_dropped)
		return;
	if (severity == YR_WARNING && known >= 0) {
		if (d->state[known] == YR_WARN_HIDE) {
			d->last_dropped = true;
			return;
		}
		if (d->state[known] == YR_WARN_ERROR)
			severity = YR_ERROR;
	}
	/* Counted before anything can fail: an error that cannot be shown is still an error. */
	if (severity == YR_ERROR)
		d->errors++;
	else if (severity == YR_WARNING)
		d->warnings++;

	d->last_dropped = false;
	f = d->n < YR_LIMIT_DIAGNOSTICS ? next_slot(d) : NULL;
	if (!f) {
		d->dropped += severity != YR_NOTE;
		d->last_dropped = true;
		return;
	}
	if (vsnprintf(text, sizeof(text), fmt, ap) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	source_line = window(source_line, col, &source_col);
	*f = (struct yr_diag){
		.severity = severity,
		.file = file ? yr_arena_strndup(&d->arena, file, strlen(file)) : NULL,
		.line = line,
		.col = col,
		.len = len ? len : 1,
		.source = source_line.at
				  ? yr_arena_strndup(&d->arena, source_line.at, source_line.len)
				  : NULL,
		.source_col = source_col,
		.text = yr_arena_strndup(&d->arena, text, strlen(text)),
		.name = known >= 0 ? names[known].name : "unexpected",
	};
	if (!f->text)
		f->text = "out of memory while reporting";
}

void yr_diag_plain(struct yr_diags *d, enum yr_severity severity, const char *name, const char *fmt,
		   ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(d, severity, NULL, 0, 0, 0, (struct yr_str){ 0 }, name, fmt, ap);
	va_end(ap);
}

/* One finding with its notes, from @first to before @end. */
struct group {
	size_t first, end;
};

static struct group group_at(const struct yr_diags *d, size_t first)
{
	struct group g = { first, first + 1 };

	while (g.end < d->n && d->at[g.end].severity == YR_NOTE)
		g.end++;
	return g;
}

static bool is_before(const struct yr_diag *a, const struct yr_diag *b)
{
	return a->line != b->line ? a->line < b->line : a->col < b->col;
}

static bool is_of(const struct yr_diag *f, const char *file)
{
	return f->file && f->line && !strcmp(f->file, file);
}

/* The findings of @file, by place; as many as YR_LIMIT_DIAGNOSTICS lets in. */
static size_t sort_groups(const struct yr_diags *d, const char *file, struct group *sorted)
{
	size_t n = 0;

	for (struct group g = { 0 }; g.end < d->n;) {
		size_t i = n;

		g = group_at(d, g.end);
		if (!is_of(&d->at[g.first], file))
			continue;
		for (; i && is_before(&d->at[g.first], &d->at[sorted[i - 1].first]); i--)
			sorted[i] = sorted[i - 1];
		sorted[i] = g;
		n++;
	}
	return n;
}

void yr_diags_sort(struct yr_diags *d, const char *file)
{
	AUTO_FREE struct group *sorted = calloc(d->n + 1, sizeof(*sorted));
	struct yr_diag *to = calloc(d->cap + 1, sizeof(*to));
	size_t n = 0, next = 0;

	if (!sorted || !to || !sort_groups(d, file, sorted)) {
		free(to);
		return; /* unsorted they say the same */
	}
	for (struct group g = { 0 }; g.end < d->n;) {
		struct group from = g = group_at(d, g.end);

		if (is_of(&d->at[g.first], file))
			from = sorted[next++];
		for (size_t i = from.first; i < from.end; i++)
			to[n++] = d->at[i];
	}
	free(d->at);
	d->at = to;
}
