/* SPDX-License-Identifier: Apache-2.0 */
/* Who decides about a container's profile, and what the configuration may say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "oci/decide.h"
#include "oci/name.h"
#include "yoroi/err.h"

#define KUBE "container.apparmor.security.beta.kubernetes.io/"
#define OURS "\"io.yoroi.apparmor.profile\":"
#define WEB "\"" KUBE "web\":"
#define DB "\"" KUBE "db\":"
#define CRI_WEB "\"io.kubernetes.cri.container-name\":\"web\""
#define CRIO_WEB "\"io.kubernetes.container.name\":\"web\""
#define FAIL(what) "\"io.yoroi.apparmor.on-failure\":\"" what "\""
#define PRIVILEGED                                                                                 \
	"\"capabilities\":{\"bounding\":[\"CAP_SYS_ADMIN\",\"CAP_SYS_MODULE\","                    \
	"\"CAP_SYS_RAWIO\",\"CAP_MAC_ADMIN\"]}"

static struct yr_oci_settings *settings_of(const char *text)
{
	struct yr_oci_settings *s = NULL;
	struct yr_err err = { 0 };

	if (yr_oci_settings_parse("/c", text, strlen(text), &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

/* A profile of NULL is unconfined; a complaint is a refusal. */
static const struct {
	const char *process; /* what is in the process, NULL: there is none */
	const char *annotations;
	const char *settings;
	const char *profile, *source, *complaint;
	bool weak; /* may be started without it */
	const char *note;
} cases[] = {
	/* The process's own word comes first. */
	{ "\"apparmorProfile\":\"web\"", "", "", "web", "process.apparmorProfile" },
	{ "\"apparmorProfile\":\"web\"", OURS "\"other\"", "", "web", "process.apparmorProfile",
	  .note = "annotation io.yoroi.apparmor.profile was not followed: it says 'other'" },
	{ "\"apparmorProfile\":\"web\"", OURS "\"localhost/web\"", "", "web",
	  "process.apparmorProfile" },
	{ "\"apparmorProfile\":\"unconfined\"", OURS "\"web\"", "", NULL, "process.apparmorProfile",
	  .note = "was not followed: it says 'web'" },
	{ "\"apparmorProfile\":\"unconfined\"", "", "", NULL, "process.apparmorProfile" },
	{ "\"apparmorProfile\":\"unconfined\"", "", "allow-unconfined = no\n",
	  .complaint = "process.apparmorProfile says unconfined, which '/c' forbids" },
	{ "\"apparmorProfile\":\"web\"", "", "allow-unconfined = no\n", "web",
	  "process.apparmorProfile" },
	{ "\"apparmorProfile\":\"a//b\"", "", "", "a//b", "process.apparmorProfile" },
	{ "\"apparmorProfile\":\"a//&b\"", "", "", "a//&b", "process.apparmorProfile" },
	{ "\"apparmorProfile\":\" unconfined\"", "", "",
	  .complaint = "asks for ' unconfined', which is no profile: it has blanks" },
	{ "\"apparmorProfile\":\":x:unconfined\"", "", "", .complaint = "means no profile at all" },
	{ "\"apparmorProfile\":\"a//&unconfined\"", "", "", .complaint = "means no profile" },
	{ "\"apparmorProfile\":\"a\\nb\"", "", "", .complaint = "control characters" },
	/* Kernels read it as it is: it is a name here. */
	{ "\"apparmorProfile\":\"runtime/default\"", "", "", "runtime/default",
	  "process.apparmorProfile" },
	/* Then ours, in every form; also of privileged containers. */
	{ "", OURS "\"web\"", "", "web", "annotation io.yoroi.apparmor.profile" },
	{ "\"apparmorProfile\":\"\"", OURS "\"web\"", "", "web",
	  "annotation io.yoroi.apparmor.profile" },
	{ "\"apparmorProfile\":null", OURS "\"web\"", "", "web",
	  "annotation io.yoroi.apparmor.profile" },
	{ "", OURS "\"localhost/web\"", "", "web", "annotation io.yoroi.apparmor.profile" },
	{ "", OURS "\"runtime/default\"", "", "yoroi-default",
	  "annotation io.yoroi.apparmor.profile" },
	{ "", OURS "\"unconfined\"", "", NULL, "annotation io.yoroi.apparmor.profile" },
	{ "", OURS "\"unconfined\"", "allow-unconfined = no\nprivileged-profile = web",
	  .complaint = "annotation io.yoroi.apparmor.profile says unconfined" },
	{ "", OURS "\"\"", "", .complaint = "asks for '', which is no profile: it is empty" },
	{ "", OURS "\"localhost/\"", "", .complaint = "asks for 'localhost/'" },
	{ "", OURS "\"localhost/unconfined\"", "", .complaint = "means no profile at all" },
	{ "", OURS "\"runtime/other\"", "", .complaint = "only 'runtime/default' is known" },
	{ "", OURS "\"web\"," WEB "\"localhost/other\"," CRI_WEB, "", "web",
	  "annotation io.yoroi.apparmor.profile" },
	{ PRIVILEGED, OURS "\"web\"", "", "web", "annotation io.yoroi.apparmor.profile" },
	/* Then Kubernetes' one: of this container, */
	{ "", WEB "\"localhost/w\"," DB "\"localhost/d\"," CRI_WEB, "", "w",
	  "annotation " KUBE "web" },
	{ "", WEB "\"localhost/w\"," DB "\"localhost/d\"," CRIO_WEB, "", "w",
	  "annotation " KUBE "web" },
	{ "", DB "\"localhost/d\"," CRI_WEB, "", "yoroi-default", "default-profile of /c" },
	{ "", WEB "\"unconfined\"," CRI_WEB, "", NULL, "annotation " KUBE "web" },
	{ "", WEB "\"runtime/default\"," CRI_WEB, "default-profile = x", "yoroi-default",
	  "annotation " KUBE "web" },
	{ "", WEB "\"w\"," CRI_WEB, "", .complaint = "Kubernetes knows 'runtime/default'" },
	{ "", WEB "\"localhost/\"," CRI_WEB, "", .complaint = "asks for 'localhost/'" },
	{ PRIVILEGED, WEB "\"localhost/w\"," CRI_WEB, "", "w", "annotation " KUBE "web" },
	/* or of all, when nobody tells its name, but only if they agree. */
	{ "", WEB "\"localhost/w\"", "", "w", "annotation " KUBE "web" },
	{ "", WEB "\"localhost/w\"," DB "\"localhost/w\"", "", "w", "annotation " KUBE "" },
	{ "", WEB "\"localhost/w\"," DB "\"localhost/d\"", "",
	  .complaint = "ask for different profiles" },
	{ "", WEB "\"localhost/w\"," DB "\"unconfined\"", "",
	  .complaint = "ask for different profiles" },
	/* A Pod's own container is none of those that are meant. */
	{ "", WEB "\"localhost/w\",\"io.kubernetes.cri.container-type\":\"sandbox\"", "",
	  "yoroi-default", "default-profile of /c" },
	{ "", OURS "\"w\",\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"", "", "yoroi-default",
	  "default-profile of /c" },
	{ "", OURS "\"w\",\"io.kubernetes.cri.container-type\":\"container\"", "", "w",
	  "annotation io.yoroi.apparmor.profile" },
	/* And the configured default. */
	{ "", "", "", "yoroi-default", "default-profile of /c" },
	{ "", "", "default-profile = web", "web", "default-profile of /c" },
	{ "", "", "default-profile = localhost/web", "web", "default-profile of /c" },
	{ "", "", "default-profile = unconfined", NULL, "default-profile of /c" },
	{ PRIVILEGED, "", "", NULL, "privileged-profile of /c" },
	{ PRIVILEGED, "", "privileged-profile = p", "p", "privileged-profile of /c" },
	{ PRIVILEGED, "", "allow-unconfined = no",
	  .complaint = "privileged-profile of /c says unconfined, which '/c' forbids" },
	{ "", "", "privileged-profile = p", "yoroi-default", "default-profile of /c" },
	{ NULL, OURS "\"web\"", "", .complaint = "there is no process in the specification" },
	/* What to do when it cannot be had. */
	{ "", "", "on-failure = unconfined", "yoroi-default", "default-profile of /c",
	  .weak = true },
	{ "", FAIL("refuse"), "on-failure = unconfined", "yoroi-default", "default-profile of /c" },
	{ "", FAIL("unconfined"), "", "yoroi-default", "default-profile of /c",
	  .note = "annotation io.yoroi.apparmor.on-failure was not followed: '/c' does not "
		  "permit" },
	{ "", FAIL("unconfined"), "annotations-permitted = on-failure", "yoroi-default",
	  "default-profile of /c", .weak = true },
	{ "", FAIL("unconfined"), "annotations-permitted = none", "yoroi-default",
	  "default-profile of /c", .note = "was not followed" },
	{ "", FAIL("ignore"), "annotations-permitted = on-failure",
	  .complaint = "says 'ignore', but takes 'refuse' or 'unconfined'" },
};

