/* SPDX-License-Identifier: Apache-2.0 */
/* An access as the record of its denial. */
#include <errno.h>

#include "author/mask.h"
#include "lang/words.h"

struct telling {
	struct yr_arena *arena;
	struct yr_log_event *ev;
	bool failed;
};

static void set(struct telling *t, enum yr_log_text field, const char *text, size_t len)
{
	t->failed |= !text;
	t->ev->text[field] = (struct yr_log_bytes){ text, len };
}

static void set_z(struct telling *t, enum yr_log_text field, const char *z)
{
	if (z)
		set(t, field, z, strlen(z));
}

/* The word without its escapes: there are no wildcards in an access. */
static void set_word(struct telling *t, enum yr_log_text field, const struct yr_word *w)
{
	size_t len = 0;
	char *copy;

	if (!w->text.at)
		return;
	copy = yr_arena_alloc(t->arena, w->text.len + 1);
	for (size_t i = 0; copy && i < w->text.len; i++) {
		i += w->text.at[i] == '\\' && i + 1 < w->text.len;
		copy[len++] = w->text.at[i];
	}
	set(t, field, copy, len);
}

static void set_number(struct telling *t, enum yr_log_number field, uint64_t n)
{
	t->ev->number[field] = n;
	t->ev->has |= UINT32_C(1) << field;
}

/* "a b", from a table whose values are bits; several rows may have the same. */
static void set_bits(struct telling *t, enum yr_log_text field, const struct yr_name_table *table,
		     uint32_t bits)
{
	const char *all = NULL;

	for (size_t i = 0; i < table->n; i++) {
		uint32_t bit = table->at[i].value;

		if (bit & (bit - 1) || !(bits & bit) || !table->at[i].name[1])
			continue;
		all = all ? yr_arena_printf(t->arena, "%s %s", all, table->at[i].name)
			  : table->at[i].name;
		t->failed |= !all;
	}
	set_z(t, field, all);
}

static void set_name(struct telling *t, enum yr_log_text field, const struct yr_name_table *table,
		     uint32_t value)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->at[i].value == value) {
			set_z(t, field, table->at[i].name);
			return;
		}
}

static void set_cond(struct telling *t, enum yr_log_text field, const struct yr_cond *conds,
		     const char *name)
{
	for (; conds; conds = conds->next)
		if (yr_str_is(conds->name.text, name) && conds->values.n)
			set_word(t, field, &conds->values.at[0]);
}

/* All the values of it, as the kernel writes them. */
static void set_list(struct telling *t, enum yr_log_text field, const struct yr_cond *conds,
		     const char *name)
{
	const char *all = NULL;

	for (; conds; conds = conds->next)
		for (size_t i = 0; yr_str_is(conds->name.text, name) && i < conds->values.n; i++)
			all = yr_arena_printf(t->arena, "%s%s%.*s", all ? all : "", all ? ", " : "",
					      YR_STR_ARG(conds->values.at[i].text));
	set_z(t, field, all);
}

/* One port; of several the words do not speak. */
static void set_port(struct telling *t, enum yr_log_number field, const struct yr_cond *conds)
{
	for (; conds; conds = conds->next) {
		struct yr_str s = conds->values.n ? conds->values.at[0].text : YR_STR("");
		uint64_t n = 0;
		size_t i = 0;

		if (!yr_str_is(conds->name.text, "port"))
			continue;
		for (; i < s.len && s.at[i] >= '0' && s.at[i] <= '9'; i++)
			n = n * 10 + (uint64_t)(s.at[i] - '0');
		if (s.len && i == s.len)
			set_number(t, field, n);
	}
}

static void tell_file(struct telling *t, const struct yr_rule *r)
{
	static const char letters[] = "xwralkm"; /* by bit */
	char mask[sizeof(letters)];
	size_t n = 0;

	for (size_t i = 0; letters[i]; i++)
		if (r->u.file.perms >> i & 1)
			mask[n++] = letters[i];
	t->ev->rule_class = r->u.file.perms & YR_MAY_EXEC ? YR_LOG_CLASS_EXEC : YR_LOG_CLASS_FILE;
	set_word(t, YR_LOG_NAME, &r->u.file.path);
	set_word(t, YR_LOG_NAME2, &r->u.file.target);
	set(t, YR_LOG_REFUSED, yr_arena_strndup(t->arena, mask, n), n);
}

