/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/args.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/options.h"

/* By whose rules a line is read; the bits of an option's @who. */
struct line {
	unsigned rules;
	int argc;
	char *const *argv;
	int at; /* the word that is read, after a failure: the one that is to blame */
	unsigned where;
	bool asks_help; /* --help, --version: nothing is started */
	struct yr_oci_args a;
	struct yr_err err;
};

/* Not by these rules: the other ones may take it. */
static int not_taken(struct line *l, const char *what, const char *word, size_t len)
{
	return yr_err_set(&l->err, EINVAL, "%s '%.*s'", what, (int)(len > 100 ? 100 : len), word);
}

static bool refused_for_good(const struct line *l)
{
	return l->err.code && l->err.code != EINVAL;
}

/* What option @o does; @value is NULL where it has none. */
static int take(struct line *l, const struct yr_oci_option *o, const char *value)
{
	struct yr_oci_arg *arg;

	if (o->does == YR_OCI_HELPS) {
		/* --help=false would be no request for help to Go. */
		if (value)
			return yr_err_set(&l->err, ENOTSUP, "'--%s' takes no value here", o->name);
		l->asks_help = true;
	}
	if (!o->place)
		return 0;
	arg = (struct yr_oci_arg *)(void *)((char *)&l->a + o->place);
	if (o->does == YR_OCI_OURS && arg->value)
		return yr_err_set(&l->err, ENOTSUP, "'--%s' is there twice", o->name);
	*arg = (struct yr_oci_arg){ .value = value, .index = l->at };
	return 0;
}

/* The value of an option that needs one: @glued, or the next word. */
static int take_with_value(struct line *l, const struct yr_oci_option *o, const char *glued)
{
	if (!glued && l->at + 1 == l->argc)
		return not_taken(l, "a value has to follow", o->name, strlen(o->name));
	if (!glued)
		glued = l->argv[++l->at];
	return take(l, o, glued);
}

/* Go: one or two dashes, then the name or the letter; what is true or false takes a value by '='. */
static int go_option(struct line *l, const char *word)
{
	const char *name = word + (word[1] == '-' ? 2 : 1), *value = strchr(name, '=');
	size_t len = value ? (size_t)(value - name) : strlen(name);
	const struct yr_oci_option *o = yr_oci_option_find(l->where, YR_OCI_GO, name, len);

	if (!o)
		return not_taken(l, "unknown option", word, strlen(word));
	if (value)
		value++;
	return o->takes == YR_OCI_VALUE ? take_with_value(l, o, value) : take(l, o, value);
}

/* GNU's long form. A beginning of a name would do for it, where it is one name's only: not here. */
static int gnu_long(struct line *l, const char *word)
{
	const char *name = word + 2, *value = strchr(name, '=');
	size_t len = value ? (size_t)(value - name) : strlen(name);
	const struct yr_oci_option *o;

	o = len > 1 ? yr_oci_option_find(l->where, YR_OCI_GNU, name, len) : NULL;
	if (!o && yr_oci_option_begins(l->where, YR_OCI_GNU, name, len))
		return yr_err_set(&l->err, ENOTSUP,
				  "'%.100s' is the beginning of an option's name: write the whole "
				  "name",
				  word);
	if (!o || (value && o->takes == YR_OCI_NOTHING))
		return not_taken(l, "unknown option", word, strlen(word));
	if (value)
		value++;
	return o->takes == YR_OCI_VALUE ? take_with_value(l, o, value) : take(l, o, value);
}

/* GNU's letters: several in one word, a value behind its letter. */
static int gnu_letters(struct line *l, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const struct yr_oci_option *o = yr_oci_option_find(l->where, YR_OCI_GNU, p, 1);

		if (!o)
			return not_taken(l, "unknown option", word, strlen(word));
		if (o->takes == YR_OCI_VALUE)
			return take_with_value(l, o, p[1] ? p + 1 : NULL);
		if (take(l, o, NULL) < 0 || o->takes == YR_OCI_MAYBE)
			return l->err.code ? -l->err.code : 0;
	}
	return 0;
}

static int option(struct line *l, const char *word)
{
	if (l->rules == YR_OCI_GO)
		return go_option(l, word);
	return word[1] == '-' ? gnu_long(l, word) : gnu_letters(l, word);
}

