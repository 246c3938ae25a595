/* SPDX-License-Identifier: Apache-2.0 */
/* One profile after the other: rules to patterns, patterns to automata. */
#include "policy/policy.h"

#include <errno.h>

#include "base/limits.h"
#include "policy/enc.h"
#include "policy/net.h"

/* The permission of a marker; that there is a state is what counts. */
#define MAY_READ 0x4u
/* The top of what a rule's priority= can say, and one more: nothing erases a marker. */
#define MARKER_PRIORITY 1001

typedef void lay_fn(struct yr_enc *e, const struct yr_rule *r);

static lay_fn *const lay[] = {
	[YR_RULE_ALL] = yr_enc_all,
	[YR_RULE_CAPABILITY] = yr_enc_capability,
	[YR_RULE_CHANGE_PROFILE] = yr_enc_change_profile,
	[YR_RULE_DBUS] = yr_enc_dbus,
	[YR_RULE_FILE] = yr_enc_file,
	[YR_RULE_IO_URING] = yr_enc_io_uring,
	[YR_RULE_LINK] = yr_enc_link,
	[YR_RULE_MOUNT] = yr_enc_mount,
	[YR_RULE_MQUEUE] = yr_enc_mqueue,
	[YR_RULE_NETWORK] = yr_enc_network,
	[YR_RULE_PIVOT_ROOT] = yr_enc_pivot_root,
	[YR_RULE_PTRACE] = yr_enc_ptrace,
	[YR_RULE_REMOUNT] = yr_enc_mount,
	[YR_RULE_RLIMIT] = yr_enc_rlimit,
	[YR_RULE_SIGNAL] = yr_enc_signal,
	[YR_RULE_UMOUNT] = yr_enc_umount,
	[YR_RULE_UNIX] = yr_enc_unix,
	[YR_RULE_USERNS] = yr_enc_userns,
};

static bool lets_all(const struct yr_profile *p)
{
	return p->flags.mode == YR_MODE_UNCONFINED || p->flags.mode == YR_MODE_DEFAULT_ALLOW;
}

/*
 * Meant to be the family, 0x00 0x01; 5.0.2 writes the digit '1', so no kernel finds it, and
 * none needs it: the class is marked. Here so that images can be compared.
 */
static void mark_unix(struct yr_enc *e, enum yr_class class)
{
	yr_enc_mark(e,
		    yr_nfa_bytes(e->policydb, yr_enc_class(e, class),
				 (struct yr_str){ "\0"
						  "1",
						  2 }),
		    MARKER_PRIORITY, MAY_READ);
}

/*
 * A class counts as mediated when something matches its first byte. Every class that both
 * sides know is marked, so that a profile without a rule for it refuses it.
 */
static void mark_classes(struct yr_enc *e)
{
	static const struct {
		enum yr_class class;
		const char *feature;
	} marks[] = {
		{ YR_CLASS_FILE, "policy/versions/v6" },
		{ YR_CLASS_MOUNT, "mount" },
		{ YR_CLASS_PTRACE, "ptrace" },
		{ YR_CLASS_SIGNAL, "signal" },
		{ YR_CLASS_NET_V7, "network/af_unix" },
		{ YR_CLASS_NET_V8, "network_v8" },
		{ YR_CLASS_NET_V9, "network_v9" },
		{ YR_CLASS_POSIX_MQUEUE, "ipc/posix_mqueue" },
		{ YR_CLASS_SYSV_MQUEUE, "ipc/sysv_mqueue" },
		{ YR_CLASS_USERNS, "namespaces/mask/userns_create" },
		{ YR_CLASS_IO_URING, "io_uring" },
		{ YR_CLASS_DBUS, "dbus" },
	};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		bool has = marks[i].class == YR_CLASS_FILE
				   ? yr_features_has(e->kernel, marks[i].feature)
				   : yr_enc_has(e, marks[i].feature);
		/* Their real permissions sit on the class itself, where a marker must not win. */
		bool own = marks[i].class == YR_CLASS_USERNS || marks[i].class == YR_CLASS_IO_URING;

		if (!has || (lets_all(e->profile) && marks[i].class != YR_CLASS_USERNS))
			continue;
		yr_enc_mark(e, yr_enc_class(e, marks[i].class),
			    own ? -MARKER_PRIORITY : MARKER_PRIORITY, MAY_READ);
		if (marks[i].class == YR_CLASS_NET_V7 ||
		    (marks[i].class == YR_CLASS_NET_V9 && yr_enc_has(e, "network_v9/af_unix")))
			mark_unix(e, marks[i].class);
	}
}

