/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two trees say the same: every member but the places. A new member belongs here, too. */
#include "lang/format.h"

static bool same_word(const struct yr_word *a, const struct yr_word *b)
{
	return !a->text.at == !b->text.at && yr_str_eq(a->text, b->text);
}

static bool same_words(const struct yr_words *a, const struct yr_words *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_word(&a->at[i], &b->at[i]))
			return false;
	return true;
}

static bool same_conds(const struct yr_cond *a, const struct yr_cond *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!same_word(&a->name, &b->name) || a->op != b->op ||
		    !same_words(&a->values, &b->values))
			return false;
	return a == b;
}

static bool same_quals(const struct yr_quals *a, const struct yr_quals *b)
{
	return a->priority == b->priority && a->has_priority == b->has_priority &&
	       a->audit == b->audit && a->decision == b->decision &&
	       a->has_decision == b->has_decision && a->audience == b->audience;
}

static bool same_flags(const struct yr_flags *a, const struct yr_flags *b)
{
	return a->mode == b->mode && a->audit == b->audit && a->debug == b->debug &&
	       a->attach_disconnected == b->attach_disconnected &&
	       same_word(&a->disconnected_path, &b->disconnected_path) &&
	       same_word(&a->disconnected_ipc_path, &b->disconnected_ipc_path) &&
	       a->attach_disconnected_ipc == b->attach_disconnected_ipc &&
	       a->chroot_relative == b->chroot_relative &&
	       a->mediate_deleted == b->mediate_deleted && a->chroot_attach == b->chroot_attach &&
	       a->path_word == b->path_word && a->interruptible == b->interruptible &&
	       a->kill_signal == b->kill_signal && a->error == b->error;
}

static bool same_head(const struct yr_head *a, const struct yr_head *b)
{
	return same_word(&a->name, &b->name) && same_word(&a->attachment, &b->attachment) &&
	       same_conds(a->xattrs, b->xattrs) && same_words(&a->identity, &b->identity) &&
	       same_flags(&a->flags, &b->flags) && a->hat == b->hat && a->keyword == b->keyword &&
	       yr_same_tree(&a->body, &b->body);
}

static bool same_exec(const struct yr_exec *a, const struct yr_exec *b)
{
	return a->kind == b->kind && a->inherit == b->inherit &&
	       a->fallback_unconfined == b->fallback_unconfined && a->unsafe == b->unsafe;
}

static bool same_rule(const struct yr_rule *a, const struct yr_rule *b)
{
	if (a->kind != b->kind || !same_quals(&a->quals, &b->quals) ||
	    !same_conds(a->conds, b->conds) || !same_conds(a->peer_conds, b->peer_conds))
		return false;
	switch (a->kind) {
	case YR_RULE_ALL:
		return true;
	case YR_RULE_CAPABILITY:
		return a->u.capability.mask == b->u.capability.mask &&
		       a->u.capability.all == b->u.capability.all;
	case YR_RULE_CHANGE_PROFILE:
		return same_word(&a->u.change_profile.exec, &b->u.change_profile.exec) &&
		       same_word(&a->u.change_profile.target, &b->u.change_profile.target) &&
		       a->u.change_profile.unsafe == b->u.change_profile.unsafe &&
		       a->u.change_profile.has_mode == b->u.change_profile.has_mode;
	case YR_RULE_FILE:
		return same_word(&a->u.file.path, &b->u.file.path) &&
		       a->u.file.perms == b->u.file.perms &&
		       same_exec(&a->u.file.exec, &b->u.file.exec) &&
		       same_word(&a->u.file.target, &b->u.file.target);
	case YR_RULE_LINK:
		return same_word(&a->u.link.from, &b->u.link.from) &&
		       same_word(&a->u.link.to, &b->u.link.to) &&
		       a->u.link.subset == b->u.link.subset;
	case YR_RULE_MOUNT:
	case YR_RULE_REMOUNT:
	case YR_RULE_UMOUNT:
		return same_word(&a->u.mount.source, &b->u.mount.source) &&
		       same_word(&a->u.mount.target, &b->u.mount.target) &&
		       a->u.mount.detached == b->u.mount.detached;
	case YR_RULE_MQUEUE:
		return same_word(&a->u.mqueue.name, &b->u.mqueue.name) &&
		       a->u.mqueue.access == b->u.mqueue.access;
	case YR_RULE_NETWORK:
		return a->u.network.access == b->u.network.access &&
		       a->u.network.family == b->u.network.family &&
		       a->u.network.types == b->u.network.types &&
		       a->u.network.protocol == b->u.network.protocol;
	case YR_RULE_PIVOT_ROOT:
		return same_word(&a->u.pivot_root.new_root, &b->u.pivot_root.new_root) &&
		       same_word(&a->u.pivot_root.old_root, &b->u.pivot_root.old_root) &&
		       same_word(&a->u.pivot_root.target, &b->u.pivot_root.target);
	case YR_RULE_RLIMIT:
		return a->u.rlimit.resource == b->u.rlimit.resource &&
		       a->u.rlimit.value == b->u.rlimit.value;
	case YR_RULE_SIGNAL:
		return a->u.signal.signals == b->u.signal.signals &&
		       a->u.signal.realtime == b->u.signal.realtime &&
		       a->u.signal.access == b->u.signal.access;
	case YR_RULE_DBUS:
	case YR_RULE_IO_URING:
	case YR_RULE_PTRACE:
	case YR_RULE_UNIX:
	case YR_RULE_USERNS:
		return a->u.acc.access == b->u.acc.access;
	}
	return false;
}