/*
 * The options from argv[at] on. 1: argv[at] is a word of another kind, 0: the end or "--", which
 * has been passed.
 */
static int options(struct line *l)
{
	for (; l->at < l->argc; l->at++) {
		const char *word = l->argv[l->at];

		if (word[0] != '-' || !word[1])
			return 1;
		if (!strcmp(word, "--")) {
			l->at++;
			return 0;
		}
		if (option(l, word) < 0)
			return -l->err.code;
		if (l->asks_help && l->rules == YR_OCI_GNU)
			return 0;
	}
	return 0;
}

/* The words of such a command: Go lets options follow the id, but for exec. */
static int words(struct line *l)
{
	bool mixed = l->rules == YR_OCI_GO && l->where != YR_OCI_IN_EXEC;
	int n = 0, more;

	do {
		more = options(l);
		if (more < 0)
			return more;
		if (l->asks_help && l->rules == YR_OCI_GNU)
			return 0;
		for (; l->at < l->argc; l->at++) {
			if (n++ == 0)
				l->a.id = (struct yr_oci_arg){ l->argv[l->at], l->at };
			else if (l->where == YR_OCI_IN_EXEC && n == 2)
				l->a.exec_command = l->at;
			if (mixed && more) {
				l->at++;
				break;
			}
		}
	} while (l->at < l->argc);
	if (l->asks_help)
		return 0;
	if (!n)
		return not_taken(l, "a container id has to follow", l->argv[l->a.command_index],
				 strlen(l->argv[l->a.command_index]));
	if (n > 1 && l->where != YR_OCI_IN_EXEC)
		return not_taken(l, "one container id, and nothing else, has to follow",
				 l->argv[l->a.command_index], strlen(l->argv[l->a.command_index]));
	return 0;
}

static int read_line(struct line *l)
{
	static const struct {
		const char *name;
		enum yr_oci_command command;
		unsigned where;
	} commands[] = { { "create", YR_OCI_CREATE, YR_OCI_IN_CREATE },
			 { "run", YR_OCI_RUN, YR_OCI_IN_RUN },
			 { "restore", YR_OCI_RESTORE, YR_OCI_IN_RESTORE },
			 { "start", YR_OCI_START, YR_OCI_IN_START },
			 { "exec", YR_OCI_EXEC, YR_OCI_IN_EXEC } };

	l->where = YR_OCI_IN_FRONT;
	l->at = 1;
	if (options(l) < 0)
		return -l->err.code;
	if (l->asks_help || l->at >= l->argc)
		return 0;
	l->a.command_index = l->at;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(l->argv[l->at], commands[i].name) != 0)
			continue;
		l->a.command = commands[i].command;
		l->where = commands[i].where;
		l->at++;
		if (words(l) < 0)
			return -l->err.code;
		if (l->asks_help)
			l->a.command = YR_OCI_OTHER;
		return 0;
	}
	return 0;
}

static bool same_arg(const struct yr_oci_arg *a, const struct yr_oci_arg *b)
{
	return a->value == b->value && a->index == b->index;
}

/* To the last byte, since values point into the same words. */
static bool same(const struct yr_oci_args *a, const struct yr_oci_args *b)
{
	if (a->command == YR_OCI_OTHER && b->command == YR_OCI_OTHER)
		return same_arg(&a->config, &b->config) && same_arg(&a->runtime, &b->runtime);
	return a->command == b->command && a->command_index == b->command_index &&
	       same_arg(&a->root, &b->root) && same_arg(&a->log, &b->log) &&
	       same_arg(&a->log_format, &b->log_format) && same_arg(&a->config, &b->config) &&
	       same_arg(&a->runtime, &b->runtime) && same_arg(&a->id, &b->id) &&
	       same_arg(&a->bundle, &b->bundle) && same_arg(&a->spec_file, &b->spec_file) &&
	       same_arg(&a->process, &b->process) && same_arg(&a->apparmor, &b->apparmor) &&
	       same_arg(&a->lsm_profile, &b->lsm_profile) && a->exec_command == b->exec_command;
}

static int refuse(const struct line *l, struct yr_err *err)
{
	return yr_err_set(err, EINVAL,
			  "%s: a line that is not understood is not handed to the runtime, which "
			  "might start a container by it without the profile",
			  l->err.msg);
}