/* @pdb from what was laid in @n. Conflicting execs are reported when the tags are rules. */
static int build(struct yr_enc *e, struct yr_nfa *n, struct yr_tags *tags, bool is_file,
		 struct yr_pdb *pdb, unsigned *ret_conflicts)
{
	struct yr_why *why = e->per_rule ? yr_why_new() : NULL;
	struct yr_fold fold = {
		.tags = tags,
		.why = why,
		.both_halves = !is_file,
		.exec_maps = is_file && !yr_enc_is_old(e),
	};
	int r = 0;

	*ret_conflicts = 0;
	if ((e->per_rule && !why) || tags->failed)
		r = -ENOMEM;
	/* Says why, also when the patterns had no room. */
	if (!r)
		r = yr_dfa_build(n, yr_fold_tags, &fold, &pdb->dfa, e->err);
	if (!r && fold.failed)
		r = why && yr_why_full(why) ? -E2BIG : -ENOMEM;
	if (!r && fold.n_conflicts) {
		*ret_conflicts = fold.n_conflicts;
		if (tags->per_rule)
			yr_enc_report_conflicts(e, pdb->dfa, &fold);
	} else if (!r && !why) {
		r = yr_dfa_minimise(pdb->dfa, e->err);
	}
	if (!r && why) {
		r = yr_why_settle(why, tags, &fold, e->arena, pdb);
	} else if (!r) {
		pdb->n_perms = fold.n ? fold.n : 1;
		pdb->perms = yr_arena_array(e->arena, pdb->n_perms, sizeof(*pdb->perms));
		if (!pdb->perms)
			r = -ENOMEM;
		else if (fold.n)
			memcpy(pdb->perms, fold.perms, fold.n * sizeof(*fold.perms));
	}
	yr_fold_done(&fold);
	if (r < 0)
		yr_why_free(why);
	return r;
}

/* Lay rule @i, so that what it says can be told from what others say. */
static void lay_for_questions(struct yr_enc *e, size_t i)
{
	struct yr_compiled *out = e->out;
	struct yr_rule_caps before = { out->caps_allow, out->caps_audit, out->caps_quiet,
				       out->caps_deny };
	struct yr_rule_caps *own = &out->rule_caps[i];

	out->caps_allow = out->caps_audit = out->caps_quiet = out->caps_deny = 0;
	lay[e->profile->rules[i]->kind](e, e->profile->rules[i]);
	*own = (struct yr_rule_caps){ out->caps_allow, out->caps_audit, out->caps_quiet,
				      out->caps_deny };
	out->caps_allow |= before.allow;
	out->caps_audit |= before.audit;
	out->caps_quiet |= before.quiet;
	out->caps_deny |= before.deny;
}

/* struct yr_tag.by of rule @i: the parts of one that was written have the number of the first. */
static uint32_t number_of(const struct yr_profile *p, size_t i)
{
	while (i && p->rules[i]->loc.source &&
	       p->rules[i - 1]->loc.source == p->rules[i]->loc.source &&
	       p->rules[i - 1]->loc.off == p->rules[i]->loc.off)
		i--;
	return (uint32_t)i + 1;
}

/*
 * Capabilities and packed permissions have no place for a question, the kernel never looks for
 * one where a program asks for another profile, and somebody must ask it.
 */
