/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include <errno.h>

static int compare_profile(struct comparison *c, const struct yr_image_profile *a,
			   const struct yr_image_profile *b)
{
	same_compare_head(c, a, b);
	return same_compare_automata(c, a, b);
}

static int by_name(const void *x, const void *y)
{
	const struct yr_image_profile *a = *(struct yr_image_profile *const *)x;
	const struct yr_image_profile *b = *(struct yr_image_profile *const *)y;
	int d = strcmp(a->ns ? a->ns : "", b->ns ? b->ns : "");

	if (!d)
		d = strcmp(a->name, b->name);
	/* The same name twice: as they came, which is their order in the array. */
	return d ? d : (a > b) - (a < b);
}

static const struct yr_image_profile **sorted(const struct yr_image *i)
{
	const struct yr_image_profile **p = calloc(i->n + 1, sizeof(*p));

	for (size_t k = 0; p && k < i->n; k++)
		p[k] = &i->profiles[k];
	if (p && i->n)
		qsort(p, i->n, sizeof(*p), by_name);
	return p;
}

static bool wanted(const struct same_options *o, const struct yr_image_profile *p)
{
	size_t ns = p->ns ? strlen(p->ns) : 0;
	const char *w = o->profile;

	if (!w)
		return true;
	if (ns) {
		if (*w != ':' || strncmp(w + 1, p->ns, ns) || w[1 + ns] != ':')
			return false;
		w += ns + 2;
	}
	return !strcmp(w, p->name);
}

int same_compare(const struct yr_image *a, const struct yr_image *b, const struct same_options *o,
		 size_t *ret_n, struct yr_err *err)
{
	AUTO_FREE const struct yr_image_profile **x = sorted(a);
	AUTO_FREE const struct yr_image_profile **y = sorted(b);
	struct comparison c = { .o = o, .err = err };
	size_t i = 0, k = 0, seen = 0;
	int r = 0;

	if (!x || !y)
		return yr_err_set(err, ENOMEM, "out of memory");
	while (!r && (x[i] || y[k])) {
		int d = !x[i] ? 1 : !y[k] ? -1 : 0;
		const struct yr_image_profile *p;

		if (!d) {
			d = strcmp(x[i]->ns ? x[i]->ns : "", y[k]->ns ? y[k]->ns : "");
			d = d ? d : strcmp(x[i]->name, y[k]->name);
		}
		p = d <= 0 ? x[i] : y[k];
		c.ns = p->ns;
		c.name = p->name;
		if (wanted(o, p)) {
			seen++;
			if (d)
				fprintf(same_differ(&c, "profile"), "in the %s image alone\n",
					d < 0 ? "first" : "second");
			else
				r = compare_profile(&c, x[i], y[k]);
		}
		i += d <= 0;
		k += d >= 0;
	}
	if (!r && o->profile && !seen)
		return yr_err_set(err, ENOENT, "neither image has a profile '%s'", o->profile);
	*ret_n = c.n;
	return r;
}
