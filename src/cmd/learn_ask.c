/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about rules, with the keys that aa-logprof's users know. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/learn.h"

enum { ANSWER_BYTES = 4096 };

/* One line without its end; false: there are no more. What is too long is cut. */
static bool read_line(struct yr_learn_dialog *d, char *line, size_t size)
{
	size_t n = 0;
	int c;

	fflush(d->out);
	while ((c = getc(d->in)) != EOF && c != '\n')
		if (n + 1 < size)
			line[n++] = (char)c;
	line[n] = '\0';
	return c != EOF || n;
}

/*
 * One of @keys, lower case; 'q' is 'r', as it was in older tools; the first when nothing is typed.
 * At the end of the input 'r': whoever is gone has not agreed.
 */
static char read_key(struct yr_learn_dialog *d, const char *keys)
{
	char line[ANSWER_BYTES];

	for (;;) {
		char c;

		fprintf(d->out, " [%c] ", keys[0] - 'a' + 'A');
		if (!read_line(d, line, sizeof(line)))
			return 'r';
		c = line[0] >= 'A' && line[0] <= 'Z' ? (char)(line[0] - 'A' + 'a') : line[0];
		if (!c)
			return keys[0];
		c = c == 'q' ? 'r' : c;
		if (!line[1] && strchr(keys, c))
			return c;
		fprintf(d->out, "one of these letters:");
	}
}

static void put_bytes(FILE *f, struct yr_str s)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", YR_STR_ARG(s));
	yr_put(f, text);
}

static void put_events(FILE *f, uint64_t events, struct yr_str program, bool several)
{
	fprintf(f, "%llu event%s", (unsigned long long)events, events == 1 ? "" : "s");
	if (program.len) {
		fputs(" of ", f);
		put_bytes(f, program);
		fputs(several ? " and others" : "", f);
	}
}

/* The name of a profile; false: the input is at its end. */
static bool ask_name(struct yr_learn_dialog *d, struct yr_learn *l, struct yr_learn_program *p)
{
	char line[ANSWER_BYTES];
	struct yr_str name;
	const char *why;

	fputs("  the profile's name: ", d->out);
	if (!read_line(d, line, sizeof(line)))
		return false;
	name = yr_str_of(line);
	why = yr_learn_bad_name(name);
	/* No name of a profile that is there already, and none that attaches by itself. */
	if (!why && strpbrk(line, "/*?[{&:"))
		why = "it has one of / * ? [ { & :";
	if (why) {
		fprintf(d->out, "  that cannot be: %s\n", why);
		return true;
	}
	p->name = yr_arena_strndup(&l->arena, line, name.len);
	if (p->name)
		p->how = YR_LEARN_NAMED;
	p->chosen = p->name;
	return p->name;
}

/* Whether the questions go on; *ret_stop: nothing is to be written. */
static bool ask_program(struct yr_learn_dialog *d, struct yr_learn *l, struct yr_learn_program *p,
			bool *ret_stop)
{
	static const char *const keys[] = { "icpnuxdrf", "cipnuxdrf", "picnuxdrf" };
	static const char letters[] = "icpnud";
	static const enum yr_learn_exec hows[] = { YR_LEARN_INHERIT,    YR_LEARN_CHILD,
						   YR_LEARN_SEPARATE,   YR_LEARN_NAMED,
						   YR_LEARN_UNCONFINED, YR_LEARN_DENIED };

	for (;;) {
		char c;

		fprintf(d->out,
			"  (I)nherit / (C)hild / (P)rofile / (N)amed / (U)nconfined / (X) ix %s / "
			"(D)eny / Abo(r)t / (F)inish",
			p->fallback ? "off" : "on");
		c = read_key(d, keys[l->opt.exec]);
		*ret_stop = c == 'r';
		if (c == 'r' || c == 'f')
			return false;
		if (c == 'x') {
			p->fallback = !p->fallback;
			continue;
		}
		if (c != 'n') {
			p->how = hows[strchr(letters, c) - letters];
			p->chosen = true;
		} else if (!ask_name(d, l, p)) {
			*ret_stop = true;
			return false;
		}
		if (p->chosen)
			return true;
	}
}

bool yr_learn_ask_programs(struct yr_learn_dialog *d, struct yr_learn *l)
{
	bool stop = false;

	for (size_t i = 0; i < l->n_programs && !d->finished; i++) {
		struct yr_learn_program *p = &l->programs[i];

		fprintf(d->out, "\n(%zu/%zu) executes ", i + 1, l->n_programs);
		yr_put(d->out, p->path);
		fputs(" (", d->out);
		put_events(d->out, p->events, p->by, false);
		fputs(")\n  (I)nherit: under this profile; (C)hild: one in it; (P)rofile: one of "
		      "its own, or (N)amed by you;\n  (U)nconfined: under none; (X): the last two "
		      "and (C)hild go on as (I)nherit where their profile is missing\n",
		      d->out);
		d->finished = !ask_program(d, l, p, &stop);
	}
	return !stop;
}

/* ".conf" of the last part; empty: it has none, or it is all of it. */
static struct yr_str extension(const char *path)
{
	const char *last = strrchr(path, '/'), *dot = strrchr(path, '.');

	if (!last || !dot || dot <= last + 1 || strpbrk(dot, "*?[]{}@\\"))
		return YR_STR("");
	return yr_str_of(dot);
}