static bool can_prompt(const struct yr_enc *e, const struct yr_rule *r)
{
	return r->kind != YR_RULE_CAPABILITY && r->kind != YR_RULE_CHANGE_PROFILE &&
	       yr_kernel_takes(e->kernel, YR_TAKES_PROMPTS) &&
	       yr_features_lists(e->kernel, "policy/permstable32", "prompt") &&
	       yr_features_number(e->kernel, "policy/permstable32_version", 1) > 1;
}

static void lay_rules(struct yr_enc *e)
{
	const struct yr_profile *p = e->profile;

	mark_classes(e);
	for (size_t i = 0; i < p->n_rules && !e->status; i++) {
		if (p->rules[i]->quals.decision == YR_PROMPT && !can_prompt(e, p->rules[i]))
			yr_enc_gap(e, YR_GAP_PROMPT, NULL, p->rules[i]);
		e->policydb_tags.by = e->file_tags.by = number_of(p, i);
		if (e->per_rule)
			lay_for_questions(e, i);
		else
			lay[p->rules[i]->kind](e, p->rules[i]);
	}
	e->policydb_tags.by = e->file_tags.by = 0;
	if (p->is_hat || p->n_children)
		yr_enc_interface_access(e, "/proc/[0-9]*/attr/{apparmor/,}current");
}

static int start(struct yr_enc *e, bool per_rule)
{
	struct yr_compiled *out = e->out;

	e->policydb = yr_nfa_new();
	e->file = yr_nfa_new();
	e->file_tags.per_rule = per_rule;
	e->policydb_tags.per_rule = e->per_rule;
	out->caps_allow = out->caps_audit = out->caps_deny = out->caps_quiet = 0;
	out->n_targets = 0;
	if (yr_net_has_table(e)) {
		out->net = yr_arena_new(e->arena, struct yr_net_types);
		if (!out->net)
			return -ENOMEM;
	}
	memset(e->gaps, 0, sizeof(e->gaps));
	if (e->per_rule && !out->rule_caps)
		out->rule_caps =
			yr_arena_array(e->arena, e->profile->n_rules + 1, sizeof(*out->rule_caps));
	return e->policydb && e->file && (!e->per_rule || out->rule_caps) ? 0 : -ENOMEM;
}

static void stop(struct yr_enc *e)
{
	e->policydb = yr_nfa_free(e->policydb);
	e->file = yr_nfa_free(e->file);
	yr_tags_done(&e->policydb_tags);
	yr_tags_done(&e->file_tags);
}

static int compile_rules(struct yr_enc *e, bool per_rule)
{
	unsigned errors = yr_diags_errors(e->diags), conflicts = 0, none;
	struct yr_compiled *out = e->out;
	int r = start(e, per_rule);

	if (!r) {
		lay_rules(e);
		r = e->status;
	}
	if (!r && e->policydb_tags.n && (!per_rule || e->per_rule))
		r = build(e, e->policydb, &e->policydb_tags, false, &out->policydb, &none);
	if (!r && e->any_file_rule && yr_diags_errors(e->diags) == errors)
		r = build(e, e->file, &e->file_tags, true, &out->file, &conflicts);
	stop(e);
	if (!r && conflicts && per_rule && yr_diags_errors(e->diags) == errors)
		return e->status ? e->status : -EINVAL; /* never unsaid */
	if (r < 0 || !conflicts || per_rule)
		return r;
	/* Once more with the rules kept apart, to name those that really meet. */
	out->file.dfa = yr_dfa_free(out->file.dfa);
	return compile_rules(e, true);
}

static void settle_caps(struct yr_compiled *out)
{
	out->caps_allow &= ~out->caps_deny;
	out->caps_audit &= out->caps_allow;
	out->caps_quiet &= out->caps_deny;
}

