/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines of runtimes: as tables, and as the runtimes that are installed read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "oci/args.h"
#include "oci/options.h"

#define MOST_WORDS 32

/* Words by single spaces; "''" is an empty one. */
static int split(const char *line, char *copy, char **argv)
{
	int n = 0;

	strcpy(copy, line);
	for (char *at = copy; at;) {
		char *word = strsep(&at, " ");

		assert_true(n < MOST_WORDS - 1);
		argv[n++] = strcmp(word, "''") != 0 ? word : word + 2;
	}
	argv[n] = NULL;
	return n;
}

static void is(const char *line, const char *what, const char *is, const char *wanted)
{
	if (!is != !wanted || (is && strcmp(is, wanted) != 0))
		fail_msg("%s\n%s is '%s' instead of '%s'", line, what, is ? is : "(none)",
			 wanted ? wanted : "(none)");
}

#define NONE YR_OCI_OTHER
#define CREATE YR_OCI_CREATE
#define RUN YR_OCI_RUN
#define EXEC YR_OCI_EXEC

static void lines_are_read(void **state)
{
	static const struct {
		const char *line;
		enum yr_oci_command command;
		const char *id, *bundle, *process, *apparmor, *root, *log, *format, *spec_file;
	} cases[] = {
		/* As engines write them: containerd and Docker, podman's conmon, CRI-O. */
		{ "r --root /run/docker/runtime-runc/moby --log /l/log.json --log-format json "
		  "--systemd-cgroup create --bundle /b --pid-file /b/init.pid --console-socket /c "
		  "5f6c",
		  CREATE, "5f6c", "/b", .root = "/run/docker/runtime-runc/moby",
		  .log = "/l/log.json", .format = "json" },
		{ "r --root /r --log /l --log-format json exec --process /tmp/p --detach "
		  "--pid-file /p --tty --console-socket /c 5f6c",
		  EXEC, "5f6c", .process = "/tmp/p", .root = "/r", .log = "/l", .format = "json" },
		{ "r --log-format=json --log=/l --root=/r create --bundle /b --pid-file /p "
		  "--no-pivot "
		  "--no-new-keyring --preserve-fds 2 x",
		  CREATE, "x", "/b", .root = "/r", .log = "/l", .format = "json" },
		{ "r --cgroup-manager systemd --rootless=true create --bundle=/b x", CREATE, "x",
		  "/b" },
		{ "r --cgroup-manager=disabled --log-level warning run -d -f /c/config x", RUN, "x",
		  .spec_file = "/c/config" },
		/* All forms. */
		{ "r create x", CREATE, "x" },
		{ "r run -b /b x", RUN, "x", "/b" },
		{ "r run -b/b x", RUN, "x", "/b" },
		{ "r run -d -b /b -- x", RUN, "x", "/b" },
		{ "r run -db/b x", RUN, "x", "/b" },
		{ "r create --bundle /a --bundle /b x", CREATE, "x", "/b" },
		{ "r create -- -x", CREATE, "-x" },
		{ "r -- create --bundle -- x", CREATE, "x", "--" },
		{ "r create --bundle --no-pivot x", CREATE, "x", "--no-pivot" },
		{ "r create --bundle '' x", CREATE, "x", "" },
		/* Go's alone. */
		{ "r -root /r create -bundle /b x", CREATE, "x", "/b", .root = "/r" },
		{ "r create x --bundle /b", CREATE, "x", "/b" },
		{ "r create x -pid-file=/p", CREATE, "x" },
		{ "r run -d=true --no-pivot=false --bundle /b x", RUN, "x", "/b" },
		{ "r --debug=true --criu /c create x", CREATE, "x" },
		/* GNU's alone: Go would have no id. */
		{ "r create -bundle x", CREATE, "x", "undle" },
		{ "r exec -tp /p x", EXEC, "/p" },
		{ "r exec -t/dev/pts/1 x sh", EXEC, "x" },
		/* exec: what is behind the id is the container's. */
		{ "r exec x sh -c true --apparmor other -p /p", EXEC, "x" },
		{ "r exec --apparmor web -e A=b -u 0:0 -t --cwd / --cap CAP_KILL x sh", EXEC, "x",
		  .apparmor = "web" },
		{ "r exec --apparmor= x sh", EXEC, "x", .apparmor = "" },
		{ "r restore --image-path /i -d --bundle /b x", YR_OCI_RESTORE, "x", "/b" },
		{ "r --root /r start x", YR_OCI_START, "x", .root = "/r" },
		{ "r restore x -b /b --shell-job", YR_OCI_RESTORE, "x", "/b" },
		{ "r exec -g 5 --ignore-paused --cgroup c --no-new-privs --process-label l x sh",
		  EXEC, "x" },
		{ "r exec -e=A=b x -p /p", EXEC, "x" },
		/* Everything else. */
		{ "r", NONE },
		{ "r --root /r", NONE },
		{ "r --version", NONE },
		{ "r -v create x", NONE },
		{ "r --help", NONE },
		{ "r -h", NONE },
		{ "r -?", NONE },
		{ "r features", NONE },
		{ "r --root /r state --whatever x", NONE },
		{ "r delete --force x", NONE },
		{ "r creat --bundle /b x", NONE },
		{ "r create --help", NONE },
		{ "r run --usage", NONE },
		{ "r exec -h", NONE },
		{ "r help create", NONE },
	};
	char copy[512], *argv[MOST_WORDS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *line = cases[i].line;
		struct yr_oci_args a;
		struct yr_err err = { 0 };
		int argc = split(line, copy, argv);
		const struct {
			const char *name;
			const struct yr_oci_arg *is;
			const char *wanted;
		} all[] = {
			{ "id", &a.id, cases[i].id },
			{ "bundle", &a.bundle, cases[i].bundle },
			{ "process", &a.process, cases[i].process },
			{ "apparmor", &a.apparmor, cases[i].apparmor },
			{ "root", &a.root, cases[i].root },
			{ "log", &a.log, cases[i].log },
			{ "log-format", &a.log_format, cases[i].format },
			{ "config", &a.spec_file, cases[i].spec_file },
		};
		int r = yr_oci_args_read(argc, argv, &a, &err);

		if (r < 0)
			fail_msg("%s\n%s", line, err.msg);
		if (a.command != cases[i].command)
			fail_msg("%s\nis command %d", line, a.command);
		for (size_t k = 0; a.command != NONE && k < ARRAY_LEN(all); k++) {
			is(line, all[k].name, all[k].is->value, all[k].wanted);
			if (all[k].is->value)
				assert_non_null(strstr(argv[all[k].is->index], all[k].wanted));
		}
	}
}