static bool same_tests(const struct yr_test *a, const struct yr_test *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (a->kind != b->kind || a->compare != b->compare ||
		    !same_word(&a->word, &b->word) || !same_word(&a->left, &b->left) ||
		    !same_word(&a->right, &b->right) || !same_tests(a->parts, b->parts))
			return false;
	return a == b;
}

static bool same_set(const struct yr_assign *a, const struct yr_assign *b)
{
	return same_word(&a->name, &b->name) && a->boolean == b->boolean && a->truth == b->truth &&
	       a->op == b->op && same_words(&a->values, &b->values);
}

static bool same_stmt(const struct yr_stmt *a, const struct yr_stmt *b)
{
	if (a->kind != b->kind || a->vars != b->vars)
		return false;
	switch (a->kind) {
	case YR_STMT_ABI:
		return same_word(&a->u.abi.what, &b->u.abi.what) &&
		       a->u.abi.search == b->u.abi.search && a->u.abi.special == b->u.abi.special;
	case YR_STMT_ALIAS:
		return same_word(&a->u.alias.from, &b->u.alias.from) &&
		       same_word(&a->u.alias.to, &b->u.alias.to);
	case YR_STMT_BLOCK:
		return same_quals(&a->u.block.quals, &b->u.block.quals) &&
		       yr_same_tree(&a->u.block.body, &b->u.block.body);
	case YR_STMT_IF:
		return same_tests(a->u.cond.test, b->u.cond.test) &&
		       yr_same_tree(&a->u.cond.yes, &b->u.cond.yes) &&
		       yr_same_tree(&a->u.cond.no, &b->u.cond.no);
	case YR_STMT_INCLUDE:
		return same_word(&a->u.include.path, &b->u.include.path) &&
		       a->u.include.search == b->u.include.search &&
		       a->u.include.if_exists == b->u.include.if_exists;
	case YR_STMT_PROFILE:
		return same_head(a->u.head, b->u.head);
	case YR_STMT_RULE:
		return same_rule(&a->u.rule, &b->u.rule);
	case YR_STMT_SET:
		return same_set(&a->u.set, &b->u.set);
	}
	return false;
}

bool yr_same_tree(const struct yr_stmts *a, const struct yr_stmts *b)
{
	const struct yr_stmt *s = a->first, *t = b->first;

	for (; s && t; s = s->next, t = t->next)
		if (!same_stmt(s, t))
			return false;
	return s == t;
}