static void tell_network(struct telling *t, const struct yr_rule *r)
{
	t->ev->rule_class = YR_LOG_CLASS_NETWORK;
	set_bits(t, YR_LOG_REFUSED, &yr_access_names, r->u.network.access);
	if (r->u.network.family >= 0)
		set_name(t, YR_LOG_FAMILY, &yr_family_names, (uint32_t)r->u.network.family);
	if (r->u.network.types && !(r->u.network.types & (r->u.network.types - 1)))
		set_name(t, YR_LOG_SOCK_TYPE, &yr_socktype_names,
			 (uint32_t)__builtin_ctz(r->u.network.types));
	set_cond(t, YR_LOG_LOCAL_ADDR, r->conds, "ip");
	set_port(t, YR_LOG_LOCAL_PORT, r->conds);
	set_cond(t, YR_LOG_FOREIGN_ADDR, r->peer_conds, "ip");
	set_port(t, YR_LOG_FOREIGN_PORT, r->peer_conds);
}

static void tell_unix(struct telling *t, const struct yr_rule *r)
{
	t->ev->rule_class = YR_LOG_CLASS_UNIX;
	set_bits(t, YR_LOG_REFUSED, &yr_access_names, r->u.acc.access);
	set_z(t, YR_LOG_FAMILY, "unix");
	set_cond(t, YR_LOG_SOCK_TYPE, r->conds, "type");
	set_cond(t, YR_LOG_NET_ADDR, r->conds, "addr");
	set_cond(t, YR_LOG_PEER, r->peer_conds, "label");
	set_cond(t, YR_LOG_PEER_ADDR, r->peer_conds, "addr");
}

static void tell_signal(struct telling *t, const struct yr_rule *r)
{
	t->ev->rule_class = YR_LOG_CLASS_SIGNAL;
	set_bits(t, YR_LOG_REFUSED, &yr_access_names, r->u.signal.access);
	set_list(t, YR_LOG_SIGNAL, r->conds, "set");
	set_cond(t, YR_LOG_PEER, r->peer_conds, "label");
}

static void tell_mount(struct telling *t, const struct yr_rule *r)
{
	t->ev->rule_class = r->kind == YR_RULE_UMOUNT ? YR_LOG_CLASS_UMOUNT : YR_LOG_CLASS_MOUNT;
	set_word(t, YR_LOG_SRCNAME, &r->u.mount.source);
	set_word(t, YR_LOG_NAME, &r->u.mount.target);
	set_cond(t, YR_LOG_FSTYPE, r->conds, "fstype");
	set_list(t, YR_LOG_FLAGS, r->conds, "options");
	if (r->kind == YR_RULE_REMOUNT && !t->ev->text[YR_LOG_FLAGS].at)
		set_z(t, YR_LOG_FLAGS, "remount");
}

static void tell_dbus(struct telling *t, const struct yr_rule *r)
{
	t->ev->rule_class = YR_LOG_CLASS_DBUS;
	set_bits(t, YR_LOG_REFUSED, &yr_access_names, r->u.acc.access);
	set_cond(t, YR_LOG_DBUS_BUS, r->conds, "bus");
	set_cond(t, YR_LOG_NAME, r->conds, "name");
	set_cond(t, YR_LOG_DBUS_PATH, r->conds, "path");
	set_cond(t, YR_LOG_DBUS_INTERFACE, r->conds, "interface");
	set_cond(t, YR_LOG_DBUS_MEMBER, r->conds, "member");
	set_cond(t, YR_LOG_PEER_PROFILE, r->peer_conds, "label");
}

static void tell_mqueue(struct telling *t, const struct yr_rule *r)
{
	const struct yr_word *name = &r->u.mqueue.name;

	t->ev->rule_class = name->text.len && name->text.at[0] != '/' ? YR_LOG_CLASS_SYSV_MQUEUE
								      : YR_LOG_CLASS_POSIX_MQUEUE;
	set_bits(t, YR_LOG_REFUSED, &yr_access_names, r->u.mqueue.access);
	set_word(t, YR_LOG_NAME, name);
}

static void tell_change(struct telling *t, const struct yr_rule *r)
{
	t->ev->rule_class = r->u.change_profile.exec.text.at ? YR_LOG_CLASS_CHANGE_ONEXEC
							     : YR_LOG_CLASS_CHANGE_PROFILE;
	set_word(t, YR_LOG_NAME2, &r->u.change_profile.target);
}

