/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest rule that allows what a record says was refused. */
#include <errno.h>
#include <string.h>

#include "author/making.h"
#include "base/utf8.h"
#include "lang/words.h"
#include "log/log.h"

bool yr_put_field(struct yr_buf *b, const char *before, const struct yr_making *m,
		  enum yr_log_text field)
{
	if (!m->ev->text[field].len)
		return false;
	yr_buf_puts(b, before);
	if (m->pattern && m->varies == field)
		yr_buf_puts(b, m->pattern);
	else
		yr_put_word(b, yr_event_text(m->ev, field));
	return true;
}

void yr_put_words(struct yr_buf *b, struct yr_str mask, bool always)
{
	struct yr_str word = { NULL, 0 };
	uint64_t rows = 0;
	bool many;

	while (yr_event_next_word(mask, &word))
		for (size_t i = 0; i < yr_access_names.n; i++)
			if (yr_str_is(word, yr_access_names.at[i].name))
				rows |= UINT64_C(1) << i;
	many = always || rows & (rows - 1);
	if (!rows)
		return;
	yr_buf_puts(b, many ? " (" : " ");
	for (size_t i = 0, any = 0; i < yr_access_names.n; i++)
		if (rows >> i & 1)
			yr_buf_printf(b, "%s%s", any++ ? ", " : "", yr_access_names.at[i].name);
	if (many)
		yr_buf_putc(b, ')');
}

bool yr_is_name(struct yr_str s, const struct yr_name_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (yr_str_is(s, t->at[i].name))
			return true;
	return false;
}

void yr_put_letters(struct yr_buf *b, uint32_t perms)
{
	static const char letters[] = "xwralkm"; /* by bit */

	for (const char *p = "rwalkmx"; *p; p++)
		if (perms >> (strchr(letters, *p) - letters) & 1)
			yr_buf_putc(b, *p);
}

static const char *audience_word(const struct yr_log_event *ev, bool rule)
{
	switch (yr_event_audience(ev)) {
	case YR_OWNER:
		return "owner ";
	case YR_OTHER:
		return rule ? "" : "other ";
	default:
		return "";
	}
}

static void make_link(struct yr_making *m)
{
	struct yr_buf *both[] = { &m->rule, &m->access };

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		yr_buf_puts(both[i], audience_word(m->ev, i == 0));
		yr_put_field(both[i], "link ", m, YR_LOG_NAME);
		yr_put_field(both[i], " -> ", m, YR_LOG_NAME2);
		yr_buf_putc(both[i], ',');
	}
}

/* The name, from the root also when the kernel could not find the way there. */
static void put_path(struct yr_buf *b, struct yr_str name)
{
	AUTO_BUF struct yr_buf path = { 0 };

	if (name.at[0] != '/')
		yr_buf_putc(&path, '/');
	yr_buf_put(&path, name.at, name.len);
	b->failed |= path.failed;
	if (!path.failed)
		yr_put_word(b, (struct yr_str){ path.data, path.len });
}

static void make_exec(struct yr_making *m, struct yr_str name, uint32_t perms)
{
	struct yr_str target = yr_event_exec_target(m->ev);
	bool named = target.len && !yr_profile_is_null(target);

	put_path(&m->rule, name);
	yr_buf_putc(&m->rule, ' ');
	yr_put_letters(&m->rule, perms & ~(uint32_t)YR_MAY_EXEC);
	yr_buf_puts(&m->rule, named ? "px -> " : "ix,");
	if (named) {
		yr_put_word(&m->rule, target);
		yr_buf_putc(&m->rule, ',');
	}
	/* Whoever owns the program: rules about that are rare, and conflict with others. */
	yr_buf_puts(&m->access, audience_word(m->ev, false));
	put_path(&m->access, name);
	yr_buf_putc(&m->access, ' ');
	yr_put_letters(&m->access, perms);
	yr_buf_putc(&m->access, ',');
	if (!named)
		m->mend->advice =
			"ix: it goes on under this profile; px when it has a profile of its "
			"own, cx for a child profile here; a script needs r as well";
}

static void make_file(struct yr_making *m)
{
	struct yr_str name = yr_event_text(m->ev, YR_LOG_NAME);
	struct yr_str target = yr_event_text(m->ev, YR_LOG_NAME2);
	uint32_t perms = yr_event_perms(m->ev);
	bool link = perms == YR_MAY_LINK && target.len;

	if (!name.len) {
		m->mend->advice = "the record does not say which file";
		return;
	}
	/* Pipes and sockets that are passed along may have names that are no paths. */
	if (name.at[0] != '/' && !m->mend->flag) {
		m->mend->advice = "the record has no path for the file";
		return;
	}
	/* Policy takes several slashes for one, so that the rule would be about another name. */
	if (memmem(name.at, name.len, "//", 2) ||
	    (link && memmem(target.at, target.len, "//", 2))) {
		m->mend->advice = "no rule can name a path with an empty part";
		return;
	}
	if (!perms) {
		m->mend->advice = "the record does not say what was refused";
		return;
	}
	if (perms & YR_MAY_EXEC) {
		make_exec(m, name, perms);
		return;
	}
	if (link) {
		make_link(m);
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct yr_buf *b = i ? &m->access : &m->rule;

		yr_buf_puts(b, audience_word(m->ev, i == 0));
		put_path(b, name);
		yr_buf_putc(b, ' ');
		yr_put_letters(b, perms);
		yr_buf_putc(b, ',');
	}
}