static const char *one_path(struct yr_enc *e, const struct yr_word *word)
{
	struct yr_str *texts;
	const char *path;
	size_t n;
	int r;

	if (!word->text.at)
		return NULL;
	r = yr_expand(&e->scratch, e->profile->scope, NULL, word, true, e->diags, &texts, &n);
	/* What is put before a path has no slash at its end. */
	while (!r && texts[0].len && texts[0].at[texts[0].len - 1] == '/')
		texts[0].len--;
	path = r < 0 ? NULL : yr_arena_strndup(e->arena, texts[0].at, texts[0].len);
	/* Without its path the flag would mean another one. */
	if (!path && r != -EINVAL)
		e->status = -ENOMEM;
	return path;
}

static int compile_profile(struct yr_enc *e, const char *ns)
{
	const struct yr_profile *p = e->profile;
	struct yr_compiled *out = e->out;
	int r;

	out->name = yr_arena_strndup(e->arena, p->full_name.at, p->full_name.len);
	out->ns = ns ? ns : p->ns.len ? yr_arena_strndup(e->arena, p->ns.at, p->ns.len) : NULL;
	out->hat = p->is_hat;
	out->loc = &p->loc;
	out->flags = &p->flags;
	if (!out->name)
		return -ENOMEM;
	if (p->full_name.len >= YR_LIMIT_NAME_BYTES)
		yr_complain(e->diags, &p->name.loc, YR_ERROR, "limit",
			    "the name is %zu bytes long with its parents; %u are the most",
			    p->full_name.len, YR_LIMIT_NAME_BYTES - 1);
	out->disconnected_path = one_path(e, &p->flags.disconnected_path);
	out->disconnected_ipc_path = one_path(e, &p->flags.disconnected_ipc_path);
	yr_enc_flags(e);
	yr_enc_attachment(e);
	r = e->status ? e->status : compile_rules(e, e->per_rule);
	settle_caps(out);
	if (!r)
		yr_enc_report_gaps(e);
	return r;
}

/* Too much for us is the author's to fix; everything else is the machine's. */
static int explain(struct yr_enc *e, int r)
{
	if (r != -E2BIG)
		return yr_err_set(e->err, -r, "compile profile '%.*s': %s",
				  YR_STR_ARG(e->profile->full_name),
				  r == -ENOMEM ? "out of memory" : strerror(-r));
	yr_complain(e->diags, &e->profile->loc, YR_ERROR, "limit",
		    "profile '%.*s' needs too large an automaton%s%s",
		    YR_STR_ARG(e->profile->full_name), e->err->code ? ": " : "", e->err->msg);
	*e->err = (struct yr_err){ 0 };
	return 0;
}

struct run {
	struct yr_policy *policy;
	const struct yr_policy_options *opt;
	const struct yr_features *abi;
	const struct yr_word *abi_word;
	const char *ns;
	struct yr_diags *diags;
	struct yr_err *err;
};

static void compiled_done(struct yr_compiled *c)
{
	yr_dfa_free(c->xmatch);
	yr_dfa_free(c->policydb.dfa);
	yr_dfa_free(c->file.dfa);
	yr_why_free(c->policydb.why);
	yr_why_free(c->file.why);
}

/* Too big with the rules kept: without them, and say so, for then nobody can ask why. */
static int compile_without_rules(struct yr_enc *e, const char *ns)
{
	struct yr_compiled *out = e->out;

	yr_complain(e->diags, &e->profile->loc, YR_WARNING, "limit",
		    "profile '%.*s' is too large for questions about its rules%s%s",
		    YR_STR_ARG(e->profile->full_name), e->err->code ? ": " : "", e->err->msg);
	*e->err = (struct yr_err){ 0 };
	compiled_done(out);
	*out = (struct yr_compiled){ 0 };
	e->per_rule = false;
	return compile_profile(e, ns);
}

