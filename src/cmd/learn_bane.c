/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles from bane's descriptions. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "author/bane.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/learn.h"

/* What became of it. */
struct made {
	struct yr_bane b;
	struct yr_buf text; /* empty: nothing */
	size_t rules;
	const char *written; /* NULL: nowhere */
};

static int read_and_make(const struct yr_learn_bane *x, struct yr_arena *arena,
			 struct yr_diags *diags, struct made *m)
{
	const char *path = strcmp(x->path, "-") ? x->path : NULL;
	AUTO_FREE char *text = NULL;
	struct yr_err err = { 0 };
	size_t len;
	int r = yr_read_all(path, YR_LIMIT_BANE_BYTES, &text, &len, &err);

	if (!r)
		r = yr_bane_read(arena, path ? path : "(standard input)",
				 (struct yr_str){ text, len }, diags, &m->b, &err);
	if (!r)
		r = yr_bane_make(&m->b, x->policy, x->allow_list, diags, &m->text, &m->rules, &err);
	if (r < 0 && r != -EBADMSG)
		yr_say("%s", err.code ? err.msg : "out of memory");
	return !r                                            ? YR_EXIT_OK
	       : r == -EBADMSG || r == -E2BIG || r == -EFBIG ? YR_EXIT_POLICY
							     : YR_EXIT_SYSTEM;
}

static void report(const struct yr_learn_bane *x, const struct made *m, unsigned warnings)
{
	bool file = x->out && strcmp(x->out, "-");
	FILE *f = file ? stdout : stderr;

	if (!m->written) {
		fputs("nothing was written\n", stderr);
		return;
	}
	fprintf(f, "profile %s: %zu rules beside its abstractions; ", m->b.name, m->rules);
	fputs(x->allow_list ? "what they do not allow is denied\n" : "they mean what bane's mean\n",
	      f);
	if (warnings)
		fprintf(f, "%u warning%s above\n", warnings, warnings == 1 ? "" : "s");
	if (!file)
		return;
	fputs("written to ", f);
	yr_put(f, x->out);
	fputs("\nnext: read it, then 'yoroi load ", f);
	yr_put(f, x->out);
	fprintf(f, "'; 'docker run --security-opt apparmor=%s' takes it", m->b.name);
	fputs(x->allow_list ? ", and 'yoroi explain' tells what it refuses\n" : "\n", f);
}

static int print_json(const struct yr_diags *diags, const struct made *m)
{
	json_t *all =
		json_pack("{s:o, s:o, s:o, s:o}", "profile", yr_json_text(m->b.name), "text",
			  m->text.len ? yr_json_bytes(m->text.data, m->text.len) : json_null(),
			  "written", yr_json_text(m->written), "findings", yr_diags_json(diags));

	return yr_json_print(all, 2);
}

int yr_learn_bane(const struct yr_learn_bane *x)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_settings_diags(x->settings);
	struct made m = { .rules = 0 };
	struct yr_err err = { 0 };
	int status;

	if (!diags) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	status = read_and_make(x, &arena, diags, &m);
	if (!x->json)
		yr_diags_show(diags, x->settings->quiet);
	/* With --json and no file the text is in the object. */
	if (status == YR_EXIT_OK && (x->out || !x->json)) {
		m.written = x->out ? x->out : "-";
		if (yr_write_file(m.written, m.text.data, m.text.len, &err) < 0) {
			yr_say("%s", err.msg);
			m.written = NULL;
			status = YR_EXIT_SYSTEM;
		}
	}
	if (x->json)
		status = yr_worse(status, print_json(diags, &m));
	else
		report(x, &m, x->settings->quiet ? 0 : yr_diags_warnings(diags));
	yr_buf_done(&m.text);
	yr_diags_free(diags);
	return status;
}
