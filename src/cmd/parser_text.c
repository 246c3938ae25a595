/* SPDX-License-Identifier: Apache-2.0 */
/* apparmor_parser --preprocess: the text that a file and its includes come to. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/parser.h"
#include "lang/lang.h"

static struct yr_lang_options options(const struct yr_parser *p, struct yr_buf *inlined)
{
	return (struct yr_lang_options){
		.include_dirs = p->settings.include_dirs,
		.fallback_dir = p->settings.fallback_dir,
		.relative_dir = p->base,
		.inlined = inlined,
	};
}

/* The text of one input goes to @out; the exit status comes back. */
static int read_one(const struct yr_parser *p, const struct yr_inputs *in, const char *path,
		    struct yr_diags *diags, struct yr_buf *out)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	const struct yr_lang_options opt = options(p, out);
	const struct yr_str text = { in->text, in->text_len };
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	int r = path ? yr_lang_read_file(&arena, path, &opt, diags, &unit, &err)
		     : yr_lang_read_text(&arena, "stdin", text, &opt, diags, &unit, &err);

	yr_diags_show(diags, p->quiet);
	if (!r && out->failed)
		r = yr_err_set(&err, EFBIG, "'%s' and its includes are too large",
			       path ? path : "stdin");
	if (r < 0)
		yr_say("%s", err.msg);
	/* As upstream: the errno of a file that is not there or not for us, otherwise 1. */
	return r == -ENOENT || r == -EACCES ? -r : r < 0 || yr_diags_errors(diags) ? 1 : 0;
}

int yr_parser_preprocess(const struct yr_parser *p, const struct yr_inputs *in)
{
	int status = 0;

	for (size_t i = 0; i < in->n; i++) {
		/* Every byte of an include is written once, and a little about it. */
		AUTO_BUF struct yr_buf out = { .limit = 2 * YR_LIMIT_TOTAL_SOURCE_BYTES };
		struct yr_diags *diags = yr_settings_diags(&p->settings);
		int one;

		if (!diags) {
			yr_say("out of memory");
			return 1;
		}
		one = read_one(p, in, in->paths[i], diags, &out);
		yr_diags_free(diags);
		if (!one && out.len)
			fwrite(out.data, 1, out.len, stdout);
		else if (one)
			status = one;
		if (one && p->abort_on_error)
			break;
	}
	return status;
}
