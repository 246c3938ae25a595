/* SPDX-License-Identifier: Apache-2.0 */
/* Laying fields of rules, and counting what the kernel cannot enforce. */
#include "policy/enc.h"

#include <errno.h>

#include "base/limits.h"
#include "lang/vars.h"

bool yr_enc_has(const struct yr_enc *e, const char *feature)
{
	return yr_features_has(e->kernel, feature) && yr_features_has(e->abi, feature);
}

bool yr_kernel_is_old(const struct yr_features *kernel)
{
	return yr_features_has(kernel, "network_v8") &&
	       !yr_features_has(kernel, "policy/permstable32") &&
	       !yr_features_has(kernel, "namespaces/mask/userns_create");
}

/* What a gap costs, in the words of the warning. */
static const struct {
	const char *what, *name;
} gap_text[YR_GAPS] = {
	[YR_GAP_DBUS] = { "dbus rules are not enforced", "rule-not-enforced" },
	[YR_GAP_IO_URING] = { "io_uring rules are not enforced", "rule-not-enforced" },
	[YR_GAP_MOUNT] = { "mount rules are not enforced", "rule-not-enforced" },
	[YR_GAP_MOUNT_DETACHED] = { "rules about detached mounts are not enforced",
				    "rule-not-enforced" },
	[YR_GAP_MQUEUE] = { "mqueue rules are not enforced", "rule-not-enforced" },
	[YR_GAP_NETWORK] = { "network rules are not enforced", "rule-not-enforced" },
	[YR_GAP_NETWORK_DETAIL] = { "network rules are enforced without their addresses and ports",
				    "rule-downgraded" },
	[YR_GAP_NETWORK_IFACE] = { "network rules are enforced on every interface",
				   "rule-downgraded" },
	[YR_GAP_NETWORK_PACKETS] = { "network rules are not enforced on single packets",
				     "rule-downgraded" },
	[YR_GAP_NETWORK_UNIX] = { "network rules give all permissions for unix sockets, whatever "
				  "they name",
				  "rule-downgraded" },
	[YR_GAP_PROMPT] = { "prompt rules deny without asking", "rule-downgraded" },
	[YR_GAP_PTRACE] = { "ptrace rules are not enforced", "rule-not-enforced" },
	[YR_GAP_SIGNAL] = { "signal rules are not enforced", "rule-not-enforced" },
	[YR_GAP_STACK] = { "stacking transitions are not possible", "rule-not-enforced" },
	[YR_GAP_UNIX] = { "unix rules are enforced as 'network unix' of their type, without "
			  "addresses, peers and permissions",
			  "rule-downgraded" },
	[YR_GAP_UNIX_DENY] = { "denials of unix sockets are not enforced", "rule-not-enforced" },
	[YR_GAP_USERNS] = { "userns rules are not enforced", "rule-not-enforced" },
};

void yr_enc_gap(struct yr_enc *e, enum yr_gap gap, const char *feature, const struct yr_rule *rule)
{
	if (!e->gaps[gap].n++) {
		e->gaps[gap].first = rule;
		e->gaps[gap].who = !feature || !yr_features_has(e->kernel, feature)
					   ? YR_LACKS_KERNEL
				   : !yr_features_has(e->abi, feature) ? YR_LACKS_ABI
								       : YR_LACKS_YOROI;
	}
}

static const char *why_gap(const struct yr_enc *e, int gap)
{
	if (e->gaps[gap].who == YR_LACKS_KERNEL)
		return "the kernel cannot";
	if (e->gaps[gap].who == YR_LACKS_YOROI)
		return "Yoroi cannot yet";
	if (e->gaps[gap].who == YR_AS_UPSTREAM)
		return "apparmor_parser has it so; write unix rules for fewer";
	return e->abi_word && e->abi_word->text.at
		       ? "the abi of this policy does not have them"
		       : "without an abi, policy is taken to be written for Linux 6.1, which does "
			 "not have them";
}

/* What is dropped leaves its whole class open; the others say themselves what becomes of them. */
static const char *what_then(int gap)
{
	if (gap == YR_GAP_STACK || !strcmp(gap_text[gap].name, "rule-downgraded"))
		return "";
	return "; they are left out, and what they are about is not restricted";
}

