/* SPDX-License-Identifier: Apache-2.0 */
/* Differences between profiles: nothing is missed, witnesses are shortest and can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verdict/diff.h"
#include "verdict/query_parts.h"

static struct yr_features *kernel;

static int set_up(void **state)
{
	AUTO_FREE char *path = NULL;
	AUTO_FCLOSE FILE *in = NULL;
	struct yr_err err = { 0 };
	char text[1 << 16];

	(void)state;
	if (asprintf(&path, "%s/everything", getenv("YOROI_FEATURES")) < 0 ||
	    !(in = fopen(path, "r")))
		return -1;
	return yr_features_parse("everything", text, fread(text, 1, sizeof(text), in), &kernel,
				 &err);
}

static int tear_down(void **state)
{
	(void)state;
	kernel = yr_features_free(kernel);
	return 0;
}

struct policy {
	struct yr_arena arena;
	struct yr_policy *policy;
	struct yr_subject subject;
};

static void compile(const char *rules, struct policy *p)
{
	struct yr_policy_options opt = { .kernel = kernel,
					 .override_abi = kernel,
					 .per_rule = true };
	struct yr_diags *diags = yr_diags_new();
	struct yr_lang_options lang = { 0 };
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	const char *text;

	*p = (struct policy){ .policy = NULL };
	text = yr_arena_printf(&p->arena, "profile p {\n%s\n}\n", rules);
	if (yr_lang_read_text(&p->arena, "t.aa", yr_str_of(text), &lang, diags, &unit, &err) < 0 ||
	    yr_diags_errors(diags) || yr_policy_compile(unit, &opt, diags, &p->policy, &err) < 0 ||
	    yr_diags_errors(diags)) {
		for (size_t i = 0; i < yr_diags_count(diags); i++)
			yr_diag_print(stderr, yr_diags_get(diags, i), false);
		fail_msg("%s: %s", text, err.msg);
	}
	p->subject = (struct yr_subject){ unit, unit->profiles[0], &p->policy->profiles[0], opt };
	yr_diags_free(diags);
}

static void done(struct policy *p)
{
	yr_policy_free(p->policy);
	yr_arena_done(&p->arena);
}

/* A small generator, so that every machine makes the same rules. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void random_rules(uint32_t *seed, struct yr_buf *b)
{
	static const char *const quals[] = {
		"", "", "", "owner ", "deny ", "audit ", "audit deny "
	};
	static const char *const pieces[] = { "a",  "b",    "/",     "*",    "**",    "?",
					      "a/", "[ab]", "[^a/]", "[^b]", "{a,bb}" };
	static const char *const perms[] = { "r", "w", "rw", "rk" };

	for (uint32_t n = 1 + next_random(seed) % 4; n; n--) {
		yr_buf_printf(b, "%s/", quals[next_random(seed) % ARRAY_LEN(quals)]);
		for (uint32_t k = 1 + next_random(seed) % 4; k; k--)
			yr_buf_puts(b, pieces[next_random(seed) % ARRAY_LEN(pieces)]);
		yr_buf_printf(b, " %s,\n", perms[next_random(seed) % ARRAY_LEN(perms)]);
	}
}

enum { LONGEST = 7 };
static const char letters[] = "/abc"; /* c: what no rule names */

static const struct yr_perms *at(const struct policy *p, struct yr_str path, int half)
{
	static const struct yr_perms nothing;
	const struct yr_pdb *pdb = &p->subject.compiled->file;
	const struct yr_state_perms *s;

	if (!pdb->dfa)
		return &nothing;
	s = &pdb->perms[pdb->dfa->accept[yr_dfa_run(pdb->dfa, 1, path)]];
	return half ? &s->other : &s->owner;
}