static void every_wish_is_decided_by_whom_the_manual_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_oci_settings *s = settings_of(cases[i].settings);
		struct yr_decision d;
		struct yr_spec *spec = NULL;
		struct yr_err err = { 0 };
		char text[2000];
		int r;

		snprintf(text, sizeof(text), "{%s%s%s\"annotations\":{%s}}",
			 cases[i].process ? "\"process\":{" : "",
			 cases[i].process ? cases[i].process : "", cases[i].process ? "}," : "",
			 cases[i].annotations);
		if (yr_spec_read(text, strlen(text), YR_SPEC_CONFIG, &spec, &err) < 0)
			fail_msg("%zu: %s", i, err.msg);
		r = yr_decide_start(spec, s, &d, &err);
		if (!r != !cases[i].complaint || (r && !strstr(err.msg, cases[i].complaint)))
			fail_msg("%zu: %d '%s', not '%s'", i, r, err.msg,
				 cases[i].complaint ? cases[i].complaint : "");
		if (!r) {
			assert_string_equal(d.profile ? d.profile : "(none)",
					    cases[i].profile ? cases[i].profile : "(none)");
			if (strncmp(d.source, cases[i].source, strlen(cases[i].source)))
				fail_msg("%zu: %s decided, not %s", i, d.source, cases[i].source);
			assert_int_equal(d.on_failure_unconfined, cases[i].weak);
			if (cases[i].note ? !strstr(d.note, cases[i].note) : *d.note)
				fail_msg("%zu: it notes '%s'", i, d.note);
		}
		yr_spec_free(spec);
		yr_oci_settings_free(s);
	}
}