static void what_is_not_understood_is_refused(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "r --frobnicate create x", "unknown option '--frobnicate'" },
		{ "r --frobnicate", "unknown option '--frobnicate'" },
		{ "r -x create x", "unknown option '-x'" },
		{ "r create --frobnicate x", "unknown option '--frobnicate'" },
		{ "r create --bundle /b --frob=1 x", "unknown option '--frob=1'" },
		{ "r run --process /p x", "unknown option '--process'" },
		{ "r exec --bundle /b x", "unknown option '--bundle'" },
		{ "r exec -b /b x", "unknown option '-b'" },
		{ "r create ---bundle /b x", "unknown option '---bundle'" },
		{ "r create --=/b x", "unknown option '--=/b'" },
		{ "r create --bundle /b", "a container id has to follow 'create'" },
		{ "r create", "a container id has to follow 'create'" },
		{ "r exec", "a container id has to follow 'exec'" },
		{ "r exec -p", "a value has to follow 'process'" },
		{ "r create x --bundle", "one container id, and nothing else" },
		{ "r --root", "a value has to follow 'root'" },
		{ "r create x y", "one container id, and nothing else" },
		/* GNU takes beginnings of names. */
		{ "r create --bund /b x", "'--bund' is the beginning of an option's name" },
		{ "r create --b /b x", "'--b' is the beginning" },
		{ "r --ro /r create x", "'--ro' is the beginning" },
		{ "r exec --proc=/p x", "'--proc=/p' is the beginning" },
		/* No request for help to Go. */
		{ "r create --help=false --bundle /b x", "takes no value" },
		{ "r --version=false create x", "takes no value" },
		/* Two readings. */
		{ "r create -bundle=/b x", "differently" },
		{ "r run -b=/b x", "differently" },
		{ "r exec -p=/p x", "differently" },
		{ "r exec -process x sh", "differently" },
		{ "r exec -process=/p x sh", "differently" },
		/* Ours. */
		{ "r --yoroi-config", "a value has to follow 'yoroi-config'" },
		{ "r --yoroi-config /a --yoroi-config /b create x", "is there twice" },
		{ "r create --yoroi-config /a x", "unknown option '--yoroi-config'" },
	};
	char copy[512], *argv[MOST_WORDS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_oci_args a;
		struct yr_err err = { 0 };
		int argc = split(cases[i].line, copy, argv);

		if (yr_oci_args_read(argc, argv, &a, &err) != -EINVAL)
			fail_msg("%s\nis not refused", cases[i].line);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s\n'%s' does not say '%s'", cases[i].line, err.msg,
				 cases[i].says);
	}
}