int yr_oci_args_read(int argc, char *const *argv, struct yr_oci_args *ret, struct yr_err *err)
{
	struct line go = { .rules = YR_OCI_GO, .argc = argc, .argv = argv };
	struct line gnu = { .rules = YR_OCI_GNU, .argc = argc, .argv = argv };
	int by_go = read_line(&go), by_gnu = read_line(&gnu);

	if (refused_for_good(&gnu) || refused_for_good(&go))
		return refuse(refused_for_good(&gnu) ? &gnu : &go, err);
	/* Who came further knows better what is wrong. */
	if (by_go < 0 && by_gnu < 0)
		return refuse(go.at > gnu.at ? &go : &gnu, err);
	if (by_go == 0 && by_gnu == 0 && !same(&go.a, &gnu.a))
		return yr_err_set(err, EINVAL,
				  "runc and crun would read this command line differently: write "
				  "each option with two dashes and its whole name");
	*ret = by_gnu == 0 ? gnu.a : go.a;
	return 0;
}

/* One word of the new line, and where its text goes if it changes. */
static char *changed(char **room, const char *word, const struct yr_oci_arg *arg, const char *value)
{
	char *to = *room;
	size_t head = (size_t)(arg->value - word), len = strlen(value) + 1;

	memcpy(to, word, head);
	memcpy(to + head, value, len);
	*room += head + len;
	return to;
}

/* An option that is changed; @option: how it is put in behind the command where it is missing. */
struct change {
	const struct yr_oci_arg *arg;
	const char *value, *option;
};

static size_t room_for(const struct change *c, char *const *argv)
{
	if (!c->value)
		return 0;
	return strlen(c->arg->value ? argv[c->arg->index] : c->option) + strlen(c->value) + 1;
}

static char *put_in(char **room, const struct change *c)
{
	char *to = *room;
	size_t head = strlen(c->option), len = strlen(c->value) + 1;

	memcpy(to, c->option, head);
	memcpy(to + head, c->value, len);
	*room += head + len;
	return to;
}

/* argv[i] is an own option, or the value behind one. */
static bool is_own(const struct yr_oci_arg *arg, int i, char *const *argv)
{
	return arg->value &&
	       (i == arg->index || (i + 1 == arg->index && arg->value == argv[arg->index]));
}

int yr_oci_args_line(const struct yr_oci_args *a, int argc, char *const *argv, const char *runtime,
		     const struct yr_oci_change *change, char ***ret, struct yr_err *err)
{
	const struct yr_oci_change none = { 0 };
	struct change changes[5];
	size_t n = ((size_t)argc + 4) * sizeof(char *), size = n;
	char **line, **to, *room;

	if (!change)
		change = &none;
	changes[0] = (struct change){ &a->bundle, change->bundle, NULL };
	changes[1] = (struct change){ &a->process, change->process, NULL };
	changes[2] = (struct change){ &a->apparmor, change->apparmor, "--apparmor=" };
	changes[3] = (struct change){ &a->lsm_profile, change->lsm_profile, "--lsm-profile=" };
	changes[4] = (struct change){ &a->spec_file, change->spec_file, NULL };
	if ((change->bundle && !a->bundle.value) || (change->process && !a->process.value) ||
	    (change->spec_file && !a->spec_file.value) ||
	    (change->apparmor && a->command != YR_OCI_EXEC) ||
	    (change->lsm_profile && a->command != YR_OCI_RESTORE))
		return yr_err_set(err, EINVAL, "the command line has no place for this change");
	for (size_t k = 0; k < ARRAY_LEN(changes); k++)
		size += room_for(&changes[k], argv);
	line = to = malloc(size);
	if (!line)
		return yr_err_set(err, ENOMEM, "out of memory");
	room = (char *)line + n;
	*to++ = (char *)(uintptr_t)runtime;
	for (int i = 1; i < argc; i++) {
		if (is_own(&a->config, i, argv) || is_own(&a->runtime, i, argv))
			continue;
		*to = argv[i];
		for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
			if (changes[k].value && changes[k].arg->index == i)
				*to = changed(&room, argv[i], changes[k].arg, changes[k].value);
		}
		to++;
		for (size_t k = 0; i == a->command_index && k < ARRAY_LEN(changes); k++) {
			if (changes[k].value && !changes[k].arg->value)
				*to++ = put_in(&room, &changes[k]);
		}
	}
	*to = NULL;
	*ret = line;
	return 0;
}