/*
 * "/a/b/c" to "/a/b/" "*" and that to "/a/" "**"; with @extension "/a/b.c" to "/a/" "*.c" and
 * "**.c". false: it is as wide as it gets.
 */
static bool widen(struct yr_learn *l, struct yr_learned_rule *r, bool with_extension)
{
	struct yr_str end = with_extension ? extension(r->folder) : YR_STR("");
	const char *path = r->folder, *slash, *text;
	size_t len = strlen(path) - end.len;
	bool all, stars, owner = !strncmp(r->text, "owner ", 6);

	if (with_extension && !end.len)
		return false;
	all = len > 3 && !memcmp(path + len - 3, "/**", 3);
	stars = !all && len > 2 && !memcmp(path + len - 2, "/*", 2);
	len -= all ? 3 : stars ? 2 : 0;
	/* The star goes first; then what is before it. */
	slash = memrchr(path, '/', all || !stars ? len : len + 1);
	if (!slash || slash == path)
		return false;
	path = yr_arena_printf(&l->arena, "%.*s/%s%.*s", (int)(slash - path), path,
			       stars || all ? "**" : "*", YR_STR_ARG(end));
	text = path ? yr_arena_printf(&l->arena, strchr(r->text, '"') ? "%s\"%s\" %s" : "%s%s %s",
				      owner ? "owner " : "", path, r->letters)
		    : NULL;
	if (!text)
		return false;
	r->folder = path;
	r->text = text;
	return true;
}

static bool ask_new(struct yr_learn_dialog *d, struct yr_learn *l, struct yr_learned_rule *r)
{
	char line[ANSWER_BYTES];
	char *text;
	size_t len;

	fputs("  the whole rule: ", d->out);
	if (!read_line(d, line, sizeof(line)))
		return false;
	for (len = strlen(line); len && strchr(" \t\r", line[len - 1]);)
		line[--len] = '\0';
	if (len && line[len - 1] != ',' && len + 1 < sizeof(line)) {
		line[len] = ',';
		line[len + 1] = '\0';
	}
	text = d->is_rule(d->ctx, line) ? yr_arena_strndup(&l->arena, line, strlen(line)) : NULL;
	if (text) {
		r->text = text;
		r->folder = NULL;
	}
	return true;
}

/* 'f' and 'r' end the questions; everything else is done with. */
static char ask_rule(struct yr_learn_dialog *d, struct yr_learn *l, struct yr_learned_rule *r)
{
	for (;;) {
		bool glob = r->folder && r->kind == YR_LEARN_FILE;
		char c;

		fputs("  ", d->out);
		yr_put(d->out, r->text);
		fputs("\n  (A)llow / (D)eny / (I)gnore", d->out);
		fputs(glob ? " / (G)lob / Glob with (E)xtension" : "", d->out);
		fputs(r->kind == YR_LEARN_INCLUDE ? "" : " / (N)ew", d->out);
		fputs(" / Abo(r)t / (F)inish", d->out);
		c = read_key(d, r->kind == YR_LEARN_INCLUDE ? "airf"
				: glob                      ? "adigenrf"
							    : "adinrf");
		if (c == 'g' || c == 'e') {
			if (!widen(l, r, c == 'e'))
				fputs("  no wider\n", d->out);
		} else if (c == 'n') {
			if (!ask_new(d, l, r))
				return 'r';
		} else {
			if (c == 'd')
				r->fate = YR_LEARN_REFUSED;
			else if (c == 'i')
				r->fate = YR_LEARN_DROPPED;
			return c;
		}
	}
}

/* What an include stood for is wanted again. */
static void take_back(const struct yr_learned_profile *p, const struct yr_learned_rule *r)
{
	if (r->kind != YR_LEARN_INCLUDE || r->fate != YR_LEARN_DROPPED)
		return;
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i]->fate == YR_LEARN_COVERED)
			p->rules[i]->fate = YR_LEARN_KEPT;
}

static bool is_asked(const struct yr_learned_rule *r)
{
	/* How a program goes on has been asked. */
	return r->fate == YR_LEARN_KEPT && r->doubts & ~(unsigned)YR_LEARN_DOUBT_EXEC;
}

bool yr_learn_ask_rules(struct yr_learn_dialog *d, struct yr_learn *l)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_rules; k++)
			n += is_asked(l->profiles[i]->rules[k]);
	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_rules && !d->finished; k++) {
			struct yr_learned_rule *r = l->profiles[i]->rules[k];
			char c;

			if (!is_asked(r))
				continue;
			fprintf(d->out, "\n(%zu/%zu) profile ", ++at, n);
			yr_put(d->out, l->profiles[i]->name);
			fputs(": ", d->out);
			yr_put(d->out, r->reason ? r->reason : "in doubt");
			fputs("\n  ", d->out);
			put_events(d->out, r->events, r->program, r->several);
			if (r->example && r->accesses > 1) {
				fprintf(d->out, ", %zu accesses such as ", r->accesses);
				yr_put(d->out, r->example);
			}
			fputc('\n', d->out);
			c = ask_rule(d, l, r);
			if (c == 'r')
				return false;
			take_back(l->profiles[i], r);
			d->finished = c == 'f';
		}
	return true;
}