static const struct {
	const char *process;  /* of the file; NULL: there is none */
	const char *apparmor; /* --apparmor */
	bool known;           /* the container is; */
	const char *has;      /* and runs under this */
	const char *settings, *profile, *source, *complaint;
} execs[] = {
	{ NULL, NULL, true, "web", "", "web", "container" },
	{ NULL, NULL, true, NULL, "", NULL, "container" },
	{ NULL, NULL, false, NULL, "", NULL, "container" },
	{ "{}", NULL, true, "web", "", "web", "container" },
	{ "{\"apparmorProfile\":\"p\"}", NULL, true, "web", "", "p",
	  "process.apparmorProfile of exec" },
	{ NULL, "p", true, "web", "", "p", "--apparmor of exec" },
	{ NULL, "", true, "web", "", "web", "container" },
	{ "{\"apparmorProfile\":\"p\"}", "p", true, "web", "", "p",
	  "process.apparmorProfile of exec" },
	{ "{\"apparmorProfile\":\"p\"}", "q", true, "web", "", .complaint = "--apparmor asks for" },
	{ "{}", "q", true, "web", "", .complaint = "the process's file for 'the container's" },
	{ "{\"apparmorProfile\":\"unconfined\"}", NULL, true, "web", "", NULL,
	  "process.apparmorProfile of exec" },
	{ NULL, "unconfined", true, "web", "allow-unconfined = no",
	  .complaint = "--apparmor of exec says unconfined, which '/c' forbids" },
	{ NULL, ":n:", true, "web", "", .complaint = "it names no profile" },
};

