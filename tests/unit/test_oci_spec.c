/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oci/limits.h"
#include "oci/spec.h"

/* A copy without anything behind it: who reads on is seen by the sanitizer. */
static int read_spec(const char *text, size_t len, enum yr_spec_kind kind, struct yr_err *err)
{
	char *copy = malloc(len ? len : 1);
	struct yr_spec *s = NULL;
	int r;

	assert_non_null(copy);
	memcpy(copy, text, len);
	r = yr_spec_read(copy, len, kind, &s, err);
	yr_spec_free(s);
	free(copy);
	return r;
}

static struct yr_spec *good(const char *text, enum yr_spec_kind kind)
{
	struct yr_err err = { 0 };
	struct yr_spec *s = NULL;

	if (yr_spec_read(text, strlen(text), kind, &s, &err) < 0)
		fail_msg("%s\n%s", err.msg, text);
	return s;
}

static char *corpus(const char *name, size_t *len)
{
	char path[512], *text = malloc(1 << 20);
	FILE *f;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus-spec/%s", getenv("YOROI_SOURCE"), name);
	f = fopen(path, "r");
	assert_non_null(f);
	*len = fread(text, 1, (1 << 20) - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

static void real_specifications_are_read(void **state)
{
	static const struct {
		const char *file, *profile, *first_arg;
		bool seccomp, privileged, no_new_privs, user_namespace;
		size_t annotations;
	} cases[] = {
		{ "runc.json", NULL, "sh", false, false, true, false, 0 },
		{ "crun.json", NULL, "sh", false, false, true, false, 0 },
		{ "docker.json", "docker-default", "/docker-entrypoint.sh", true, false, false,
		  false, 0 },
		{ "containerd.json", "cri-containerd.apparmor.d", "/docker-entrypoint.sh", true,
		  false, true, true, 7 },
		{ "privileged.json", NULL, "/docker-entrypoint.sh", false, true, false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t len;
		char *text = corpus(cases[i].file, &len);
		struct yr_spec *s = good(text, YR_SPEC_CONFIG);

		print_message("# %s\n", cases[i].file);
		assert_true(s->has_process);
		if (cases[i].profile)
			assert_string_equal(s->profile, cases[i].profile);
		else
			assert_null(s->profile);
		assert_string_equal(s->first_arg, cases[i].first_arg);
		assert_int_equal(s->seccomp, cases[i].seccomp);
		assert_int_equal(s->privileged, cases[i].privileged);
		assert_int_equal(s->no_new_privs, cases[i].no_new_privs);
		assert_int_equal(s->user_namespace, cases[i].user_namespace);
		assert_int_equal(s->n_annotations, cases[i].annotations);
		assert_non_null(s->hostname);
		yr_spec_free(s);
		free(text);
	}
}

static void a_process_alone_is_read(void **state)
{
	size_t len;
	char *text = corpus("process.json", &len);
	struct yr_spec *s = good(text, YR_SPEC_PROCESS);

	(void)state;
	assert_true(s->has_process);
	assert_string_equal(s->profile, "docker-default");
	yr_spec_free(s);
	free(text);
}

static void annotations_are_unescaped_and_found(void **state)
{
	struct yr_spec *s =
		good("{\"annotations\":{\"z\":\"\",\"a\\u002fb\":\"\\ud83d\\ude00\\n\\\"\","
		     "\"A/B\":\"2\",\"m\":\"3\"}}",
		     YR_SPEC_CONFIG);

	(void)state;
	assert_string_equal(yr_spec_annotation(s, "a/b"), "\xf0\x9f\x98\x80\n\"");
	assert_string_equal(yr_spec_annotation(s, "A/B"), "2");
	assert_string_equal(yr_spec_annotation(s, "z"), "");
	assert_string_equal(yr_spec_annotation(s, "m"), "3");
	assert_null(yr_spec_annotation(s, "b"));
	assert_false(s->has_process);
	yr_spec_free(s);
}

static void nothing_asked_is_no_profile(void **state)
{
	static const char *const texts[] = { "{\"process\":{}}",
					     "{\"process\":{\"apparmorProfile\":null}}",
					     "{\"process\":{\"apparmorProfile\":\"\"}}",
					     "{\"process\":null}", "{}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct yr_spec *s = good(texts[i], YR_SPEC_CONFIG);

		assert_null(s->profile);
		assert_int_equal(s->has_process, i < 3);
		yr_spec_free(s);
	}
}

static void what_is_no_specification_is_refused(void **state)
{
	static const struct {
		const char *text, *says; /* how the message begins */
	} cases[] = {
		{ "", "1:1: the text ends where" },
		{ "[]", "1:1: this has to be an object" },
		{ "null", "1:1: this has to be an object" },
		{ "\xef\xbb\xbf{}", "1:1: byte 0xef" },
		{ "{} {}", "1:4: '{' where the end" },
		{ "{}\n,", "2:1: ',' where the end" },
		{ "{,}", "1:2: ',' where a key" },
		{ "{\"a\":1,}", "1:8: '}' where a key" },
		{ "{\"a\":{\"b\":1,}}", "1:13: '}' where a key" },
		{ "{\"a\":[1,]}", "1:9: ']' where a value" },
		{ "{\"a\":[,1]}", "1:7: ',' where a value" },
		{ "{\"a\" 1}", "1:6: '1' where ':'" },
		{ "{\"a\":1 \"b\":2}", "1:8: '\"' where ',' or '}'" },
		{ "{\"a\":[1}", "1:8: '}' where ',' or ']'" },
		{ "{a:1}", "1:2: 'a' where a key" },
		{ "{'a':1}", "1:2: ''' where a key" },
		{ "{//x\n}", "1:2: '/' where a key" },
		{ "{\"a\":tru}", "1:6: 't' where a value" },
		{ "{\"a\":NaN}", "1:6: 'N' where a value" },
		{ "{\"a\":01}", "1:7: '1' where ',' or '}'" },
		{ "{\"a\":-}", "1:7: '}' where a digit" },
		{ "{\"a\":+1}", "1:6: '+' where a value" },
		{ "{\"a\":1.}", "1:8: '}' where a digit" },
		{ "{\"a\":.5}", "1:6: '.' where a value" },
		{ "{\"a\":1e+}", "1:9: '}' where a digit" },
		{ "{\"a\":\"\\x41\"}", "1:7: this escape" },
		{ "{\"a\":\"\\u12g4\"}", "1:7: this escape" },
		{ "{\"a\":\"\\ud800\"}", "1:7: half of a surrogate" },
		{ "{\"a\":\"\\ud800\\u0041\"}", "1:7: half of a surrogate" },
		{ "{\"a\":\"\\udc00\"}", "1:7: half of a surrogate" },
		{ "{\"\\ud800\":1}", "1:3: half of a surrogate" },
		{ "{\"a\":\"x\ty\"}", "1:8: control character 0x09" },
		{ "{\"a\":\"\n\"}", "1:7: control character 0x0a" },
		{ "{\"a\":\"\xff\"}", "1:7: byte 0xff" },
		{ "{\"a\":\"\xc0\x80\"}", "1:7: byte 0xc0" },
		{ "{\"a\":\"\xe0\x9f\xbf\"}", "1:7: byte 0xe0" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "1:7: byte 0xed" },
		{ "{\"a\":\"\xf4\x90\x80\x80\"}", "1:7: byte 0xf4" },
		{ "{\"a\":\"\xe2\x82\"}", "1:7: byte 0xe2" },
		{ "{\"\x80\":1}", "1:3: byte 0x80" },
		/* Types. */
		{ "{\"process\":[]}", "1:12: 'process' has to be an object" },
		{ "{\n \"process\": \"x\"}", "2:13: 'process' has to be an object" },
		{ "{\"process\":{\"apparmorProfile\":1}}",
		  "1:31: 'apparmorProfile' has to be a string" },
		{ "{\"process\":{\"apparmorProfile\":{}}}",
		  "1:31: 'apparmorProfile' has to be a string" },
		{ "{\"process\":{\"apparmorProfile\":[\"x\"]}}",
		  "1:31: 'apparmorProfile' has to be a string" },
		{ "{\"process\":{\"apparmorProfile\":\"a\\u0000b\"}}", "1:31: a NUL in" },
		{ "{\"process\":{\"noNewPrivileges\":1}}",
		  "1:31: 'noNewPrivileges' has to be true or false" },
		{ "{\"process\":{\"args\":\"sh\"}}", "1:20: 'args' has to be a list" },
		{ "{\"process\":{\"args\":[1]}}", "1:21: 'args' has to be a list of strings" },
		{ "{\"process\":{\"args\":[null]}}", "1:21: 'args' has to be a list of strings" },
		{ "{\"process\":{\"capabilities\":[]}}",
		  "1:28: 'capabilities' has to be an object" },
		{ "{\"process\":{\"capabilities\":{\"bounding\":\"x\"}}}",
		  "1:40: 'bounding' has to be a list" },
		{ "{\"annotations\":[]}", "1:16: 'annotations' has to be an object" },
		{ "{\"annotations\":{\"a\":1}}", "1:21: the value of an annotation" },
		{ "{\"annotations\":{\"a\":null}}", "1:21: the value of an annotation" },
		{ "{\"annotations\":{\"a\":\"\\u0000\"}}", "1:21: a NUL" },
		{ "{\"linux\":1}", "1:10: 'linux' has to be an object" },
		{ "{\"linux\":{\"seccomp\":\"x\"}}", "1:21: 'seccomp' has to be an object" },
		{ "{\"linux\":{\"maskedPaths\":{}}}", "1:25: 'maskedPaths' has to be a list" },
		{ "{\"linux\":{\"readonlyPaths\":[[]]}}",
		  "1:28: 'readonlyPaths' has to be a list of strings" },
		{ "{\"linux\":{\"namespaces\":{}}}", "1:24: 'namespaces' has to be a list" },
		{ "{\"linux\":{\"namespaces\":[\"user\"]}}", "1:25: '\"' where '{'" },
		{ "{\"linux\":{\"namespaces\":[{\"type\":1}]}}",
		  "1:33: 'type' has to be a string" },
		{ "{\"hostname\":{}}", "1:13: 'hostname' has to be a string" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct yr_err err = { 0 };

		assert_int_equal(read_spec(cases[i].text, strlen(cases[i].text), YR_SPEC_CONFIG,
					   &err),
				 -EINVAL);
		if (strncmp(err.msg, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s\n'%s' instead of '%s'", cases[i].text, err.msg, cases[i].says);
	}
}

/* %s: the key, in an object of the level. */
static const struct {
	const char *level;
	const char *keys[6];
} levels[] = {
	{ "{%s}", { "process", "annotations", "linux", "hostname" } },
	{ "{\"process\":{%s}}", { "apparmorProfile", "capabilities", "noNewPrivileges", "args" } },
	{ "{\"process\":{\"capabilities\":{%s}}}", { "bounding" } },
	{ "{\"linux\":{%s}}", { "seccomp", "maskedPaths", "readonlyPaths", "namespaces" } },
	{ "{\"linux\":{\"namespaces\":[{},{%s}]}}", { "type" } },
};

static void refused(const char *level, const char *members, const char *says)
{
	char text[600];
	struct yr_err err = { 0 };

	snprintf(text, sizeof(text), level, members);
	assert_int_equal(read_spec(text, strlen(text), YR_SPEC_CONFIG, &err), -EINVAL);
	if (!strstr(err.msg, says))
		fail_msg("%s\n'%s' does not say '%s'", text, err.msg, says);
}

static void doubled_keys_are_refused_at_each_level(void **state)
{
	char members[300];

	(void)state;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		for (const char *const *key = levels[i].keys; *key; key++) {
			snprintf(members, sizeof(members), "\"%s\":null,\"x\":1,\"%s\":null", *key,
				 *key);
			refused(levels[i].level, members, "for the second time");
			/* The same key by an escape of its first letter. */
			snprintf(members, sizeof(members), "\"%s\":null,\"\\u%04x%s\":null", *key,
				 (*key)[0], *key + 1);
			refused(levels[i].level, members, "for the second time");
		}
		refused(levels[i].level, "\"x\":1,\"x\":2", "key 'x' for the second time");
	}
	refused("{\"annotations\":{%s}}", "\"a\":\"\",\"a\":\"\"", "key 'a' for the second time");
	/* Where nothing is decided the last one counts for nobody. */
	yr_spec_free(good("{\"root\":{\"a\":1,\"a\":2}}", YR_SPEC_CONFIG));
}

/* One letter of @key as @as. */
static void fold_one(char *to, size_t size, const char *key, size_t at, const char *as)
{
	snprintf(to, size, "\"%.*s%s%s\":null", (int)at, key, as, key + at + 1);
}

static void folded_keys_are_refused_at_each_level(void **state)
{
	char members[300];

	(void)state;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		for (const char *const *key = levels[i].keys; *key; key++) {
			for (size_t at = 0; (*key)[at]; at++) {
				char other[2] = { (char)((*key)[at] ^ 0x20), '\0' };

				fold_one(members, sizeof(members), *key, at, other);
				refused(levels[i].level, members, "only in upper and lower case");
				if ((*key)[at] == 's') {
					fold_one(members, sizeof(members), *key, at, "\xc5\xbf");
					refused(levels[i].level, members, "only in upper");
					fold_one(members, sizeof(members), *key, at, "\\u017F");
					refused(levels[i].level, members, "only in upper");
				} else if ((*key)[at] == 'k') {
					fold_one(members, sizeof(members), *key, at,
						 "\xe2\x84\xaa");
					refused(levels[i].level, members, "only in upper");
				}
			}
			/* A C string ends here for crun: it would take the key. */
			snprintf(members, sizeof(members), "\"%s\\u0000x\":null", *key);
			refused(levels[i].level, members, "a NUL in a key");
		}
	}
	refused("{\"annotations\":{%s}}", "\"a\\u0000\":\"\"", "a NUL in a key");
	/* The case of annotations counts for both. */
	yr_spec_free(good("{\"annotations\":{\"a\":\"\",\"A\":\"\"}}", YR_SPEC_CONFIG));
	/* Not ours: longer, shorter. */
	yr_spec_free(good("{\"Processes\":1,\"Proces\":1,\"proce\":2}", YR_SPEC_CONFIG));
}

static void depth_is_bounded(void **state)
{
	char text[4 * YR_LIMIT_SPEC_DEPTH + 40];
	static const char *const open[] = { "[", "{\"a\":" }, *const close[] = { "]", "}" };

	(void)state;
	for (int object = 0; object < 2; object++) {
		for (int more = 0; more < 2; more++) {
			struct yr_err err = { 0 };
			struct yr_buf b = { 0 };

			yr_buf_puts(&b, "{\"x\":");
			for (int i = 1; i < YR_LIMIT_SPEC_DEPTH + more; i++)
				yr_buf_puts(&b, open[object]);
			yr_buf_puts(&b, "1");
			for (int i = 1; i < YR_LIMIT_SPEC_DEPTH + more; i++)
				yr_buf_puts(&b, close[object]);
			yr_buf_puts(&b, "}");
			assert_int_equal(read_spec(b.data, b.len, YR_SPEC_CONFIG, &err),
					 more ? -EFBIG : 0);
			if (more)
				assert_non_null(strstr(err.msg, "more than 64 deep"));
			yr_buf_done(&b);
		}
	}
	memset(text, '[', sizeof(text));
	memcpy(text, "{\"x\":", 5);
	assert_int_equal(read_spec(text, sizeof(text), YR_SPEC_CONFIG, NULL), -EFBIG);
}

static void size_and_members_are_bounded(void **state)
{
	struct yr_buf b = { 0 };
	struct yr_err err = { 0 };
	struct yr_spec *s = NULL;

	(void)state;
	/* Refused by its length: the text is not even there. */
	assert_int_equal(yr_spec_read("", YR_LIMIT_SPEC_BYTES + 1, YR_SPEC_CONFIG, &s, &err),
			 -EFBIG);
	assert_non_null(strstr(err.msg, "larger than 16 MiB"));
	yr_buf_puts(&b, "{\"annotations\":{\"k\":\"\"");
	for (int i = 1; i < YR_LIMIT_SPEC_MEMBERS; i++)
		yr_buf_printf(&b, ",\"k%d\":\"\"", i);
	yr_buf_puts(&b, "}}");
	assert_int_equal(read_spec(b.data, b.len, YR_SPEC_CONFIG, NULL), 0);
	b.len -= 2;
	yr_buf_puts(&b, ",\"one\":\"more\"}}");
	err = (struct yr_err){ 0 };
	assert_int_equal(read_spec(b.data, b.len, YR_SPEC_CONFIG, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "more than 16384 keys"));
	yr_buf_done(&b);
}

static void cut_texts_are_refused_at_every_byte(void **state)
{
	static const char *const files[] = { "runc.json", "docker.json", "containerd.json" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		size_t len, whole;
		char *text = corpus(files[i], &len);

		for (whole = len; whole && text[whole - 1] != '}'; whole--)
			;
		for (size_t cut = 0; cut < whole; cut++) {
			struct yr_err err = { 0 };

			assert_int_equal(read_spec(text, cut, YR_SPEC_CONFIG, &err), -EINVAL);
			assert_true(err.msg[0] >= '1' && err.msg[0] <= '9');
		}
		free(text);
	}
}

/* --- the same with another profile ----------------------------------------------------- */

/* Only the profile may differ: jansson judges where it can, since it has no uint64. */
static void is_same_but_for_profile(const char *old, const char *new, bool alone,
				    const char *profile)
{
	json_t *a = json_loads(old, JSON_DECODE_INT_AS_REAL, NULL);
	json_t *b = json_loads(new, JSON_DECODE_INT_AS_REAL, NULL);

	assert_non_null(a);
	assert_non_null(b);
	json_object_set_new(alone ? a : json_object_get(a, "process"), "apparmorProfile",
			    *profile ? json_string(profile) : json_null());
	assert_true(json_equal(a, b));
	json_decref(a);
	json_decref(b);
}

static void set_profile(const char *text, enum yr_spec_kind kind, const char *profile,
			const char *wanted)
{
	struct yr_spec *s = good(text, kind), *again;
	struct yr_buf out = { 0 };

	assert_int_equal(yr_spec_with_profile(s, profile, &out, NULL), 0);
	if (wanted)
		assert_string_equal(out.data, wanted);
	is_same_but_for_profile(text, out.data, kind == YR_SPEC_PROCESS, profile);
	again = good(out.data, kind);
	if (*profile)
		assert_string_equal(again->profile, profile);
	else
		assert_null(again->profile);
	yr_spec_free(again);
	yr_spec_free(s);
	yr_buf_done(&out);
}

static void a_profile_is_put_into_every_layout(void **state)
{
	static const struct {
		const char *old, *new;
	} cases[] = {
		{ "{\"process\":{}}", "{\"process\":{\"apparmorProfile\":\"p\"}}" },
		{ "{\"process\": {\n\t}\n}", "{\"process\": {\"apparmorProfile\":\"p\"\n\t}\n}" },
		{ "{\"process\":{\"a\":1}}", "{\"process\":{\"apparmorProfile\":\"p\",\"a\":1}}" },
		{ "{\n  \"process\": {\n    \"a\": 1\n  }\n}\n",
		  "{\n  \"process\": {\n    \"apparmorProfile\": \"p\",\n    \"a\": 1\n  }\n}\n" },
		{ "{\"process\":{\"apparmorProfile\":null}}",
		  "{\"process\":{\"apparmorProfile\":\"p\"}}" },
		{ "{\"process\":{\"apparmorProfile\" : \"\" }}",
		  "{\"process\":{\"apparmorProfile\" : \"p\" }}" },
		{ "{\"process\":{\"a\":1,\"apparmorProfile\":\"a\\\"long\\u0065r\",\"b\":2}}",
		  "{\"process\":{\"a\":1,\"apparmorProfile\":\"p\",\"b\":2}}" },
		{ "{\"process\":{\"apparmor\\u0050rofile\":\n\"q\"\n}}",
		  "{\"process\":{\"apparmor\\u0050rofile\":\n\"p\"\n}}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		set_profile(cases[i].old, YR_SPEC_CONFIG, "p", cases[i].new);
	/* No "": crun asks the kernel for a profile of that name. */
	set_profile("{\"process\":{\"apparmorProfile\":\"q\"}}", YR_SPEC_CONFIG, "",
		    "{\"process\":{\"apparmorProfile\":null}}");
	set_profile("{}", YR_SPEC_PROCESS, "p", "{\"apparmorProfile\":\"p\"}");
	set_profile(" { \"x\":1}", YR_SPEC_PROCESS, "p", " { \"apparmorProfile\": \"p\", \"x\":1}");
}

static void any_profile_name_survives(void **state)
{
	static const char *const names[] = { "",
					     "unconfined",
					     "a b",
					     "a\"b\\c",
					     "a//&:ns:b//c",
					     "\xc3\xa9\xf0\x9f\x98\x80",
					     "localhost/<&>" };
	static const char *const files[] = { "runc.json", "docker.json", "containerd.json",
					     "privileged.json" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (size_t k = 0; k < sizeof(files) / sizeof(*files); k++) {
			size_t len;
			char *text = corpus(files[k], &len);

			set_profile(text, YR_SPEC_CONFIG, names[i], NULL);
			free(text);
		}
	}
}

static void numbers_and_layout_stay_to_the_byte(void **state)
{
	size_t len;
	char *text = corpus("docker.json", &len), *place = strstr(text, "docker-default");
	struct yr_spec *s = good(text, YR_SPEC_CONFIG);
	struct yr_buf out = { 0 };

	(void)state;
	assert_non_null(strstr(text, "18446744073709551615"));
	assert_int_equal(yr_spec_with_profile(s, "docker-DEFAULT", &out, NULL), 0);
	assert_int_equal(out.len, len);
	memcpy(place, "docker-DEFAULT", 14);
	assert_memory_equal(out.data, text, len);
	yr_spec_free(s);
	yr_buf_done(&out);
	free(text);
}

static void what_cannot_be_put_in_is_refused(void **state)
{
	struct yr_spec *s = good("{\"process\":{}}", YR_SPEC_CONFIG),
		       *none = good("{}", YR_SPEC_CONFIG);
	struct yr_buf out = { 0 };
	struct yr_err err = { 0 };
	char *large = malloc(5001);

	(void)state;
	assert_non_null(large);
	memset(large, 'a', 5000);
	large[5000] = '\0';
	assert_int_equal(yr_spec_with_profile(s, "a\nb", &out, NULL), -EINVAL);
	assert_int_equal(yr_spec_with_profile(s, "a\x7f", &out, NULL), -EINVAL);
	assert_int_equal(yr_spec_with_profile(s, "\xff", &out, NULL), -EINVAL);
	assert_int_equal(yr_spec_with_profile(s, large, &out, NULL), -EINVAL);
	assert_int_equal(yr_spec_with_profile(none, "p", &out, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no process"));
	assert_int_equal(out.len, 0);
	free(large);
	yr_spec_free(s);
	yr_spec_free(none);
}

static void what_hides_something_is_not_privileged(void **state)
{
	static const char caps[] =
		"\"CAP_SYS_ADMIN\",\"CAP_SYS_MODULE\",\"CAP_SYS_RAWIO\",\"CAP_MAC_ADMIN\"";
	static const struct {
		const char *caps, *linux_;
		bool privileged;
	} cases[] = {
		{ caps, "", true },
		{ caps, "\"maskedPaths\":[],\"readonlyPaths\":[],\"seccomp\":null", true },
		{ caps, "\"maskedPaths\":[\"/x\"]", false },
		{ caps, "\"readonlyPaths\":[\"/x\"]", false },
		{ caps, "\"seccomp\":{}", false },
		{ "\"CAP_SYS_ADMIN\"", "", false },
		{ "", "", false },
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct yr_spec *s;

		snprintf(text, sizeof(text),
			 "{\"process\":{\"capabilities\":{\"bounding\":[%s]}},\"linux\":{%s}}",
			 cases[i].caps, cases[i].linux_);
		s = good(text, YR_SPEC_CONFIG);
		assert_int_equal(s->privileged, cases[i].privileged);
		yr_spec_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_specifications_are_read),
		cmocka_unit_test(a_process_alone_is_read),
		cmocka_unit_test(annotations_are_unescaped_and_found),
		cmocka_unit_test(nothing_asked_is_no_profile),
		cmocka_unit_test(what_is_no_specification_is_refused),
		cmocka_unit_test(doubled_keys_are_refused_at_each_level),
		cmocka_unit_test(folded_keys_are_refused_at_each_level),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(size_and_members_are_bounded),
		cmocka_unit_test(cut_texts_are_refused_at_every_byte),
		cmocka_unit_test(a_profile_is_put_into_every_layout),
		cmocka_unit_test(any_profile_name_survives),
		cmocka_unit_test(numbers_and_layout_stay_to_the_byte),
		cmocka_unit_test(what_cannot_be_put_in_is_refused),
		cmocka_unit_test(what_hides_something_is_not_privileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