/* What changes at @path, a bit for each. */
static unsigned changes_at(const struct policy *a, const struct policy *b, struct yr_str path)
{
	unsigned all = 0;

	for (int half = 0; half < 2; half++) {
		const struct yr_perms *x = at(a, path, half), *y = at(b, path, half);
		uint32_t both = x->allow & y->allow & 0x6e, none = ~(x->allow | y->allow) & 0x6e;

		all |= (y->allow & ~x->allow & 0x6e) ? 1u << YR_CHANGE_ALLOWED : 0;
		all |= (x->allow & ~y->allow & 0x6e) ? 1u << YR_CHANGE_DENIED : 0;
		all |= (y->audit & ~x->audit & both) ? 1u << YR_CHANGE_AUDITED : 0;
		all |= (x->audit & ~y->audit & both) ? 1u << YR_CHANGE_UNAUDITED : 0;
		all |= (y->quiet & ~x->quiet & none) ? 1u << YR_CHANGE_QUIET : 0;
		all |= (x->quiet & ~y->quiet & none) ? 1u << YR_CHANGE_LOUD : 0;
	}
	return all;
}

/* The length of a shortest path with each change, by trying all of them; 0: none. */
static void try_all(const struct policy *a, const struct policy *b, size_t shortest[YR_CHANGES])
{
	char path[LONGEST + 1] = "/";

	memset(shortest, 0, YR_CHANGES * sizeof(*shortest));
	for (size_t len = 1; len <= LONGEST; len++) {
		uint32_t n = 1;

		for (size_t i = 1; i < len; i++)
			n *= sizeof(letters) - 1;
		for (uint32_t k = 0; k < n; k++) {
			uint32_t rest = k;
			bool real = true;
			unsigned found;

			for (size_t i = 1; i < len; i++, rest /= sizeof(letters) - 1) {
				path[i] = letters[rest % (sizeof(letters) - 1)];
				real &= path[i] != '/' || path[i - 1] != '/';
			}
			found = real ? changes_at(a, b, (struct yr_str){ path, len }) : 0;
			for (unsigned c = 0; c < YR_CHANGES; c++)
				if (found >> c & 1 && !shortest[c])
					shortest[c] = len;
		}
	}
}

static void differences_are_found_and_shortest(void **state)
{
	uint32_t seed = 1, different = 0;

	(void)state;
	for (int turn = 0; turn < 400; turn++) {
		AUTO_BUF struct yr_buf one = { 0 }, two = { 0 };
		size_t want[YR_CHANGES], got[YR_CHANGES] = { 0 };
		struct yr_diff diff = { 0 };
		struct yr_err err = { 0 };
		struct policy a, b;

		random_rules(&seed, &one);
		yr_buf_puts(&two, turn & 1 ? one.data : "");
		random_rules(&seed, &two);
		compile(one.data, &a);
		compile(two.data, &b);
		try_all(&a, &b, want);
		assert_int_equal(yr_diff(&a.subject, &b.subject, &diff, &err), 0);
		for (size_t i = 0; i < diff.n; i++) {
			const struct yr_difference *d = &diff.at[i];

			assert_string_equal(d->class, "file");
			assert_true(changes_at(&a, &b, (struct yr_str){ d->input, d->len }) >>
					    d->change &
				    1);
			if (!got[d->change] || d->len < got[d->change])
				got[d->change] = d->len;
		}
		for (unsigned c = 0; c < YR_CHANGES; c++) {
			size_t told = got[c] <= LONGEST ? got[c] : 0;

			if (told != want[c])
				fail_msg("change %u: told %zu, shortest %zu, between\n%sand\n%s", c,
					 got[c], want[c], one.data, two.data);
			different += want[c] != 0;
		}
		yr_diff_done(&diff);
		done(&a);
		done(&b);
	}
	/* Or else nothing was tried. */
	assert_in_range(different, 400, 4000);
}

