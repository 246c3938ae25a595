/* SPDX-License-Identifier: Apache-2.0 */
/* What particular kernels will not enforce: compile for each, and tell alike findings once. */
#include <errno.h>
#include <stdlib.h>

#include "base/diag.h"
#include "verdict/lint.h"

/* A gap, and by which kernels; the words before "for" are alike for all of them. */
struct gap {
	const struct yr_diag *first;
	struct yr_buf kernels;
};

struct gaps {
	struct gap *at;
	size_t n;
};

static bool is_gap(const struct yr_diag *d)
{
	return d->severity == YR_ERROR ||
	       (d->severity == YR_WARNING &&
		(!strcmp(d->name, "rule-not-enforced") || !strcmp(d->name, "rule-downgraded")));
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool is_same(const struct yr_diag *a, const struct yr_diag *b)
{
	return a->severity == b->severity && a->line == b->line && a->col == b->col &&
	       same_text(a->file, b->file) && same_text(a->text, b->text) &&
	       !strcmp(a->name, b->name);
}

static int note(struct gaps *g, const struct yr_diag *d, const char *kernel)
{
	struct gap *more;
	size_t i = 0;

	while (i < g->n && !is_same(g->at[i].first, d))
		i++;
	if (i == g->n) {
		more = realloc(g->at, (g->n + 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		g->at = more;
		g->at[g->n++] = (struct gap){ .first = d };
	}
	yr_buf_printf(&g->at[i].kernels, "%s%s", g->at[i].kernels.len ? ", " : "", kernel);
	return g->at[i].kernels.failed ? -ENOMEM : 0;
}

static int ask_kernel(struct yr_lint *l, const struct yr_lint_kernel *k, struct yr_diags *found,
		      struct gaps *g)
{
	struct yr_policy_options opt = l->opt->policy;
	struct yr_policy *policy = NULL;
	int r;

	opt.kernel = k->features;
	opt.override_abi = NULL; /* what the policy says of itself is half of the answer */
	opt.per_rule = false;
	r = yr_policy_compile(l->unit, &opt, found, &policy, l->err);
	yr_policy_free(policy);
	for (size_t i = 0; !r && i < yr_diags_count(found); i++)
		if (is_gap(yr_diags_get(found, i)))
			r = note(g, yr_diags_get(found, i), k->name);
	return r;
}

static void say(struct yr_diags *diags, const struct yr_diag *d, const char *fmt, ...)
{
	/* A long line that was cut would be cut again at another place. */
	struct yr_str line = d->source_col == d->col ? yr_str_of(d->source) : (struct yr_str){ 0 };
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(diags, d->severity, d->file, d->line, d->col, d->len, line, d->name, fmt, ap);
	va_end(ap);
}

int yr_lint_gaps(struct yr_lint *l)
{
	size_t n = l->opt->n_kernels;
	AUTO_FREE struct yr_diags **found = calloc(n + 1, sizeof(struct yr_diags *));
	struct gaps g = { 0 };
	int r = found ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !r; i++) {
		found[i] = yr_diags_new();
		r = found[i] ? ask_kernel(l, &l->opt->kernels[i], found[i], &g) : -ENOMEM;
	}
	for (size_t i = 0; i < g.n && !r; i++)
		say(l->diags, g.at[i].first, "for %s: %s", g.at[i].kernels.data,
		    g.at[i].first->text);
	for (size_t i = 0; i < g.n; i++)
		yr_buf_done(&g.at[i].kernels);
	free(g.at);
	for (size_t i = 0; found && i < n; i++)
		yr_diags_free(found[i]);
	return r == -ENOMEM ? yr_err_set(l->err, ENOMEM, "out of memory") : r;
}
