/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on specifications: any bytes. jansson takes what we take, and gives the same strings;
 * with another profile in it, it is the same but for that, to us and to jansson.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "oci/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FLAGS (JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

static void same_text(const json_t *j, const char *text)
{
	const char *is = json_string_value(j);

	if (is && !*is)
		is = NULL;
	if (!is != !text || (is && strcmp(is, text) != 0))
		abort();
}

/* NULL where jansson cannot judge: numbers beyond a double, a NUL in a key that nobody looks at. */
static json_t *parse(const char *text, size_t len)
{
	json_error_t e;
	json_t *j = json_loadb(text, len, FLAGS, &e);

	if (!j && json_error_code(&e) != json_error_numeric_overflow &&
	    json_error_code(&e) != json_error_null_byte_in_key)
		abort();
	return j;
}

static json_t *process_of(json_t *top, enum yr_spec_kind kind)
{
	return kind == YR_SPEC_PROCESS ? top : json_object_get(top, "process");
}

static void is_as_jansson_reads(const struct yr_spec *s, json_t *top, enum yr_spec_kind kind)
{
	json_t *process = process_of(top, kind), *notes = json_object_get(top, "annotations");

	if (s->has_process != json_is_object(process))
		abort();
	same_text(json_object_get(process, "apparmorProfile"), s->profile);
	if (s->no_new_privs != json_is_true(json_object_get(process, "noNewPrivileges")))
		abort();
	if (kind == YR_SPEC_PROCESS)
		return;
	same_text(json_object_get(top, "hostname"), s->hostname);
	if (s->seccomp !=
		    json_is_object(json_object_get(json_object_get(top, "linux"), "seccomp")) ||
	    s->n_annotations != json_object_size(notes))
		abort();
	for (size_t i = 0; i < s->n_annotations; i++) {
		const struct yr_spec_note *n = &s->annotations[i];
		const char *value = json_string_value(json_object_get(notes, n->key));

		if (!value || strcmp(value, n->value) != 0 ||
		    yr_spec_annotation(s, n->key) != n->value)
			abort();
	}
}

static void with_profile(const struct yr_spec *s, json_t *top, enum yr_spec_kind kind,
			 const char *profile)
{
	AUTO_BUF struct yr_buf out = { 0 };
	AUTO_SPEC struct yr_spec *again = NULL;
	int r = yr_spec_with_profile(s, profile, &out, NULL);
	json_t *j;

	if (!s->has_process) {
		if (r >= 0)
			abort();
		return;
	}
	if (r < 0 || yr_spec_read(out.data, out.len, kind, &again, NULL) < 0 ||
	    strcmp(again->profile ? again->profile : "", profile) != 0 ||
	    again->privileged != s->privileged || again->n_annotations != s->n_annotations)
		abort();
	if (!top)
		return;
	j = parse(out.data, out.len);
	if (!j)
		abort();
	json_object_set_new(process_of(top, kind), "apparmorProfile",
			    *profile ? json_string(profile) : json_null());
	if (!json_equal(j, top))
		abort();
	json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const profiles[] = { "", "unconfined", "a \"b\"\\//&:n:c" };
	/* A copy of the right size: reading past its end shows. */
	char *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	for (int kind = YR_SPEC_CONFIG; kind <= YR_SPEC_PROCESS; kind++) {
		struct yr_err err = { 0 };
		struct yr_spec *s = NULL;
		json_t *top;

		if (yr_spec_read(copy, size, kind, &s, &err) < 0) {
			if (s || !err.code || err.msg[0] < '1' || err.msg[0] > '9')
				abort();
			continue;
		}
		top = parse(copy, size);
		if (top)
			is_as_jansson_reads(s, top, kind);
		for (size_t i = 0; i < ARRAY_LEN(profiles); i++)
			with_profile(s, top, kind, profiles[i]);
		json_decref(top);
		yr_spec_free(s);
	}
	free(copy);
	return 0;
}