static void the_runtime_gets_all_but_what_changes(void **state)
{
	static const struct {
		const char *line, *wanted;
		struct yr_oci_change change;
	} cases[] = {
		{ "y --root /r create -b /b x", "/r/c --root /r create -b /b x", { 0 } },
		{ "y --yoroi-config /c --root=/r --yoroi-runtime=/z create x",
		  "/r/c --root=/r create x",
		  { 0 } },
		{ "y --yoroi-runtime --yoroi-config state --whatever",
		  "/r/c state --whatever",
		  { 0 } },
		{ "y create -b /b x", "/r/c create -b /real x", { .bundle = "/real" } },
		{ "y create --bundle=/b x", "/r/c create --bundle=/real x", { .bundle = "/real" } },
		{ "y run -db/b x", "/r/c run -db/real x", { .bundle = "/real" } },
		{ "y create -b /a -b /b x", "/r/c create -b /a -b /real x", { .bundle = "/real" } },
		{ "y exec -p /p x", "/r/c exec -p /q x", { .process = "/q" } },
		{ "y run -b /b -f/f x",
		  "/r/c run -b /real -f/g x",
		  { .bundle = "/real", .spec_file = "/g" } },
		{ "y exec --apparmor a x sh", "/r/c exec --apparmor b x sh", { .apparmor = "b" } },
		{ "y exec --apparmor=a x sh", "/r/c exec --apparmor=b x sh", { .apparmor = "b" } },
		{ "y --yoroi-config /c exec x sh -b",
		  "/r/c exec --apparmor=web x sh -b",
		  { .apparmor = "web" } },
		{ "y", "/r/c", { 0 } },
		{ "y --version", "/r/c --version", { 0 } },
		{ "y restore -d -b /l x",
		  "/r/c restore --lsm-profile=apparmor:web -d -b /b x",
		  { .bundle = "/b", .lsm_profile = "apparmor:web" } },
		{ "y restore x --lsm-profile=a:b",
		  "/r/c restore x --lsm-profile=a:web",
		  { .lsm_profile = "a:web" } },
	};
	char copy[512], *argv[MOST_WORDS], **line;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_oci_args a;
		struct yr_err err = { 0 };
		char all[512] = "";
		int argc = split(cases[i].line, copy, argv);

		if (yr_oci_args_read(argc, argv, &a, &err) < 0 ||
		    yr_oci_args_line(&a, argc, argv, "/r/c", &cases[i].change, &line, &err) < 0)
			fail_msg("%s\n%s", cases[i].line, err.msg);
		for (char **word = line; *word; word++) {
			strcat(all, word == line ? "" : " ");
			strcat(all, *word);
		}
		assert_string_equal(all, cases[i].wanted);
		free(line);
	}
}