static void a_process_that_asks_for_nothing_gets_its_containers_profile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(execs); i++) {
		struct yr_oci_settings *s = settings_of(execs[i].settings);
		struct yr_start container = { .id = "c", .profile = execs[i].has };
		struct yr_decision d;
		struct yr_spec *spec = NULL;
		struct yr_err err = { 0 };
		const char *text = execs[i].process;
		int r;

		if (text && yr_spec_read(text, strlen(text), YR_SPEC_PROCESS, &spec, &err) < 0)
			fail_msg("%zu: %s", i, err.msg);
		r = yr_decide_exec(spec, execs[i].apparmor, execs[i].known ? &container : NULL, s,
				   &d, &err);
		if (!r != !execs[i].complaint || (r && !strstr(err.msg, execs[i].complaint)))
			fail_msg("%zu: %d '%s'", i, r, err.msg);
		if (!r) {
			assert_string_equal(d.profile ? d.profile : "(none)",
					    execs[i].profile ? execs[i].profile : "(none)");
			assert_string_equal(d.source, execs[i].source);
			assert_int_equal(!*d.note, execs[i].known);
		}
		yr_spec_free(spec);
		yr_oci_settings_free(s);
	}
}

static const struct {
	const char *name;
	bool fine;
} names[] = {
	{ "web", true },
	{ "/usr/bin/web", true },
	{ "web (old)", true },
	{ "a//b", true },
	{ "a//&b//&c", true },
	{ ":ns:a", true },
	{ ":ns://a//b", true },
	{ "unconfined-but-not", true },
	{ "h\xc3\xa9", true },
	{ "", false },
	{ "unconfined", false },
	{ ":ns:unconfined", false },
	{ ":ns://unconfined", false },
	{ ":ns:// unconfined", false },
	{ ":ns: unconfined", false },
	{ ": ns:a", false },
	{ "a//&unconfined", false },
	{ "unconfined//&a", false },
	{ "a//& unconfined", false },
	{ "unconfined//x", false },
	{ ":ns:", false },
	{ ":ns://", false },
	{ ":a", false },
	{ "::a:b", false },
	{ "a//&", false },
	{ "//&a", false },
	{ "//a", false },
	{ "&a", false },
	{ "&:ns:a", false },
	{ "web ", false },
	{ "\xa0web", false },
	{ "we\tb", false },
	{ "we\x7f", false },
};

static void names_that_mean_no_profile_are_none(void **state)
{
	char name[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!yr_profile_name_check(names[i].name) != names[i].fine)
			fail_msg("'%s': %s", names[i].name,
				 names[i].fine ? yr_profile_name_check(names[i].name) : "taken");
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_null(yr_profile_name_check(name));
	name[255] = 'a';
	name[256] = '\0';
	assert_non_null(yr_profile_name_check(name));
	name[0] = '\0';
	for (int i = 0; i < 17; i++)
		strcat(name, i ? "//&a" : "a");
	assert_non_null(yr_profile_name_check(name));
	name[16 * 4 - 3] = '\0';
	assert_null(yr_profile_name_check(name));
}

static const struct {
	const char *text, *complaint;
} settings[] = {
	{ "", NULL },
	{ "# nothing\n\n   # more\n", NULL },
	{ "runtime = /usr/bin/crun # the other one", NULL },
	{ "\tprofile-directories =  /a   /b#c\t \n", NULL },
	{ "events=both\nevents-file=/x\nrecord-required=yes", NULL },
	{ "runtme = /x", "/c:1: there is no setting 'runtme'; did you mean 'runtime'?" },
	{ "\nRuntime = /x", "/c:2: there is no setting 'Runtime'" },
	{ "runtime /x", "/c:1: a line is 'setting = value'" },
	{ "runtime =", "/c:1: '' is no value for runtime" },
	{ "runtime = runc", "/c:1: 'runc' is no value for runtime: it takes a path" },
	{ "runtime = /a\nruntime = /a", "/c:2: runtime is set in line 1 already" },
	{ "on-failure = ignore",
	  "'ignore' is no value for on-failure: there are refuse and unconfined" },
	{ "on-failure = Unconfined", "is no value for on-failure" },
	{ "allow-unconfined = true", "is no value for allow-unconfined: there are no and yes" },
	{ "default-profile = localhost/", "is no value for default-profile: it is empty" },
	{ "default-profile = runtime/x", "is no value for default-profile" },
	{ "default-profile = a//&unconfined", "is no value for default-profile" },
	{ "profile-directories = /a b", "'b' is no value for profile-directories" },
	{ "annotations-permitted = profile", "is no value for annotations-permitted" },
	{ "events = /x", "is no value for events" },
	{ "events = journal\nevents-file = /x", "events-file contradicts events = journal" },
	{ "allow-unconfined = no\non-failure = unconfined", "contradicts allow-unconfined = no" },
	{ "annotations-permitted = on-failure\nallow-unconfined = no", "contradicts" },
	{ "allow-unconfined = no\ndefault-profile = unconfined", "contradicts" },
	{ "runtime = /a\x01", "/c:1: a control character" },
	{ "runtime = /a\r\n", "/c:1: a control character" },
};