void yr_enc_report_gaps(struct yr_enc *e)
{
	for (int i = 0; i < YR_GAPS; i++) {
		unsigned n = e->gaps[i].n;

		if (!n)
			continue;
		yr_complain(e->diags, &e->gaps[i].first->loc, YR_WARNING, gap_text[i].name,
			    "%s in profile '%.*s': %s%s (%u rule%s)", gap_text[i].what,
			    YR_STR_ARG(e->profile->full_name), why_gap(e, i), what_then(i), n,
			    n == 1 ? "" : "s");
		if (e->gaps[i].who == YR_LACKS_ABI && e->abi_word && e->abi_word->loc.source)
			yr_complain(e->diags, &e->abi_word->loc, YR_NOTE, gap_text[i].name,
				    "this is the abi; a newer one that has them makes the kernel "
				    "enforce them");
	}
}

yr_node yr_enc_any(struct yr_nfa *n, yr_node from, enum yr_any any)
{
	struct yr_byteset set = yr_byteset_all();

	yr_byteset_remove(&set, 0);
	if (any == YR_SOME_BYTES)
		from = yr_nfa_set(n, from, &set);
	return yr_nfa_star(n, from, &set);
}

static int failed(struct yr_enc *e, int r)
{
	if (r < 0 && r != -EINVAL && !e->status)
		e->status = r;
	return r;
}

int yr_enc_expand(struct yr_enc *e, const struct yr_word *word, bool is_path,
		  struct yr_str **ret_texts, size_t *ret_n)
{
	return failed(e, yr_expand(&e->scratch, e->profile->scope, NULL, word, is_path, e->diags,
				   ret_texts, ret_n));
}

static void bad_pattern(struct yr_enc *e, const struct yr_word *blame, struct yr_str text,
			const struct yr_glob_info *info)
{
	yr_complain(e->diags, &blame->loc, YR_ERROR, "bad-pattern", "bad pattern '%.*s': %s",
		    YR_STR_ARG(text), info->error);
}