static void a_change_without_a_place_is_refused(void **state)
{
	char copy[64], *argv[MOST_WORDS], **line = NULL;
	struct yr_oci_args a;
	int argc = split("y create x", copy, argv);

	(void)state;
	assert_int_equal(yr_oci_args_read(argc, argv, &a, NULL), 0);
	for (int i = 0; i < 5; i++) {
		struct yr_oci_change change = { i == 0 ? "/b" : NULL, i == 1 ? "/p" : NULL,
						i == 2 ? "web" : NULL, i == 3 ? "a:web" : NULL,
						i == 4 ? "/f" : NULL };

		assert_int_equal(yr_oci_args_line(&a, argc, argv, "/r", &change, &line, NULL),
				 -EINVAL);
	}
	assert_null(line);
}

/* A beginning of a name is refused for GNU's sake: it may not be a whole name of Go's. */
static void no_name_begins_another_of_the_other_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < yr_oci_n_options; i++) {
		const struct yr_oci_option *o = &yr_oci_options[i];
		size_t len = strlen(o->name);

		assert_true(len > 1);
		for (unsigned where = 1; where <= YR_OCI_IN_START; where *= 2) {
			if ((o->where & where) &&
			    !yr_oci_option_find(where, YR_OCI_GNU, o->name, len))
				assert_false(yr_oci_option_begins(where, YR_OCI_GNU, o->name, len));
		}
	}
}

/* --- the runtimes that are installed --------------------------------------------------- */

static const struct {
	const char *name;
	unsigned who;
} runtimes[] = { { "runc", YR_OCI_GO }, { "crun", YR_OCI_GNU } };

static bool installed(const char *name)
{
	char command[64];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", name);
	return system(command) == 0;
}

/* "-b, --bundle=DIR  text", "--bundle value, -b value  text": each is known, and as what it is. */
static int knows_all_of(const char *runtime, unsigned who, unsigned where, char *line)
{
	int n = 0;
	char *end, *word;

	line += strspn(line, " ");
	if (*line != '-')
		return 0;
	end = strstr(line, "  ");
	if (end)
		*end = '\0';
	line[strcspn(line, "\n")] = '\0';
	while ((word = strsep(&line, ","))) {
		const struct yr_oci_option *o;
		size_t len;
		char next;

		word += strspn(word, " ");
		word += strspn(word, "-");
		len = strcspn(word, " =[");
		next = word[len];
		o = yr_oci_option_find(where, who, word, len);
		if (!o)
			fail_msg("%s has an option '%s' that options.c does not", runtime, word);
		/* crun tells of a value beside the long name only. */
		if ((who == YR_OCI_GO || len > 1) &&
		    (next == ' ' || next == '=') != (o->takes == YR_OCI_VALUE))
			fail_msg("%s: does '%s' take a value?", runtime, word);
		n++;
	}
	return n;
}

static void installed_runtimes_have_no_other_options(void **state)
{
	static const struct {
		const char *command;
		unsigned where;
	} commands[] = { { "", YR_OCI_IN_FRONT },
			 { "create", YR_OCI_IN_CREATE },
			 { "run", YR_OCI_IN_RUN },
			 { "restore", YR_OCI_IN_RESTORE },
			 { "exec", YR_OCI_IN_EXEC } };
	bool any = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(runtimes); i++) {
		if (!installed(runtimes[i].name))
			continue;
		any = true;
		for (size_t k = 0; k < ARRAY_LEN(commands); k++) {
			char command[64], line[512];
			FILE *f;
			bool missing = false;
			int n = 0;

			snprintf(command, sizeof(command), "%s %s --help 2>&1", runtimes[i].name,
				 commands[k].command);
			f = popen(command, "r");
			assert_non_null(f);
			while (fgets(line, sizeof(line), f)) {
				/* crun without CRIU has no restore. */
				missing |= !strncmp(line, "unknown command", 15);
				n += knows_all_of(runtimes[i].name, runtimes[i].who,
						  commands[k].where, line);
			}
			pclose(f);
			/* Otherwise their help has another form now. */
			assert_true(missing ? commands[k].where == YR_OCI_IN_RESTORE : n >= 6);
		}
	}
	if (!any)
		skip();
}