/* All the capabilities it names. */
static void tell_capability(struct telling *t, const struct yr_rule *r)
{
	const char *all = NULL;

	t->ev->rule_class = YR_LOG_CLASS_CAPABILITY;
	for (size_t i = 0; i < yr_capability_names.n && !r->u.capability.all; i++)
		if (r->u.capability.mask >> yr_capability_names.at[i].value & 1)
			all = yr_arena_printf(t->arena, "%s%s%s", all ? all : "", all ? " " : "",
					      yr_capability_names.at[i].name);
	set_z(t, YR_LOG_NAME, r->u.capability.all ? "any" : all);
}

static void tell_rest(struct telling *t, const struct yr_rule *r)
{
	static const enum yr_log_class classes[] = {
		[YR_RULE_PTRACE] = YR_LOG_CLASS_PTRACE,
		[YR_RULE_USERNS] = YR_LOG_CLASS_USERNS,
		[YR_RULE_IO_URING] = YR_LOG_CLASS_IO_URING,
	};

	t->ev->rule_class = classes[r->kind];
	set_bits(t, YR_LOG_REFUSED, &yr_access_names, r->u.acc.access);
	set_cond(t, YR_LOG_PEER, r->peer_conds, "label");
}

static void tell(struct telling *t, const struct yr_rule *r)
{
	switch (r->kind) {
	case YR_RULE_FILE:
		tell_file(t, r);
		break;
	case YR_RULE_LINK:
		t->ev->rule_class = YR_LOG_CLASS_FILE;
		set_z(t, YR_LOG_REFUSED, "l");
		set_word(t, YR_LOG_NAME, &r->u.link.from);
		set_word(t, YR_LOG_NAME2, &r->u.link.to);
		break;
	case YR_RULE_CAPABILITY:
		tell_capability(t, r);
		break;
	case YR_RULE_CHANGE_PROFILE:
		tell_change(t, r);
		break;
	case YR_RULE_DBUS:
		tell_dbus(t, r);
		break;
	case YR_RULE_MOUNT:
	case YR_RULE_REMOUNT:
	case YR_RULE_UMOUNT:
		tell_mount(t, r);
		break;
	case YR_RULE_MQUEUE:
		tell_mqueue(t, r);
		break;
	case YR_RULE_NETWORK:
		tell_network(t, r);
		break;
	case YR_RULE_PIVOT_ROOT:
		t->ev->rule_class = YR_LOG_CLASS_PIVOT_ROOT;
		set_word(t, YR_LOG_NAME, &r->u.pivot_root.new_root);
		set_word(t, YR_LOG_SRCNAME, &r->u.pivot_root.old_root);
		break;
	case YR_RULE_RLIMIT:
		t->ev->rule_class = YR_LOG_CLASS_RLIMITS;
		set_name(t, YR_LOG_RLIMIT, &yr_rlimit_names, (uint32_t)r->u.rlimit.resource);
		set_number(t, YR_LOG_RLIMIT_VALUE, r->u.rlimit.value);
		break;
	case YR_RULE_SIGNAL:
		tell_signal(t, r);
		break;
	case YR_RULE_UNIX:
		tell_unix(t, r);
		break;
	default:
		tell_rest(t, r);
		break;
	}
}

/* The rule is the access itself, but for what rules say in other words. */
int yr_mend_access(struct yr_arena *arena, const char *text, const struct yr_rule *rule,
		   struct yr_log_event *ev, struct yr_mend *ret)
{
	struct telling t = { .arena = arena, .ev = ev };
	const struct yr_exec *x = &rule->u.file.exec;

	*ev = (struct yr_log_event){ .type = YR_LOG_DENIED };
	tell(&t, rule);
	if (t.failed)
		return -ENOMEM;
	if (rule->kind == YR_RULE_FILE && rule->u.file.perms & YR_MAY_EXEC &&
	    x->kind == YR_EXEC_NONE && !x->inherit) {
		int r = yr_mend(arena, ev, ret);

		ret->access = text;
		return r;
	}
	*ret = (struct yr_mend){ .rule = strncmp(text, "other ", 6) ? text : text + 6,
				 .access = text };
	return 0;
}