static int compile_tree(struct run *run, struct yr_profile *const *profiles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct yr_err local = { 0 };
		struct yr_enc e = {
			.arena = &run->policy->arena,
			.diags = run->diags,
			.err = run->err ? run->err : &local,
			.kernel = run->opt->kernel,
			.abi = run->abi,
			.abi_word = run->abi_word,
			.profile = profiles[i],
			.per_rule = run->opt->per_rule,
			.is_old = yr_kernel_is_old(run->opt->kernel),
			.out = &run->policy->profiles[run->policy->n++],
		};
		int r = compile_profile(&e, run->ns);

		if (r == -E2BIG && e.per_rule)
			r = compile_without_rules(&e, run->ns);
		yr_arena_done(&e.scratch);
		if (r < 0)
			r = explain(&e, r);
		if (!r)
			r = compile_tree(run, profiles[i]->children, profiles[i]->n_children);
		if (r < 0)
			return r;
	}
	return 0;
}

static size_t count(struct yr_profile *const *profiles, size_t n)
{
	size_t all = n;

	for (size_t i = 0; i < n; i++)
		all += count(profiles[i]->children, profiles[i]->n_children);
	return all;
}

/* The features that the policy was written for; those that have to be read belong to @abis. */
static int find_abi(const struct yr_unit *unit, const struct yr_policy_options *opt,
		    struct yr_abis *abis, const struct yr_features **ret_abi, struct yr_err *err)
{
	struct yr_str text = { unit->abi_text, unit->abi_len };

	if (opt->override_abi || unit->abi_is_kernel) {
		*ret_abi = opt->override_abi ? opt->override_abi : opt->kernel;
		return 0;
	}
	if (!unit->abi_text && !unit->abi_is_default && opt->default_abi) {
		*ret_abi = opt->default_abi;
		return 0;
	}
	if (text.at)
		return yr_abis_get(abis, "abi", text, ret_abi, err);
	return yr_abis_get(abis, "default abi", yr_str_of(yr_default_abi_text()), ret_abi, err);
}

int yr_policy_compile(const struct yr_unit *unit, const struct yr_policy_options *opt,
		      struct yr_diags *diags, struct yr_policy **ret_policy, struct yr_err *err)
{
	struct yr_abis own = { 0 };
	struct run run = { .opt = opt, .abi_word = &unit->abi, .diags = diags, .err = err };
	size_t n = count(unit->profiles, unit->n_profiles);
	int r;

	r = find_abi(unit, opt, opt->abis ? opt->abis : &own, &run.abi, err);
	if (r == -EINVAL) {
		yr_complain(diags, &unit->abi.loc, YR_ERROR, "abi",
			    "the abi file is not a list of features%s%s", err ? ": " : "",
			    err ? err->msg : "");
		if (err)
			*err = (struct yr_err){ 0 };
		r = 0;
		n = 0;
	}
	run.policy = calloc(1, sizeof(*run.policy));
	if (!r && run.policy)
		run.policy->profiles = calloc(n ? n : 1, sizeof(struct yr_compiled));
	if (!r && (!run.policy || !run.policy->profiles))
		r = yr_err_set(err, ENOMEM, "out of memory");
	if (!r && opt->ns) {
		run.ns = yr_arena_strndup(&run.policy->arena, opt->ns, strlen(opt->ns));
		if (!run.ns)
			r = yr_err_set(err, ENOMEM, "out of memory");
	}
	if (!r && n)
		r = compile_tree(&run, unit->profiles, unit->n_profiles);
	yr_abis_done(&own);
	if (r < 0) {
		yr_policy_free(run.policy);
		return r;
	}
	*ret_policy = run.policy;
	return 0;
}

struct yr_policy *yr_policy_free(struct yr_policy *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n; i++)
		compiled_done(&p->profiles[i]);
	yr_arena_done(&p->arena);
	free(p->profiles);
	free(p);
	return NULL;
}

static const struct yr_profile *nth(struct yr_profile *const *at, size_t n, size_t *left)
{
	for (size_t i = 0; i < n; i++) {
		const struct yr_profile *found;

		if (!(*left)--)
			return at[i];
		found = nth(at[i]->children, at[i]->n_children, left);
		if (found)
			return found;
	}
	return NULL;
}

const struct yr_profile *yr_policy_source(const struct yr_unit *unit, size_t i)
{
	return nth(unit->profiles, unit->n_profiles, &i);
}