/* Bundles that are not there: the runtime's complaint tells which one it takes. */
static void installed_runtimes_read_the_same_bundle(void **state)
{
	static const char *const lines[] = {
		"create --bundle /yr-none/a x",
		"create --bundle=/yr-none/a x",
		"create -b /yr-none/a x",
		"create -b/yr-none/a x",
		"create -b=/yr-none/a x",
		"create -bundle /yr-none/a x",
		"create -bundle=/yr-none/a x",
		"create --b /yr-none/a x",
		"create --bund /yr-none/a x",
		"create x --bundle /yr-none/a",
		"create x -bundle /yr-none/a",
		"create --no-pivot x --bundle /yr-none/a",
		"create --no-pivot --bundle /yr-none/a x",
		"create --bundle /yr-none/b --bundle /yr-none/a x",
		"create -b /yr-none/b --bundle /yr-none/a x",
		"create --bundle /yr-none/a --bundle /yr-none/b -- x",
		"create --pid-file --bundle /yr-none/a x",
		"create --pid-file --bundle --bundle /yr-none/a x",
		"create --bundle /yr-none/a -- x",
		"create -- x --bundle /yr-none/a",
		"create x -- --bundle /yr-none/a",
		"create --help=false --bundle /yr-none/a x",
		"create --no-pivot=false --bundle /yr-none/a x",
		"run -db /yr-none/a x",
		"run -db/yr-none/a x",
		"run -d -b /yr-none/a x",
		"run -d=false -b /yr-none/a x",
		"--debug create --bundle /yr-none/a x",
		"--debug=false create --bundle /yr-none/a x",
		"-debug create --bundle /yr-none/a x",
		"-- create --bundle /yr-none/a x",
		"--log-format json -- run --bundle /yr-none/a x",
		"--rootless false create --bundle /yr-none/a x",
		"--rootless create run --bundle /yr-none/a x",
		"run --preserve-fds 0 --bundle /yr-none/a x",
	};
	char copy[512], *argv[MOST_WORDS];
	bool any = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(runtimes); i++) {
		int told = 0;

		if (!installed(runtimes[i].name))
			continue;
		any = true;
		for (size_t k = 0; k < ARRAY_LEN(lines); k++) {
			char line[300], command[400], out[4096];
			const char *place;
			struct yr_oci_args a;
			struct yr_err err = { 0 };
			FILE *f;
			size_t n;
			int r, argc;

			snprintf(line, sizeof(line), "%s --root /tmp/yr-oci-none %s",
				 runtimes[i].name, lines[k]);
			snprintf(command, sizeof(command), "%s </dev/null 2>&1", line);
			f = popen(command, "r");
			assert_non_null(f);
			n = fread(out, 1, sizeof(out) - 1, f);
			out[n] = '\0';
			assert_int_not_equal(pclose(f), 0);
			argc = split(line, copy, argv);
			r = yr_oci_args_read(argc, argv, &a, &err);
			/* Its usage, or another complaint: it does not start anything. */
			place = strstr(out, "/yr-none/");
			if (!place)
				continue;
			told++;
			if (r == 0 && (!a.bundle.value ||
				       strncmp(place, a.bundle.value, strlen(a.bundle.value)) != 0))
				fail_msg("%s: we read '%s'\n%s", line, a.bundle.value, out);
		}
		assert_true(told >= 15);
	}
	rmdir("/tmp/yr-oci-none");
	if (!any)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(the_runtime_gets_all_but_what_changes),
		cmocka_unit_test(a_change_without_a_place_is_refused),
		cmocka_unit_test(no_name_begins_another_of_the_other_rules),
		cmocka_unit_test(installed_runtimes_have_no_other_options),
		cmocka_unit_test(installed_runtimes_read_the_same_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
