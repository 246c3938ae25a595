/* SPDX-License-Identifier: Apache-2.0 */
#include "same.h"

#include <errno.h>

struct comparison {
	const struct same_options *o;
	const char *ns, *name; /* of the profiles at hand */
	size_t n;
	struct yr_err *err;
};

/* Begin a line about a difference; the caller ends it. */
static FILE *differ(struct comparison *c, const char *where)
{
	FILE *out = c->o->out;

	c->n++;
	if (c->ns)
		fprintf(out, "profile ':%s:%s': %s: ", c->ns, c->name, where);
	else
		fprintf(out, "profile '%s': %s: ", c->name, where);
	return out;
}

static void differ_number(struct comparison *c, const char *where, uint64_t a, uint64_t b)
{
	if (a != b)
		fprintf(differ(c, where), "%#llx, %#llx\n", (unsigned long long)a,
			(unsigned long long)b);
}

static bool text_differs(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

static void differ_text(struct comparison *c, const char *where, const char *a, const char *b)
{
	if (text_differs(a, b))
		fprintf(differ(c, where), "%s, %s\n", a ? a : "(none)", b ? b : "(none)");
}

static void differ_caps(struct comparison *c, const char *where, uint64_t a, uint64_t b)
{
	FILE *out;

	if (a == b)
		return;
	out = differ(c, where);
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
		fprintf(differ(c, where), "%u, %u of them\n", n_a, n_b);
	for (uint32_t i = 0; i < n_a && i < n_b; i++)
		differ_text(c, where, a[i], b[i]);
}

/*
 * Everything but automata. What the kernel makes of a word counts, not the word: a mode by the
 * force bit of the version is a mode, absent path flags are their default.
 */
static void compare_head(struct comparison *c, const struct yr_image_profile *a,
			 const struct yr_image_profile *b)
{
	/* An audit bit of what is refused, and a quiet bit of what is allowed, say nothing. */
	uint64_t all = c->o->exact ? UINT64_MAX : 0;

	differ_text(c, "mode", same_mode(a), same_mode(b));
	differ_number(c, "flags", a->flags & (YR_PF_HAT | YR_PF_DEBUG),
		      b->flags & (YR_PF_HAT | YR_PF_DEBUG));
	differ_number(c, "audit everything", !!a->audit, !!b->audit);
	differ_number(c, "path flags", a->path_flags, b->path_flags);
	differ_number(c, "kill signal", a->kill_signal, b->kill_signal);
	differ_number(c, "error", a->error, b->error);
	differ_text(c, "rename", a->rename, b->rename);
	differ_text(c, "attach", a->attach, b->attach);
	differ_text(c, "disconnected path", a->disconnected, b->disconnected);
	differ_text(c, "disconnected ipc path", a->disconnected_ipc, b->disconnected_ipc);
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

	differ_number(c, "rlimits set", a->mask, b->mask);
	for (unsigned i = 0; i < ARRAY_LEN(a->value); i++) {
		snprintf(where, sizeof(where), "rlimit %u", i);
		if (a->mask & b->mask & 1u << i)
			differ_number(c, where, a->value[i], b->value[i]);
	}
}

static void compare_rarities(struct comparison *c, const struct yr_image_profile *a,
			     const struct yr_image_profile *b)
{
	static const uint16_t none[3];

	if (a->n_secmarks != b->n_secmarks)
		differ_number(c, "security marks", a->n_secmarks, b->n_secmarks);
	for (uint32_t i = 0; i < a->n_secmarks && i < b->n_secmarks; i++) {
		differ_number(c, "security mark audit", a->secmarks[i].audit, b->secmarks[i].audit);
		differ_number(c, "security mark deny", a->secmarks[i].deny, b->secmarks[i].deny);
		differ_text(c, "security mark", a->secmarks[i].label, b->secmarks[i].label);
	}
	for (uint32_t i = 0; i < a->n_net_allowed || i < b->n_net_allowed; i++) {
		const uint16_t *x = i < a->n_net_allowed ? a->net_allowed[i] : none;
		const uint16_t *y = i < b->n_net_allowed ? b->net_allowed[i] : none;

		differ_number(c, "net_allowed_af", x[0], y[0]);
		differ_number(c, "net_allowed_af audit", x[1], y[1]);
		differ_number(c, "net_allowed_af quiet", x[2], y[2]);
	}
	if (a->n_data != b->n_data)
		differ_number(c, "data", a->n_data, b->n_data);
	for (uint32_t i = 0; i < a->n_data && i < b->n_data; i++)
		if (strcmp(a->data[i].key, b->data[i].key) || a->data[i].len != b->data[i].len ||
		    (a->data[i].len && memcmp(a->data[i].at, b->data[i].at, a->data[i].len)))
			fprintf(differ(c, "data"), "'%s', '%s'\n", a->data[i].key, b->data[i].key);
}

/* Classes of struct walk beside those of the policydb. */
enum { CLASS_FILES = -1, CLASS_ATTACHMENT = -2 };

/* Permissions of one state for one owner, without what the kernel does not look at. */
struct seen {
	struct yr_kperms p;
	const char *target; /* of exec; NULL: none */
};

#define MODE_UNCONFINED 3u
#define KP_EXEC 0x1u
#define KP_WRITE 0x2u
#define KP_READ 0x4u
#define KP_OPEN 0x40u
#define KP_LOCK 0x8000u
#define KP_ONEXEC 0x20000000u

static bool is_network(int class)
{
	return class == YR_CLASS_NET_V7 || class == YR_CLASS_NET_V8 || class == YR_CLASS_NET_V9 ||
	       class == YR_CLASS_NET_V9_SKB;
}

/*
 * What the kernel looks at, by its sources from 6.1 to 7.x:
 * - The attachment: exec alone (aa_xattrs_match(), find_attach() in domain.c).
 * - audit is read once everything asked for is allowed, quiet once something is refused
 *   and then of the refused bits alone (aa_audit_file() in file.c, aa_check_perms() in
 *   lib.c). So audit of a bit that is not allowed, and quiet of one that is, are not seen. Not
 *   so for dbus: its daemon reads all words through securityfs.
 * - xindex is read where exec is allowed (profile_transition()), and of it nothing but
 *   "unsafe" where onexec is (profile_onexec()).
 * - lock in the policydb is what the expansion of packed forms up to version 8 gives to
 *   every state but 0. Only sockets are ever asked for it (aa_sock_file_perm()), so elsewhere a
 *   state from which nothing can come of is the same as state 0.
 */
static struct seen normal(const struct yr_image_pdb *d, uint32_t index, int class, bool exact)
{
	struct seen s = { .p = d->perms[index] };

	if (class == CLASS_ATTACHMENT)
		return (struct seen){ .p.allow = s.p.allow & KP_EXEC };
	if (!exact) {
		if (class != YR_CLASS_DBUS) {
			s.p.audit &= s.p.allow;
			s.p.quiet &= ~s.p.allow;
		}
		/*
		 * The packed form has no bit of its own for open: it comes with read and with
		 * write, and of an audited write that is refused nothing is left.
		 */
		if (class == CLASS_FILES && !(s.p.audit & (KP_READ | KP_WRITE)))
			s.p.audit &= ~KP_OPEN;
		if (class == CLASS_FILES && !(s.p.allow & KP_EXEC))
			s.p.xindex &= s.p.allow & KP_ONEXEC ? YR_XI_UNSAFE : 0;
		if (class >= 0 && !is_network(class))
			s.p.allow &= ~KP_LOCK;
	}
	if (class != CLASS_FILES)
		s.p.xindex = 0;
	if ((s.p.xindex & (YR_XI_TABLE | YR_XI_NAME)) == YR_XI_TABLE) {
		/* Names count, not where in the table they stand. */
		s.target = d->targets[s.p.xindex & YR_XI_INDEX];
		s.p.xindex &= ~YR_XI_INDEX;
	}
	return s;
}

static bool seen_alike(const struct seen *a, const struct seen *b)
{
	return !memcmp(&a->p, &b->p, sizeof(a->p)) && !text_differs(a->target, b->target);
}

static void print_word(FILE *out, const char *word, int class, uint32_t bits)
{
	if (!bits)
		return;
	fprintf(out, " %s ", word);
	same_print_bits(out, class, bits);
}

static void print_seen(FILE *out, int class, const struct seen *s)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} exec[] = {
		{ YR_XI_UNSAFE, "unsafe" },   { YR_XI_NAME, "by path" },
		{ YR_XI_CHILD, "child" },     { YR_XI_TABLE, "named" },
		{ YR_XI_INHERIT, "inherit" }, { YR_XI_UNCONFINED, "unconfined" },
	};
	const char *between = " exec ";

	fputs("allow ", out);
	same_print_bits(out, class, s->p.allow);
	print_word(out, "deny", class, s->p.deny);
	print_word(out, "audit", class, s->p.audit);
	print_word(out, "quiet", class, s->p.quiet);
	print_word(out, "subtree", class, s->p.subtree);
	print_word(out, "cond", class, s->p.cond);
	print_word(out, "kill", class, s->p.kill);
	print_word(out, "complain", class, s->p.complain);
	print_word(out, "prompt", class, s->p.prompt);
	print_word(out, "hide", class, s->p.hide);
	if (s->p.tag || s->p.label)
		fprintf(out, " tag %u label %u", s->p.tag, s->p.label);
	for (size_t i = 0; i < ARRAY_LEN(exec); i++)
		if (s->p.xindex & exec[i].bit) {
			fprintf(out, "%s%s", between, exec[i].word);
			between = ",";
		}
	fprintf(out, "%s%s\n", s->target ? " -> " : "", s->target ? s->target : "");
}