static void make_capability(struct yr_making *m)
{
	const struct yr_name_table *t = &yr_capability_names;
	struct yr_str name = yr_event_text(m->ev, YR_LOG_NAME);

	for (size_t i = 0; i < t->n; i++)
		if (name.len ? yr_str_is(name, t->at[i].name)
			     : yr_event_has(m->ev, YR_LOG_CAPABILITY) &&
				       m->ev->number[YR_LOG_CAPABILITY] == t->at[i].value) {
			yr_buf_printf(&m->rule, "capability %s,", t->at[i].name);
			return;
		}
	m->mend->advice = "policy has no name for this capability yet";
}

/* In the order of the alphabet; false: the kernel has a word that policy has not. */
static bool put_options(struct yr_buf *b, struct yr_str flags)
{
	struct yr_str at[64], flag = { NULL, 0 };
	size_t n = 0;

	while (n < ARRAY_LEN(at) && yr_event_next_word(flags, &flag)) {
		size_t i = n;

		if (!yr_mount_option(flag))
			return false;
		for (; i && yr_str_cmp(flag, at[i - 1]) < 0; i--)
			at[i] = at[i - 1];
		at[i] = flag;
		n++;
	}
	if (n)
		yr_buf_puts(b, " options=(");
	for (size_t i = 0; i < n; i++)
		yr_buf_printf(b, "%s%.*s", i ? ", " : "", YR_STR_ARG(at[i]));
	if (n)
		yr_buf_putc(b, ')');
	return true;
}

static void make_mount(struct yr_making *m)
{
	yr_buf_puts(&m->rule, "mount");
	yr_put_field(&m->rule, " fstype=", m, YR_LOG_FSTYPE);
	/* Kernels write no flags= for a mount without any, and a rule without options takes all. */
	if (!yr_event_text(m->ev, YR_LOG_FLAGS).len) {
		yr_buf_puts(&m->rule, " options=(rw)");
	} else if (!put_options(&m->rule, yr_event_text(m->ev, YR_LOG_FLAGS))) {
		m->rule.len = 0;
		m->mend->advice = "policy has no word for one of the mount's options";
		return;
	}
	yr_put_field(&m->rule, " ", m, YR_LOG_SRCNAME);
	yr_put_field(&m->rule, " -> ", m, YR_LOG_NAME);
	yr_buf_putc(&m->rule, ',');
}

static void make_umount(struct yr_making *m)
{
	yr_buf_puts(&m->rule, "umount");
	yr_put_field(&m->rule, " ", m, YR_LOG_NAME);
	yr_buf_putc(&m->rule, ',');
}

static void make_pivot(struct yr_making *m)
{
	yr_buf_puts(&m->rule, "pivot_root");
	yr_put_field(&m->rule, " oldroot=", m, YR_LOG_SRCNAME);
	yr_put_field(&m->rule, " ", m, YR_LOG_NAME);
	yr_buf_putc(&m->rule, ',');
}

static void make_userns(struct yr_making *m)
{
	yr_buf_puts(&m->rule, "userns create,");
}

static void make_change_profile(struct yr_making *m)
{
	bool target = m->ev->text[YR_LOG_NAME2].len;

	if (!target && !m->ev->text[YR_LOG_NAME].len) {
		m->mend->advice = "the record does not say which profile was wanted";
		return;
	}
	yr_buf_puts(&m->rule, "change_profile");
	yr_put_field(&m->rule, " -> ", m, target ? YR_LOG_NAME2 : YR_LOG_NAME);
	yr_buf_putc(&m->rule, ',');
}

/*
 * A limit of 25 lets a program go down to nice -5. Policy that asks for 25 says 5, not -5: the
 * parser adds 20, and we as it.
 */
enum { NICE_ZERO = 20, NICE_END = 40 };

static void make_rlimit(struct yr_making *m)
{
	struct yr_str name = yr_event_text(m->ev, YR_LOG_RLIMIT);

	if (!yr_is_name(name, &yr_rlimit_names) || !yr_event_has(m->ev, YR_LOG_RLIMIT_VALUE)) {
		m->mend->advice = "the record does not say which limit was wanted";
		return;
	}
	if (yr_str_is(name, "nice") && m->ev->number[YR_LOG_RLIMIT_VALUE] >= NICE_END) {
		m->mend->advice = "policy has no number for a limit of nice as high as that";
		return;
	}
	yr_buf_printf(&m->rule, "set rlimit %.*s <= ", YR_STR_ARG(name));
	if (yr_str_is(name, "nice"))
		yr_buf_printf(&m->rule, "%d,", (int)m->ev->number[YR_LOG_RLIMIT_VALUE] - NICE_ZERO);
	else if (m->ev->number[YR_LOG_RLIMIT_VALUE] >= YR_NO_LIMIT)
		yr_buf_puts(&m->rule, "infinity,");
	else
		yr_buf_printf(&m->rule, "%llu,",
			      (unsigned long long)m->ev->number[YR_LOG_RLIMIT_VALUE]);
	m->mend->advice = "the rule sets the limit when the profile is entered; capability "
			  "sys_resource lets a program set its own";
}