static void what_a_configuration_does_not_say_plainly_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		struct yr_oci_settings *s = NULL;
		struct yr_err err = { 0 };
		int r = yr_oci_settings_parse("/c", settings[i].text, strlen(settings[i].text), &s,
					      &err);

		if (!r != !settings[i].complaint || (r && !strstr(err.msg, settings[i].complaint)))
			fail_msg("'%s': %d '%s'", settings[i].text, r, err.msg);
		yr_oci_settings_free(s);
	}
	assert_int_equal(yr_oci_settings_parse("/c", "a\0b", 3, &(struct yr_oci_settings *){ 0 },
					       NULL),
			 -EINVAL);
}

static void settings_are_what_the_file_says(void **state)
{
	struct yr_oci_settings *s = settings_of("runtime = /usr/bin/crun # the other one\n"
						"profile-directories = /a   /b#c\n"
						"events = both\n"
						"events-file = /e f\n"
						"reload-changed = yes");

	(void)state;
	assert_string_equal(s->path, "/c");
	assert_string_equal(s->runtime, "/usr/bin/crun");
	assert_int_equal(s->n_profile_dirs, 2);
	assert_string_equal(s->profile_dirs[1], "/b#c");
	assert_null(s->profile_dirs[2]);
	assert_int_equal(s->events, YR_RECORD_BOTH);
	assert_string_equal(s->events_file, "/e f");
	assert_true(s->reload_changed);
	/* Not said: protection. */
	assert_string_equal(s->default_profile, YR_RUNTIME_DEFAULT);
	assert_false(s->on_failure_unconfined);
	assert_false(s->on_failure_annotation);
	assert_true(s->allow_unconfined);
	assert_false(s->record_required);
	yr_oci_settings_free(s);
}

static char *slurp(const char *name)
{
	char path[1000], *text = calloc(1, 65536);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("YOROI_SOURCE"), name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_in_range(fread(text, 1, 65535, f), 1, 65534);
	fclose(f);
	return text;
}

static void manual_and_example_have_every_setting(void **state)
{
	char *manual = slurp("man/yoroi-runtime.8"), *example = slurp("tools/runtime.conf");
	struct yr_oci_settings *s;
	const char *name;
	char line[100];

	(void)state;
	for (size_t i = 0; (name = yr_oci_setting_name(i)); i++) {
		if (i)
			assert_true(strcmp(yr_oci_setting_name(i - 1), name) < 0);
		snprintf(line, sizeof(line), "\n.It Cm %s\n", name);
		if (!strstr(manual, line))
			fail_msg("the manual has no '%s'", name);
		snprintf(line, sizeof(line), "\n#%s = ", name);
		if (!strstr(example, line))
			fail_msg("the example has no '%s'", name);
	}
	/* What it has behind "#" without a blank is what somebody may want to be read. */
	for (char *c = example; *c; c++)
		if (*c == '#' && (c == example || c[-1] == '\n') && c[1] >= 'a' && c[1] <= 'z')
			*c = ' ';
	s = settings_of(example);
	assert_string_equal(s->default_profile, YR_RUNTIME_DEFAULT);
	assert_false(s->on_failure_unconfined || s->on_failure_annotation || s->reload_changed);
	assert_true(s->allow_unconfined);
	yr_oci_settings_free(s);
	free(manual);
	free(example);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_wish_is_decided_by_whom_the_manual_says),
		cmocka_unit_test(a_process_that_asks_for_nothing_gets_its_containers_profile),
		cmocka_unit_test(names_that_mean_no_profile_are_none),
		cmocka_unit_test(what_a_configuration_does_not_say_plainly_is_refused),
		cmocka_unit_test(settings_are_what_the_file_says),
		cmocka_unit_test(manual_and_example_have_every_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