/* Two automata, side by side. */
struct walk {
	struct comparison *c;
	const char *where;
	int class;
	const struct yr_image_pdb *a, *b;
	bool skip_empty; /* the pair of starts stands for the empty input alone */
	unsigned shown;
};

/* The input that led here, with the class byte of the policydb in front. */
static int print_witness(const struct walk *w, const struct yr_product *p)
{
	size_t n, front = w->class >= 0;
	AUTO_FREE uint16_t *input = yr_product_input(p, &n);
	AUTO_FREE uint16_t *whole = calloc(n + 1, sizeof(*whole));

	if (!input || !whole)
		return yr_err_set(w->c->err, ENOMEM, "out of memory");
	if (front)
		whole[0] = (uint16_t)w->class;
	memcpy(whole + front, input, n * sizeof(*input));
	same_print_bytes(differ(w->c, w->where), whole, n + front);
	return 0;
}

static int visit_half(struct walk *w, const struct yr_product *p, const char *who, uint32_t a,
		      uint32_t b)
{
	bool exact = w->c->o->exact;
	struct seen x = normal(w->a, a, w->class, exact), y = normal(w->b, b, w->class, exact);
	FILE *out = w->c->o->out;
	int r;

	if (seen_alike(&x, &y))
		return 0;
	r = print_witness(w, p);
	if (r)
		return r;
	fprintf(out, "%s\n    first:  ", who);
	print_seen(out, w->class, &x);
	fputs("    second: ", out);
	print_seen(out, w->class, &y);
	return 1;
}