static void make_hat(struct yr_making *m)
{
	m->mend->advice = "no rule lets a program change to a hat: the profile has to have it";
}

/* Characters that show nothing, or turn the order of those beside them, hide what a rule says. */
static bool is_hidden(const unsigned char *s, size_t n)
{
	uint32_t c = n == 2 ? (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu)
			    : (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[n - 1] & 0x3fu);

	return (n == 2 && c < 0xa0) ||
	       (n == 3 && ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
			   (c >= 0x2060 && c <= 0x2069) || c == 0xfeff));
}

/* Policy is ASCII, or UTF-8: other bytes are written as \NNN. */
char *yr_policy_text(struct yr_arena *arena, const struct yr_buf *rule)
{
	const unsigned char *s = (const unsigned char *)rule->data, *end = s + rule->len;
	char *text = yr_arena_alloc(arena, 4 * rule->len + 1), *at = text;

	while (text && s < end) {
		size_t n = yr_utf8(s, end);

		if (n && !is_hidden(s, n)) {
			memcpy(at, s, n);
			at += n;
			s += n;
		} else {
			at += snprintf(at, 5, "\\%03o", *s++);
		}
	}
	if (text)
		*at = '\0';
	return text;
}

static int finish(struct yr_making *m, struct yr_arena *arena)
{
	struct yr_mend *mend = m->mend;

	if (m->rule.failed || m->access.failed)
		return -ENOMEM;
	if (!m->rule.len)
		return 0;
	mend->rule = yr_policy_text(arena, &m->rule);
	/* Of files there are only names and letters, and most are files. */
	if (mend->rule && !m->pattern && m->ev->rule_class != YR_LOG_CLASS_FILE &&
	    m->ev->rule_class != YR_LOG_CLASS_EXEC && !yr_rule_reads(mend->rule)) {
		mend->rule = NULL;
		mend->advice = "policy has no rule that says what is in the record";
		return 0;
	}
	mend->access = m->access.len ? yr_policy_text(arena, &m->access) : mend->rule;
	return mend->rule && mend->access ? 0 : -ENOMEM;
}

int yr_mend(struct yr_arena *arena, const struct yr_log_event *ev, struct yr_mend *ret)
{
	return yr_mend_pattern(arena, ev, YR_LOG_NAME, NULL, ret);
}

int yr_mend_pattern(struct yr_arena *arena, const struct yr_log_event *ev, enum yr_log_text field,
		    const char *pattern, struct yr_mend *ret)
{
	static void (*const makers[YR_LOG_CLASSES])(struct yr_making *) = {
		[YR_LOG_CLASS_FILE] = make_file,
		[YR_LOG_CLASS_EXEC] = make_file,
		[YR_LOG_CLASS_NETWORK] = yr_make_network,
		[YR_LOG_CLASS_UNIX] = yr_make_unix,
		[YR_LOG_CLASS_CAPABILITY] = make_capability,
		[YR_LOG_CLASS_SIGNAL] = yr_make_signal,
		[YR_LOG_CLASS_PTRACE] = yr_make_ptrace,
		[YR_LOG_CLASS_MOUNT] = make_mount,
		[YR_LOG_CLASS_UMOUNT] = make_umount,
		[YR_LOG_CLASS_PIVOT_ROOT] = make_pivot,
		[YR_LOG_CLASS_DBUS] = yr_make_dbus,
		[YR_LOG_CLASS_POSIX_MQUEUE] = yr_make_mqueue,
		[YR_LOG_CLASS_SYSV_MQUEUE] = yr_make_mqueue,
		[YR_LOG_CLASS_USERNS] = make_userns,
		[YR_LOG_CLASS_IO_URING] = yr_make_io_uring,
		[YR_LOG_CLASS_RLIMITS] = make_rlimit,
		[YR_LOG_CLASS_CHANGE_PROFILE] = make_change_profile,
		[YR_LOG_CLASS_CHANGE_ONEXEC] = make_change_profile,
		[YR_LOG_CLASS_CHANGE_HAT] = make_hat,
	};
	const struct yr_info *info = yr_info_find(yr_event_text(ev, YR_LOG_INFO));
	struct yr_making m = { .ev = ev, .varies = field, .pattern = pattern, .mend = ret };
	int r;

	*ret = (struct yr_mend){ .flag = info ? info->flag : NULL };
	if (makers[ev->rule_class] && !yr_record_lacks(&m, arena))
		makers[ev->rule_class](&m);
	r = finish(&m, arena);
	yr_buf_done(&m.rule);
	yr_buf_done(&m.access);
	return r;
}