/* Each allows what nothing else does; what is told of it must be read as an access of it. */
static const char *const rules[] = {
	"/etc/passwd r,",
	"/etc/** rw,",
	"owner /home/*/.ssh/ rw,",
	"\"/a b\" w,",
	"/\\*\\?\\[\\]\\{\\}\\^ r,",
	"/a\\\\b r,",
	"\"/a\\\"b\" r,",
	"/a\\001\\177\\n k,",
	"/\\303\\251 r,",
	"/a\\,b r,",
	"/a#b r,",
	"\"/a=b(c)!d\" r,",
	"/a@\\{x r,",
	"/bin/a ix,",
	"/bin/a px,",
	"/bin/a Cx -> kid,",
	"/bin/a ux,",
	"/bin/a rm,",
	"link /a -> /b,",
	"link subset /a -> /b,",
	"/a/* l,",
	"change_profile -> other,",
	"change_profile -> /usr/bin/a//b,",
	"change_profile /bin/a -> \"an other\",",
	"change_profile -> **,",
	"mount,",
	"mount options=(ro, bind) /a/ -> /b/,",
	"mount options=(rw, rbind) /a/ -> /b/,",
	"mount options=(rw, make-rslave) -> /b/,",
	"mount options=(rw, make-private) -> /b/,",
	"mount options=(rw, move) /a/ -> /b/,",
	"mount fstype=tmpfs options=(nosuid, noexec) tmpfs -> /run/,",
	"mount fstype=ext4 /dev/sda -> \"/mnt/a b/\",",
	"remount options=(ro) /a/,",
	"umount /mnt/,",
	"pivot_root oldroot=/old/ /new/,",
	"signal,",
	"signal send set=(term) peer=foo,",
	"signal receive set=(rtmin+3) peer=\"a b\",",
	"signal set=(emt, exists),",
	"ptrace,",
	"ptrace read peer=/usr/bin/a//b,",
	"network,",
	"network inet stream,",
	"network inet6 tcp,",
	"network netlink raw,",
	"network alg,",
	"network packet dgram,",
	"network bluetooth seqpacket,",
	"network vsock,",
	"network inet stream ip=10.0.0.1 port=80,",
	"network inet6 dgram peer=(ip=::1 port=53),",
	"unix,",
	"unix (create) type=stream,",
	"unix (bind) type=dgram addr=@x,",
	"unix (bind, accept) type=stream addr=none,",
	"unix (connect) type=stream peer=(addr=@x),",
	"unix (send, receive) type=dgram addr=@a peer=(addr=@b label=foo),",
	"unix (getopt, setopt) type=stream addr=@x,",
	"unix (listen) type=stream addr=@x,",
	"dbus,",
	"dbus eavesdrop bus=session,",
	"dbus bind bus=system name=org.a,",
	"dbus send bus=session path=/a interface=org.a member=B peer=(name=org.c label=foo),",
	"dbus receive bus=session peer=(label=\"a b\"),",
	"mqueue,",
	"mqueue read type=posix /q,",
	"mqueue (create, delete) type=sysv 12,",
	"mqueue write type=posix label=foo /q,",
	"userns,",
	"io_uring,",
	"io_uring sqpoll,",
	"io_uring override_creds label=foo,",
	"capability chown net_raw,",
	"capability,",
};

/* The automata of the access, or their absence where it has none. */
static bool contains(const struct yr_request *r, const struct yr_difference *d)
{
	bool file = !strcmp(d->class, "file") || !strcmp(d->class, "link") ||
		    !strcmp(d->class, "change_profile");
	const struct yr_pdb *pdb = file ? &r->compiled->file : &r->compiled->policydb;

	return pdb->dfa &&
	       pdb->dfa->accept[yr_dfa_run(pdb->dfa, 1, (struct yr_str){ d->input, d->len })];
}

static bool is_allowed(const struct policy *p, const struct yr_difference *d, const char *rule)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_request *request = NULL;
	struct yr_answer answer = { 0 };
	struct yr_err err = { 0 };
	bool allowed;

	yr_diags_set_warning(diags, "all", YR_WARN_HIDE);
	if (yr_request_new(&p->subject, "access", yr_str_of(d->access), diags, &request, &err) <
	    0) {
		for (size_t i = 0; i < yr_diags_count(diags); i++)
			yr_diag_print(stderr, yr_diags_get(diags, i), false);
		fail_msg("of '%s' is told '%s': %s", rule, d->access, err.msg);
	}
	if (d->input && !contains(request, d))
		fail_msg("of '%s' is told '%s', which does not ask for it", rule, d->access);
	assert_int_equal(yr_query(&p->subject, request, &answer, &err), 0);
	/*
	 * A socket is made, and bound, before anybody asks for the other end's address, and no
	 * access of a network rule can leave that out: query goes through all of them.
	 */
	allowed = answer.allowed || (answer.for_some && strstr(rule, "ip="));
	yr_answer_done(&answer);
	yr_request_free(request);
	yr_diags_free(diags);
	return allowed;
}