/* Stops with 1 when enough was shown. */
static int visit(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b)
{
	struct walk *w = ctx;
	bool owners = w->class == CLASS_FILES;
	int r;

	/* No path and no profile's name is empty. */
	if (w->skip_empty && a == w->a->start && b == w->b->start)
		return 0;
	r = visit_half(w, p, owners ? " by its owner" : "", w->a->owner[a], w->b->owner[b]);

	if (r < 0)
		return r;
	/* One line says it for both, unless only the others' half differs. */
	if (!r && owners)
		r = visit_half(w, p, " by others", w->a->other[a], w->b->other[b]);
	if (r < 0)
		return r;
	w->shown += (unsigned)r;
	if (w->c->o->max && w->shown >= w->c->o->max) {
		fprintf(w->c->o->out, "    (there may be more here)\n");
		return 1;
	}
	return 0;
}

static void cleanup_dfa(struct yr_dfa **d)
{
	yr_dfa_free(*d);
}

#define AUTO_DFA YR_CLEANUP(cleanup_dfa)

static int walk_from(struct walk *w, const struct yr_dfa *a, uint32_t start_a,
		     const struct yr_dfa *b, uint32_t start_b)
{
	int r = yr_product_walk(a, start_a, b, start_b, visit, w, w->c->err);

	return r < 0 ? r : 0;
}

static int unpack_both(struct comparison *c, const struct yr_image_pdb *a,
		       const struct yr_image_pdb *b, struct yr_dfa **ret_a, struct yr_dfa **ret_b)
{
	int r = yr_tables_unpack(a->tables, ret_a, c->err);

	return r ? r : yr_tables_unpack(b->tables, ret_b, c->err);
}

/* Whether some input that is not empty leads to the start. */
static bool comes_back(const struct yr_dfa *d, uint32_t start)
{
	for (uint32_t s = 0; s < d->states; s++)
		if (d->def[s] == start)
			return true;
	for (uint32_t i = 0; i < d->first[d->states]; i++)
		if (d->edges[i].to == start)
			return true;
	return false;
}

static int compare_whole(struct comparison *c, const char *where, int class,
			 const struct yr_image_pdb *a, const struct yr_image_pdb *b)
{
	AUTO_DFA struct yr_dfa *x = NULL;
	AUTO_DFA struct yr_dfa *y = NULL;
	struct walk w = { c, where, class, a, b, false, 0 };
	int r = unpack_both(c, a, b, &x, &y);

	if (r)
		return r;
	w.skip_empty = !c->o->exact && class == CLASS_FILES &&
		       !(comes_back(x, a->start) && comes_back(y, b->start));
	return walk_from(&w, x, a->start, y, b->start);
}

static void differ_mediated(struct comparison *c, const char *where, bool a)
{
	fprintf(differ(c, where), "mediated by the %s image alone\n", a ? "first" : "second");
}