static void check_pattern(struct yr_enc *e, const struct yr_word *word)
{
	struct yr_glob_info info = { 0 };
	struct yr_str *texts;
	size_t n;

	if (yr_enc_expand(e, word, false, &texts, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (yr_glob_check(texts[i], 0, &info) < 0) {
			bad_pattern(e, word, texts[i], &info);
			return;
		}
}

static bool too_long(struct yr_enc *e, size_t len, const struct yr_word *blame)
{
	if (len <= YR_LIMIT_PATTERN_BYTES)
		return false;
	yr_complain(e->diags, &blame->loc, YR_ERROR, "limit",
		    "the pattern is %zu bytes long; %u are the most", len, YR_LIMIT_PATTERN_BYTES);
	return true;
}

yr_node yr_enc_text(struct yr_enc *e, struct yr_nfa *n, yr_node from, struct yr_str text,
		    const struct yr_word *blame, unsigned flags, struct yr_glob_info *info)
{
	struct yr_glob_info local = { 0 };
	yr_node end = 0;
	int r;

	if (too_long(e, text.len, blame))
		return 0;
	if (!info)
		info = &local;
	r = yr_glob_lay(n, from, text, flags, &end, info);
	if (r == -EINVAL) {
		bad_pattern(e, blame, text, info);
		return 0;
	}
	if (r < 0 && !e->status)
		e->status = r;
	return r < 0 ? 0 : end;
}

yr_node yr_enc_pattern(struct yr_enc *e, struct yr_nfa *n, yr_node from, const struct yr_pattern *p,
		       const struct yr_word *word, unsigned flags, struct yr_glob_info *info)
{
	struct yr_glob_info local = { 0 };
	struct yr_str text = p->at[0].text;
	bool apart = false;
	yr_node end = 0;
	int r = 0;

	if (too_long(e, p->len, word))
		return 0;
	if (!info)
		info = &local;
	if (p->n > 1 || p->at[0].shared)
		r = yr_glob_lay_pieces(n, from, p, flags, &end, info, &apart);
	if (!r && apart)
		return end;
	if (!r)
		r = yr_pattern_text(&e->scratch, e->profile->scope, word, p, e->diags, &text);
	if (!r)
		return yr_enc_text(e, n, from, text, word, flags, info);
	failed(e, r);
	return 0;
}

void yr_enc_check_patterns(struct yr_enc *e, const struct yr_rule *rule)
{
	const struct yr_cond *lists[] = { rule->conds, rule->peer_conds };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct yr_cond *c = lists[i]; c; c = c->next)
			for (size_t k = 0; k < c->values.n; k++)
				check_pattern(e, &c->values.at[k]);
}

/* @texts also name the point where they meet. */
yr_node yr_enc_texts(struct yr_enc *e, struct yr_nfa *n, yr_node from, const struct yr_str *texts,
		     size_t n_texts, const struct yr_word *blame, unsigned flags)
{
	AUTO_BUF struct yr_buf key = { 0 };
	yr_node join;
	bool fresh;

	if (n_texts == 1)
		return yr_enc_text(e, n, from, texts[0], blame, flags, NULL);
	yr_buf_puts(&key, "texts");
	yr_buf_putc(&key, (char)flags);
	for (size_t i = 0; i < n_texts; i++) {
		yr_buf_putc(&key, '\0');
		yr_buf_put(&key, texts[i].at, texts[i].len);
	}
	if (key.failed) {
		e->status = -ENOMEM;
		return 0;
	}
	join = yr_nfa_join(n, from, (struct yr_str){ key.data, key.len }, &fresh);
	for (size_t i = 0; fresh && i < n_texts; i++)
		yr_nfa_link(n, yr_enc_text(e, n, from, texts[i], blame, flags, NULL), join);
	return join;
}

yr_node yr_enc_word(struct yr_enc *e, struct yr_nfa *n, yr_node from, const struct yr_word *word,
		    enum yr_any any, bool is_path)
{
	struct yr_pattern p;

	if (!word || !word->text.at)
		return yr_enc_any(n, from, any);
	if (failed(e, yr_vars_pattern(&e->scratch, e->profile->scope, word, is_path, e->diags,
				      &p)) < 0)
		return 0;
	return yr_enc_pattern(e, n, from, &p, word, 0, NULL);
}

yr_node yr_enc_words(struct yr_enc *e, struct yr_nfa *n, yr_node from, const struct yr_words *words)
{
	struct yr_str *all = NULL;
	size_t n_all = 0;

	for (size_t i = 0; i < words->n; i++) {
		struct yr_str *texts, *more;
		size_t n_texts;

		if (yr_enc_expand(e, &words->at[i], false, &texts, &n_texts) < 0)
			return 0;
		more = yr_arena_array(&e->scratch, n_all + n_texts, sizeof(*more));
		if (!more) {
			e->status = -ENOMEM;
			return 0;
		}
		if (n_all)
			memcpy(more, all, n_all * sizeof(*more));
		memcpy(more + n_all, texts, n_texts * sizeof(*more));
		all = more;
		n_all += n_texts;
	}
	return n_all ? yr_enc_texts(e, n, from, all, n_all, &words->at[0], 0)
		     : yr_enc_any(n, from, YR_ANY_BYTES);
}

yr_node yr_enc_class(struct yr_enc *e, enum yr_class class)
{
	return yr_nfa_byte(e->policydb, yr_nfa_start(e->policydb), (unsigned char)class);
}

static void add_tag(struct yr_enc *e, yr_node at, const struct yr_rule *rule,
		    const struct yr_quals *quals, uint32_t bits, uint32_t audit)
{
	struct yr_tag tag = {
		.priority = quals->priority,
		.decision = quals->decision,
		.bits = { bits },
		.rule = rule,
	};

	/* A denial is quiet unless it is audited; anything else is logged when it is. */
	if (quals->audit != (quals->decision == YR_DENY))
		audit |= bits;
	tag.audit[0] = audit;
	if (at)
		yr_nfa_accept(e->policydb, at, yr_tags_add(&e->policydb_tags, &tag));
}

void yr_enc_accept_audit(struct yr_enc *e, yr_node at, const struct yr_rule *rule, uint32_t bits,
			 uint32_t audit)
{
	add_tag(e, at, rule, &rule->quals, bits, audit);
}

void yr_enc_accept_as(struct yr_enc *e, yr_node at, const struct yr_rule *rule,
		      const struct yr_quals *quals, uint32_t bits, uint32_t audit)
{
	add_tag(e, at, rule, quals, bits, audit);
}

void yr_enc_accept(struct yr_enc *e, yr_node at, const struct yr_rule *rule, uint32_t bits)
{
	add_tag(e, at, rule, &rule->quals, bits, 0);
}

void yr_enc_mark(struct yr_enc *e, yr_node at, int priority, uint32_t bits)
{
	struct yr_tag tag = { .priority = priority, .bits = { bits } };

	yr_nfa_accept(e->policydb, at, yr_tags_add(&e->policydb_tags, &tag));
}

const struct yr_cond *yr_cond_find(const struct yr_cond *conds, const char *name)
{
	for (; conds; conds = conds->next)
		if (yr_str_is(conds->name.text, name))
			return conds;
	return NULL;
}

const struct yr_word *yr_cond_word(const struct yr_cond *conds, const char *name)
{
	const struct yr_cond *c = yr_cond_find(conds, name);

	return c && c->values.n ? &c->values.at[0] : NULL;
}