static void witnesses_of_every_class_are_accesses(void **state)
{
	struct policy none;

	(void)state;
	compile("", &none);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct yr_diff diff = { 0 };
		struct yr_err err = { 0 };
		struct policy one;
		bool any = false;

		compile(rules[i], &one);
		assert_int_equal(yr_diff(&none.subject, &one.subject, &diff, &err), 0);
		for (size_t k = 0; k < diff.n; k++) {
			const struct yr_difference *d = &diff.at[k];

			if (d->change != YR_CHANGE_ALLOWED)
				fail_msg("'%s' changes %s like %d", rules[i], d->class, d->change);
			any = true;
			if (is_allowed(&none, d, rules[i]))
				fail_msg("of '%s' is told '%s', allowed before", rules[i],
					 d->access);
			if (!is_allowed(&one, d, rules[i]))
				fail_msg("of '%s' is told '%s', not allowed", rules[i], d->access);
		}
		if (!any)
			fail_msg("of '%s' nothing is told", rules[i]);
		/* The same in the other direction. */
		yr_diff_done(&diff);
		assert_int_equal(yr_diff(&one.subject, &none.subject, &diff, &err), 0);
		for (size_t k = 0; k < diff.n; k++)
			assert_int_equal(diff.at[k].change, YR_CHANGE_DENIED);
		yr_diff_done(&diff);
		done(&one);
	}
	done(&none);
}

/* A rule's worth of difference is one entry. */
static const struct {
	const char *before, *after;
	size_t n;
	const char *first; /* how its access begins */
} grouped[] = {
	{ "/etc/** r,", "/etc/** r,", 0, NULL },
	{ "/a r,\n/b r,", "/{a,b} r,", 0, NULL },
	{ "deny /** w,\n/** rw,", "/** r,\ndeny /** w,", 0, NULL },
	/* One rule beside many that say a part of it. */
	{ "/etc/a r,\n/etc/b/** rw,\n/etc/c* k,\n/etc/d r,",
	  "/etc/a r,\n/etc/b/** rw,\n/etc/c* k,\n/etc/d r,\n/etc/** rw,", 1, "/etc/a w," },
	/* Many that one denial takes away. */
	{ "/proc/a r,\n/proc/b r,\n/proc/** rw,\n/proc/c/* rk,",
	  "/proc/a r,\n/proc/b r,\n/proc/** rw,\n/proc/c/* rk,\naudit deny /proc/** rwk,", 1,
	  "/proc/a rw," },
	{ "network,", "network,\ndeny network alg,", 1, "network alg stream," },
	{ "", "/a r,\n/b r,", 2, "/a r," },
	{ "/bin/* ix,", "/bin/* px,", 2, NULL }, /* it goes elsewhere, and cannot be mapped */
	{ "/a r,", "audit /a r,", 1, "/a r," },
	{ "deny /a r,", "audit deny /a r,", 1, "/a r," },
	{ "set rlimit nofile <= 10,", "set rlimit nofile <= 20,", 1, "set rlimit nofile" },
};

static void a_rule_is_one_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(grouped); i++) {
		struct yr_diff diff = { 0 };
		struct yr_err err = { 0 };
		struct policy a, b;

		compile(grouped[i].before, &a);
		compile(grouped[i].after, &b);
		assert_int_equal(yr_diff(&a.subject, &b.subject, &diff, &err), 0);
		for (size_t k = 0; k < diff.n && diff.n != grouped[i].n; k++)
			print_message("# %d %s\n", diff.at[k].change, diff.at[k].access);
		if (diff.n != grouped[i].n)
			fail_msg("%zu differences, not %zu, between\n%s\nand\n%s", diff.n,
				 grouped[i].n, grouped[i].before, grouped[i].after);
		if (grouped[i].first)
			assert_string_equal(diff.at[0].access, grouped[i].first);
		yr_diff_done(&diff);
		done(&a);
		done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_are_found_and_shortest),
		cmocka_unit_test(witnesses_of_every_class_are_accesses),
		cmocka_unit_test(a_rule_is_one_difference),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