/*
 * Unix sockets have a marker of their own behind class and family: the kernel takes state 0
 * there for "not mediated in detail".
 */
static void compare_families(struct comparison *c, const struct walk *w, const char *where,
			     uint32_t a, uint32_t b)
{
	char at[64];

	for (unsigned family = 0; family < 256; family++) {
		char bytes[2] = { 0, (char)family };
		struct yr_str s = { bytes, 2 };
		bool x = a && yr_tables_run(w->a->tables, a, s);
		bool y = b && yr_tables_run(w->b->tables, b, s);

		if (x == y)
			continue;
		snprintf(at, sizeof(at), "%s, family %u", where, family);
		differ_mediated(c, at, x);
	}
}

/* The kernel begins at the class byte, so that each class is an automaton of its own. */
static int compare_classes(struct comparison *c, const struct yr_image_pdb *a,
			   const struct yr_image_pdb *b)
{
	AUTO_DFA struct yr_dfa *x = NULL;
	AUTO_DFA struct yr_dfa *y = NULL;
	int r = unpack_both(c, a, b, &x, &y);

	for (int class = 0; !r && class < 256; class ++) {
		uint32_t from_a = yr_tables_step(a->tables, a->start, (unsigned char)class);
		uint32_t from_b = yr_tables_step(b->tables, b->start, (unsigned char)class);
		char buf[16];
		const char *where = same_class((unsigned)class, buf);
		struct walk w = { c, where, class, a, b, false, 0 };

		if (!from_a && !from_b)
			continue;
		/* Then rules of one side alone are told as well: the walk shows them. */
		if (!from_a != !from_b)
			differ_mediated(c, where, from_a);
		else if (is_network(class))
			compare_families(c, &w, where, from_a, from_b);
		r = walk_from(&w, x, from_a, y, from_b);
	}
	return r;
}

/*
 * What stands for an absent automaton, as in the kernel: one that matches nothing. Without file
 * rules anybody may still stat what he can name, as in every state of a packed automaton.
 */
static int make_absent(struct yr_image_pdb *d, struct yr_kperms *perms, uint32_t allow,
		       struct comparison *c)
{
	static uint32_t zeros[2];

	*perms = (struct yr_kperms){ .allow = allow };
	*d = (struct yr_image_pdb){
		.start = 1, .perms = perms, .n_perms = 1, .owner = zeros, .other = zeros
	};
	d->tables = yr_tables_new(2, 256);
	return d->tables ? 0 : yr_err_set(c->err, ENOMEM, "out of memory");
}

static int compare_automata(struct comparison *c, const struct yr_image_profile *a,
			    const struct yr_image_profile *b)
{
	struct yr_kperms stat, none;
	struct yr_image_pdb no_file = { 0 }, no_policydb = { 0 };
	int r = make_absent(&no_file, &stat, 0x200, c);

	if (!r)
		r = make_absent(&no_policydb, &none, 0, c);
	if (!r && a->has_xmatch && b->has_xmatch) {
		/*
		 * 3.0 writes the length of the literal beginning, 5.0 that of a shortest match;
		 * the kernel takes it for a hint where two attachments match equally long.
		 */
		if (c->o->exact)
			differ_number(c, "shortest attachment", a->xmatch_len, b->xmatch_len);
		r = compare_whole(c, "attachment", CLASS_ATTACHMENT, &a->xmatch, &b->xmatch);
	} else if (a->has_xmatch || b->has_xmatch) {
		fprintf(differ(c, "attachment"), "only the %s image has patterns\n",
			a->has_xmatch ? "first" : "second");
	}
	/*
	 * A profile in mode unconfined is never asked about a class (the kernel's unconfined()
	 * comes first); 3.0 marks classes in it, 5.0 does not.
	 */
	if (!r && (c->o->exact || a->mode != MODE_UNCONFINED || b->mode != MODE_UNCONFINED))
		r = compare_classes(c, a->policydb.present ? &a->policydb : &no_policydb,
				    b->policydb.present ? &b->policydb : &no_policydb);
	if (!r)
		r = compare_whole(c, "file", CLASS_FILES, a->file.present ? &a->file : &no_file,
				  b->file.present ? &b->file : &no_file);
	yr_tables_free(no_file.tables);
	yr_tables_free(no_policydb.tables);
	return r;
}

static int compare_profile(struct comparison *c, const struct yr_image_profile *a,
			   const struct yr_image_profile *b)
{
	compare_head(c, a, b);
	compare_rlimits(c, &a->rlimits, &b->rlimits);
	compare_rarities(c, a, b);
	return compare_automata(c, a, b);
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
				fprintf(differ(&c, "profile"), "in the %s image alone\n",
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
