/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

FILE *same_differ(struct comparison *c, const char *where)
{
	FILE *out = c->o->out;

	c->n++;
	if (c->ns)
		fprintf(out, "profile ':%s:%s': %s: ", c->ns, c->name, where);
	else
		fprintf(out, "profile '%s': %s: ", c->name, where);
	return out;
}

void same_differ_number(struct comparison *c, const char *where, uint64_t a, uint64_t b)
{
	if (a != b)
		fprintf(same_differ(c, where), "%#llx, %#llx\n", (unsigned long long)a,
			(unsigned long long)b);
}

bool same_text_differs(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

void same_differ_text(struct comparison *c, const char *where, const char *a, const char *b)
{
	if (same_text_differs(a, b))
		fprintf(same_differ(c, where), "%s, %s\n", a ? a : "(none)", b ? b : "(none)");
}

static void differ_caps(struct comparison *c, const char *where, uint64_t a, uint64_t b)
{
	FILE *out;

	if (a == b)
		return;
	out = same_differ(c, where);
	fputs("only the first has ", out);
	same_print_caps(out, a & ~b);
	fputs(", only the second ", out);
	same_print_caps(out, b & ~a);
	fputc('\n', out);
}

static void compare_texts(struct comparison *c, const char *where, char **a, uint32_t n_a, char **b,
			  uint32_t n_b)
{
	if (n_a != n_b)
		fprintf(same_differ(c, where), "%u, %u of them\n", n_a, n_b);
	for (uint32_t i = 0; i < n_a && i < n_b; i++)
		same_differ_text(c, where, a[i], b[i]);
}

/*
 * Everything but automata. What the kernel makes of a word counts, not the word: a mode by the
 * force bit of the version is a mode, absent path flags are their default.
 */
static void compare_words(struct comparison *c, const struct yr_image_profile *a,
			  const struct yr_image_profile *b)
{
	/* An audit bit of what is refused, and a quiet bit of what is allowed, say nothing. */
	uint64_t all = c->o->exact ? UINT64_MAX : 0;

	same_differ_text(c, "mode", same_mode(a), same_mode(b));
	same_differ_number(c, "flags", a->flags & (YR_PF_HAT | YR_PF_DEBUG),
			   b->flags & (YR_PF_HAT | YR_PF_DEBUG));
	same_differ_number(c, "audit everything", !!a->audit, !!b->audit);
	same_differ_number(c, "path flags", a->path_flags, b->path_flags);
	same_differ_number(c, "kill signal", a->kill_signal, b->kill_signal);
	same_differ_number(c, "error", a->error, b->error);
	same_differ_text(c, "rename", a->rename, b->rename);
	same_differ_text(c, "attach", a->attach, b->attach);
	same_differ_text(c, "disconnected path", a->disconnected, b->disconnected);
	same_differ_text(c, "disconnected ipc path", a->disconnected_ipc, b->disconnected_ipc);
	differ_caps(c, "capabilities allowed", a->caps_allow, b->caps_allow);
	differ_caps(c, "capabilities audited", a->caps_audit & (a->caps_allow | all),
		    b->caps_audit & (b->caps_allow | all));
	differ_caps(c, "capabilities quiet", a->caps_quiet & (~a->caps_allow | all),
		    b->caps_quiet & (~b->caps_allow | all));
	differ_caps(c, "capabilities extended", a->caps_extended, b->caps_extended);
	compare_texts(c, "xattr", a->xattrs, a->n_xattrs, b->xattrs, b->n_xattrs);
	compare_texts(c, "identity", a->identities, a->n_identities, b->identities,
		      b->n_identities);
}

static void compare_rlimits(struct comparison *c, const struct yr_rlimits *a,
			    const struct yr_rlimits *b)
{
	char where[32];

	same_differ_number(c, "rlimits set", a->mask, b->mask);
	for (unsigned i = 0; i < ARRAY_LEN(a->value); i++) {
		snprintf(where, sizeof(where), "rlimit %u", i);
		if (a->mask & b->mask & 1u << i)
			same_differ_number(c, where, a->value[i], b->value[i]);
	}
}

static void compare_rarities(struct comparison *c, const struct yr_image_profile *a,
			     const struct yr_image_profile *b)
{
	static const uint16_t none[3];

	if (a->n_secmarks != b->n_secmarks)
		same_differ_number(c, "security marks", a->n_secmarks, b->n_secmarks);
	for (uint32_t i = 0; i < a->n_secmarks && i < b->n_secmarks; i++) {
		same_differ_number(c, "security mark audit", a->secmarks[i].audit,
				   b->secmarks[i].audit);
		same_differ_number(c, "security mark deny", a->secmarks[i].deny,
				   b->secmarks[i].deny);
		same_differ_text(c, "security mark", a->secmarks[i].label, b->secmarks[i].label);
	}
	for (uint32_t i = 0; i < a->n_net_allowed || i < b->n_net_allowed; i++) {
		const uint16_t *x = i < a->n_net_allowed ? a->net_allowed[i] : none;
		const uint16_t *y = i < b->n_net_allowed ? b->net_allowed[i] : none;

		same_differ_number(c, "net_allowed_af", x[0], y[0]);
		same_differ_number(c, "net_allowed_af audit", x[1], y[1]);
		same_differ_number(c, "net_allowed_af quiet", x[2], y[2]);
	}
	if (a->n_data != b->n_data)
		same_differ_number(c, "data", a->n_data, b->n_data);
	for (uint32_t i = 0; i < a->n_data && i < b->n_data; i++)
		if (strcmp(a->data[i].key, b->data[i].key) || a->data[i].len != b->data[i].len ||
		    (a->data[i].len && memcmp(a->data[i].at, b->data[i].at, a->data[i].len)))
			fprintf(same_differ(c, "data"), "'%s', '%s'\n", a->data[i].key,
				b->data[i].key);
}

void same_compare_head(struct comparison *c, const struct yr_image_profile *a,
		       const struct yr_image_profile *b)
{
	compare_words(c, a, b);
	compare_rlimits(c, &a->rlimits, &b->rlimits);
	compare_rarities(c, a, b);
}
