/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to compiled policy, whether it came from text or from an image. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "image/form.h"
#include "verdict/query.h"

static const char *const kernel_names[] = { "debian-6.1", "debian-7.2", "everything" };
enum { KERNELS = ARRAY_LEN(kernel_names) };
static struct yr_features *kernels[KERNELS];

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++) {
		AUTO_FREE char *path = NULL;
		AUTO_FCLOSE FILE *in = NULL;
		struct yr_err err = { 0 };
		char text[1 << 16];

		if (asprintf(&path, "%s/%s", getenv("YOROI_FEATURES"), kernel_names[i]) < 0 ||
		    !(in = fopen(path, "r")))
			return -1;
		if (yr_features_parse(kernel_names[i], text, fread(text, 1, sizeof(text), in),
				      &kernels[i], &err) < 0)
			return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++)
		kernels[i] = yr_features_free(kernels[i]);
	return 0;
}

/* A profile file with something of everything. */
static const char rich[] = "profile rich /usr/bin/{a,b}* flags=(complain,attach_disconnected) {\n"
			   "  capability chown net_raw,\n"
			   "  audit capability kill,\n"
			   "  deny capability sys_admin,\n"
			   "  set rlimit nofile <= 10,\n"
			   "  /etc/** r,\n"
			   "  owner /home/*/** rwkl,\n"
			   "  audit /var/log/* w,\n"
			   "  deny /etc/shadow rw,\n"
			   "  audit deny /etc/gshadow rw,\n"
			   "  /bin/i ix,\n"
			   "  /bin/p Px,\n"
			   "  /bin/pu pux,\n"
			   "  /bin/pi Pix -> other,\n"
			   "  /bin/c cx -> child,\n"
			   "  /bin/u ux,\n"
			   "  /bin/n px -> :ns:name,\n"
			   "  link subset /a/* -> /b/**,\n"
			   "  change_profile -> other//hat,\n"
			   "  change_profile /bin/e -> \"named one\",\n"
			   "  network inet stream,\n"
			   "  network unix,\n"
			   "  deny network packet,\n"
			   "  mount options=(ro, bind) /a/ -> /b/,\n"
			   "  mount fstype=tmpfs -> /run/**,\n"
			   "  umount /mnt/,\n"
			   "  pivot_root oldroot=/old/ /new/,\n"
			   "  signal (send) set=(term, rtmin+3) peer=foo,\n"
			   "  ptrace (read, trace) peer=rich,\n"
			   "  unix (connect, send) type=stream peer=(addr=@x),\n"
			   "  dbus (send) bus=session interface=org.foo member=Bar,\n"
			   "  mqueue (read, open) type=posix /q,\n"
			   "  userns,\n"
			   "  io_uring sqpoll,\n"
			   "  profile child { /c r, }\n"
			   "  ^hat { /h w, }\n"
			   "}\n"
			   "profile empty { }\n";

static struct yr_policy *compile(const char *text, const struct yr_features *kernel, bool per_rule,
				 struct yr_arena *arena)
{
	struct yr_policy_options opt = { .kernel = kernel,
					 .override_abi = kernel,
					 .per_rule = per_rule };
	struct yr_lang_options lang = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_policy *policy = NULL;
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };

	if (yr_lang_read_text(arena, "t.aa", yr_str_of(text), &lang, diags, &unit, &err) < 0 ||
	    yr_diags_errors(diags) || yr_policy_compile(unit, &opt, diags, &policy, &err) < 0 ||
	    yr_diags_errors(diags)) {
		for (size_t i = 0; i < yr_diags_count(diags); i++)
			yr_diag_print(stderr, yr_diags_get(diags, i), false);
		fail_msg("%s", err.msg);
	}
	yr_diags_free(diags);
	return policy;
}

static struct yr_policy *through_an_image(const struct yr_policy *policy,
					  const struct yr_features *kernel)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_policy *back = NULL;
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };

	if (yr_image_write(policy, kernel, 0, &b, &err) < 0 ||
	    yr_image_read(b.data, b.len, &image, &err) < 0 ||
	    yr_policy_from_image(image, &back, &err) < 0)
		fail_msg("%s", err.msg);
	yr_image_free(image);
	return back;
}

/* Two automata that should say the same of every input. */
struct pair {
	const struct yr_compiled *profile[2];
	const struct yr_pdb *pdb[2];
	bool file, packed;
	uint32_t met;
};

static const char *target(const struct yr_compiled *c, uint32_t exec)
{
	uint32_t m = yr_xec_modifier(exec);

	return m < YR_XEC_TARGET ? "" : c->targets[m - YR_XEC_TARGET];
}

static bool same_half(const struct pair *p, struct yr_perms a, struct yr_perms b)
{
	uint32_t all = p->file ? 0x7f : p->packed ? ~YR_PDB_CONTINUE : UINT32_MAX;

	if ((a.allow ^ b.allow) & all || (a.audit ^ b.audit) & all || (a.quiet ^ b.quiet) & all)
		return false;
	return !(p->file && a.allow & YR_MAY_EXEC) ||
	       ((a.exec & 0x3ff) == (b.exec & 0x3ff) &&
		(yr_xec_modifier(a.exec) >= YR_XEC_TARGET ||
		 yr_xec_modifier(a.exec) == yr_xec_modifier(b.exec)) &&
		!strcmp(target(p->profile[0], a.exec), target(p->profile[1], b.exec)));
}

static int compare(void *ctx, const struct yr_product *product, uint32_t a, uint32_t b)
{
	struct pair *p = ctx;
	const struct yr_state_perms *l = &p->pdb[0]->perms[p->pdb[0]->dfa->accept[a]];
	const struct yr_state_perms *r = &p->pdb[1]->perms[p->pdb[1]->dfa->accept[b]];
	uint32_t change = (uint32_t)YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC;

	(void)product;
	p->met += l != &p->pdb[0]->perms[0];
	if (!same_half(p, l->owner, r->owner) || !same_half(p, l->other, r->other))
		return 1;
	/* The packed form has these once, for both. */
	return p->file && ((l->owner.allow | l->other.allow) ^ r->owner.allow) & change;
}

static void same_automata(const struct yr_compiled *a, const struct yr_compiled *b, bool file,
			  bool packed)
{
	struct pair p = { .profile = { a, b },
			  .pdb = { file ? &a->file : &a->policydb, file ? &b->file : &b->policydb },
			  .file = file,
			  .packed = packed };
	struct yr_err err = { 0 };

	assert_int_equal(!p.pdb[0]->dfa, !p.pdb[1]->dfa);
	if (!p.pdb[0]->dfa)
		return;
	if (yr_product_walk(p.pdb[0]->dfa, 1, p.pdb[1]->dfa, 1, compare, &p, &err))
		fail_msg("%s: the %s differ", a->name, file ? "files" : "classes");
	assert_true(p.met > 0);
}

static void an_image_says_what_was_compiled(void **state)
{
	(void)state;
	for (size_t k = 0; k < KERNELS; k++) {
		AUTO_ARENA struct yr_arena arena = { 0 };
		struct yr_policy *a = compile(rich, kernels[k], false, &arena);
		struct yr_policy *b = through_an_image(a, kernels[k]);

		assert_int_equal(b->n, 4);
		for (size_t i = 0; i < b->n; i++) {
			struct yr_compiled *x = &a->profiles[i], *y = &b->profiles[i];

			assert_string_equal(x->name, y->name);
			assert_int_equal(x->flags->mode, y->flags->mode);
			assert_int_equal(x->hat, y->hat);
			assert_int_equal(x->flags->attach_disconnected,
					 y->flags->attach_disconnected);
			assert_true(x->caps_allow == y->caps_allow);
			assert_true(x->caps_audit == y->caps_audit);
			assert_true(x->caps_quiet == y->caps_quiet);
			assert_memory_equal(&x->rlimits, &y->rlimits, sizeof(x->rlimits));
			assert_int_equal(!x->xmatch, !y->xmatch);
			same_automata(x, y, true, !k);
			same_automata(x, y, false, !k);
		}
		yr_policy_free(a);
		yr_policy_free(b);
	}
}

/* No parser writes such tables, but the kernel reads them: also what is not matched may say much. */
static void an_image_may_start_anywhere(void **state)
{
	static const char *const inputs[] = { "", "a", "ab", "aba", "b", "aa", "ba", "x", "ax" };

	(void)state;
	for (uint32_t start = 0; start < 4; start++)
		for (uint32_t nothing = 0; nothing < 2; nothing++) {
			struct yr_tables *t = yr_tables_new(4, 256 + 'z');
			struct yr_dfa *d = NULL;
			struct yr_err err = { 0 };

			t->accept[0] = nothing;
			for (uint32_t s = 1; s < 4; s++) {
				t->accept[s] = s + 10;
				t->base[s] = s * 2;
				t->next[s * 2 + 'a'] = s % 3 + 1;
				t->check[s * 2 + 'a'] = s;
				t->next[s * 2 + 'b'] = (s + 1) % 3 + 1;
				t->check[s * 2 + 'b'] = s;
			}
			if (yr_tables_verify(t, &err) || yr_tables_unpack(t, &d, &err) ||
			    yr_dfa_start_at(d, start, &err))
				fail_msg("%s", err.msg);
			for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
				struct yr_str in = yr_str_of(inputs[i]);

				assert_int_equal(d->accept[yr_dfa_run(d, 1, in)],
						 t->accept[yr_tables_run(t, start, in)]);
			}
			assert_int_equal(d->accept[0], 0);
			assert_int_equal(yr_dfa_step(d, 0, 'a'), 0);
			yr_dfa_free(d);
			yr_tables_free(t);
		}
}

/* A profile in all the forms that can be asked. */
struct subject {
	struct yr_arena arena;
	struct yr_diags *diags;
	struct yr_unit *unit;
	struct yr_policy *policy, *image;
};

static struct yr_subject open_subject(struct subject *s, const char *text,
				      const struct yr_features *kernel, bool image)
{
	struct yr_policy_options opt = { .kernel = kernel,
					 .override_abi = kernel,
					 .per_rule = true };
	struct yr_lang_options lang = { 0 };
	struct yr_err err = { 0 };

	*s = (struct subject){ .diags = yr_diags_new() };
	assert_int_equal(yr_lang_read_text(&s->arena, "t.aa", yr_str_of(text), &lang, s->diags,
					   &s->unit, &err),
			 0);
	assert_int_equal(yr_policy_compile(s->unit, &opt, s->diags, &s->policy, &err), 0);
	assert_int_equal(yr_diags_errors(s->diags), 0);
	if (image)
		s->image = through_an_image(s->policy, kernel);
	return (struct yr_subject){
		.unit = image ? NULL : s->unit,
		.profile = image ? NULL : s->unit->profiles[0],
		.compiled = image ? &s->image->profiles[0] : &s->policy->profiles[0],
		.policy = opt,
	};
}

static void close_subject(struct subject *s)
{
	yr_policy_free(s->policy);
	yr_policy_free(s->image);
	yr_diags_free(s->diags);
	yr_arena_done(&s->arena);
}

static const struct {
	const char *access;
	unsigned col;     /* 0: it is one */
	const char *says; /* part of the complaint */
} texts[] = {
	{ "/etc/passwd w,", 0, NULL },
	{ "  /etc/passwd w", 0, NULL }, /* the comma may be missing */
	{ "w /etc/passwd,", 0, NULL },
	{ "owner /x rw,", 0, NULL },
	{ "/usr/bin/id x,", 0, NULL }, /* any way to execute */
	{ "/usr/bin/id ix,", 0, NULL },
	{ "/srv/\\*x r,", 0, NULL },
	{ "\"/a b\" r,", 0, NULL },
	{ "/a l,", 0, NULL },
	{ "network,", 0, NULL },
	{ "unix (connect) type=stream peer=(addr=@x),", 0, NULL },
	{ "set rlimit nofile <= 5,", 0, NULL },
	{ "/etc/* w,", 6, "'*' stands for many" },
	{ "/etc/** w,", 6, "'*' stands for many" },
	{ "\"/a b*\" r,", 6, "'*' stands for many" },
	{ "owner /a? rw,", 9, "'?' stands for many" },
	{ "/a[bc] x,", 3, "'[' stands for many" },
	{ "/{a,b} r,", 2, "'{' stands for many" },
	{ "link /a* -> /b,", 8, "'*' stands for many" },
	{ "link /a -> /b*,", 14, "'*' stands for many" },
	{ "change_profile -> p*,", 20, "'*' stands for many" },
	{ "change_profile /b* -> p,", 18, "'*' stands for many" },
	{ "mount /a* -> /b,", 9, "'*' stands for many" },
	{ "mount fstype=ext* /a -> /b,", 17, "'*' stands for many" },
	{ "mount /a -> /b[c],", 15, "'[' stands for many" },
	{ "remount /a?,", 11, "'?' stands for many" },
	{ "umount /mnt/*,", 13, "'*' stands for many" },
	{ "pivot_root oldroot=/o* /n,", 22, "'*' stands for many" },
	{ "signal send peer=f*,", 19, "'*' stands for many" },
	{ "ptrace read peer=/usr/bin/*,", 27, "'*' stands for many" },
	{ "unix type=stream addr=@a*,", 25, "'*' stands for many" },
	{ "unix type=stream peer=(label=*),", 30, "'*' stands for many" },
	{ "dbus send bus=session path=/*,", 29, "'*' stands for many" },
	{ "mqueue read /q*,", 15, "'*' stands for many" },
	{ "mqueue read label=? /q,", 19, "'?' stands for many" },
	{ "io_uring override_creds label=*,", 31, "'*' stands for many" },
	{ "network inet peer=(label=a*),", 27, "" }, /* the parser has its own words */
	{ "@{HOME}/x r,", 1, "what the variable stands for" },
	{ "/a/@{x} r,", 4, "what the variable stands for" },
	{ "deny /x r,", 1, "an access has no 'audit'" },
	{ "audit /x r,", 1, "an access has no 'audit'" },
	{ "allow /x r,", 1, "an access has no 'audit'" },
	{ "priority=3 /x r,", 1, "an access has no 'audit'" },
	{ "all,", 1, "every access there is" },
	{ "/a r, /b r,", 7, "this is another" },
	{ "include <abstractions/base>", 1, "an access is one rule" },
	{ "profile x { }", 1, "an access is one rule" },
	{ "audit { /x r, }", 1, "an access is one rule" },
	{ "abi <x>,", 6, "an access is one rule" },
	{ "", 1, "no access here" },
	{ "  # nothing", 1, "no access here" },
	{ "/x rz,", 4, "there is no 'z'" },
	{ "capability net_rw,", 12, "no capability is called" },
	{ "/x", 3, "expected permissions" },
	{ "remount /a -> /b,", 12, "" },
};

static void only_accesses_are_taken(void **state)
{
	struct subject s;
	struct yr_subject subject = open_subject(&s, "profile t { }", kernels[2], false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct yr_diags *diags = yr_diags_new();
		struct yr_request *request = NULL;
		struct yr_err err = { 0 };
		int r;

		yr_diags_set_warning(diags, "all", YR_WARN_HIDE);
		r = yr_request_new(&subject, "access", yr_str_of(texts[i].access), diags, &request,
				   &err);
		if (texts[i].col) {
			const struct yr_diag *d = yr_diags_get(diags, 0);

			if (r != -EBADMSG || !d)
				fail_msg("'%s' is taken", texts[i].access);
			if (d->col != texts[i].col || !strstr(d->text, texts[i].says))
				fail_msg("'%s': column %u: %s", texts[i].access, d->col, d->text);
			assert_int_equal(d->line, 1);
			assert_string_equal(d->file, "access");
		} else if (r) {
			fail_msg("'%s' is refused: %s", texts[i].access,
				 yr_diags_count(diags) ? yr_diags_get(diags, 0)->text : err.msg);
		}
		yr_request_free(request);
		yr_diags_free(diags);
	}
	close_subject(&s);
}

static void ask(const struct yr_subject *s, const char *access, struct yr_answer *answer)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_request *request = NULL;
	struct yr_err err = { 0 };

	if (yr_request_new(s, "access", yr_str_of(access), diags, &request, &err) < 0 ||
	    yr_query(s, request, answer, &err) < 0)
		fail_msg("'%s': %s", access,
			 yr_diags_count(diags) ? yr_diags_get(diags, 0)->text : err.msg);
	yr_request_free(request);
	yr_diags_free(diags);
}

static unsigned line_of(const struct yr_rule *r)
{
	unsigned line = 0, col;

	if (r)
		yr_loc_position(&r->loc, &line, &col);
	return line;
}

static const char asked[] = "profile t {\n"
			    "  /etc/** r,\n"                         /* 2 */
			    "  deny /etc/shadow r,\n"                /* 3 */
			    "  audit deny /etc/gshadow r,\n"         /* 4 */
			    "  audit /log w,\n"                      /* 5 */
			    "  owner /home/** rw,\n"                 /* 6 */
			    "  /bin/i ix,\n"                         /* 7 */
			    "  /bin/c Cx -> kid,\n"                  /* 8 */
			    "  /bin/p pux,\n"                        /* 9 */
			    "  capability chown,\n"                  /* 10 */
			    "  deny capability kill,\n"              /* 11 */
			    "  network inet stream,\n"               /* 12 */
			    "  signal (send) set=(term) peer=foo,\n" /* 13 */
			    "  link subset /l/* -> /t/*,\n"          /* 14 */
			    "  /l/* r,\n"                            /* 15 */
			    "  /t/a r,\n"                            /* 16 */
			    "  mount options=(ro, bind) /a -> /b,\n" /* 17 */
			    "  deny mount,\n"                        /* 18 */
			    "  set rlimit nofile <= 10,\n"           /* 19 */
			    "  profile kid { }\n"
			    "}\n";

/* Lines of the deciding rule, of one that is hidden, of the nearest; 0: none. */
static const struct {
	const char *access;
	bool allowed, audited, quiet, for_some;
	unsigned rule, hidden, nearest;
	const char *missing, *transition;
} answers[] = {
	{ "/etc/passwd r,", true, .rule = 2 },
	{ "/etc/passwd rw,", false, .nearest = 2, .missing = "w" },
	{ "/etc/shadow r,", false, .quiet = true, .rule = 3, .hidden = 2, .missing = "r" },
	{ "/etc/gshadow r,", false, .rule = 4, .hidden = 2, .missing = "r" },
	{ "/log w,", true, .audited = true, .rule = 5 },
	{ "/log a,", true, .audited = true, .rule = 5 },
	{ "owner /home/x rw,", true, .rule = 6 },
	{ "other /home/x r,", false, .nearest = 6, .missing = "r" },
	{ "/home/x r,", false, .for_some = true, .nearest = 6, .missing = "r" },
	{ "/bin/i x,", true, .rule = 7, .transition = "inherit" },
	{ "/bin/i ix,", true, .rule = 7, .transition = "inherit" },
	{ "/bin/i m,", true, .rule = 7 },
	{ "/bin/i px,", false, .rule = 7, .missing = "x", .transition = "inherit" },
	{ "/bin/c x,", true, .rule = 8, .transition = "child kid, environment scrubbed" },
	{ "/bin/c Cx -> kid,", true, .rule = 8, .transition = "child kid, environment scrubbed" },
	{ "/bin/c Cx -> kit,", false, .rule = 8, .missing = "x",
	  .transition = "child kid, environment scrubbed" },
	{ "/bin/p x,", true, .rule = 9, .transition = "the program's own profile, or unconfined" },
	{ "/bin/q x,", false, .nearest = 7, .missing = "x" },
	{ "capability chown,", true, .rule = 10 },
	{ "capability kill,", false, .quiet = true, .rule = 11, .missing = "kill" },
	{ "capability syslog,", false, .nearest = 10, .missing = "syslog" },
	{ "capability chown syslog,", false, .for_some = true, .nearest = 10, .rule = 0,
	  .missing = "syslog" },
	{ "network inet stream,", true, .rule = 12 },
	{ "network inet dgram,", false, .nearest = 12, .missing = NULL },
	{ "signal send set=term peer=foo,", true, .rule = 13 },
	{ "signal send set=kill peer=foo,", false, .nearest = 13, .missing = "send" },
	{ "signal (send, receive) set=term peer=foo,", false, .nearest = 13, .missing = "receive" },
	{ "signal send peer=foo,", false, .for_some = true, .nearest = 13, .missing = "send" },
	{ "link /l/a -> /t/a,", true, .rule = 14 },
	/* No subset; upstream looks at that for the owner alone (docs/upstream.md). */
	{ "link /l/b -> /t/b,", false, .for_some = true, .rule = 14, .missing = "l" },
	{ "other link /l/b -> /t/b,", true, .rule = 14 },
	{ "link /l/b -> /u/b,", false, .nearest = 14, .missing = "l" },
	{ "mount options=(ro, bind) /a -> /b,", false, .quiet = true, .rule = 18, .hidden = 17,
	  .missing = "mount" },
	{ "set rlimit nofile <= 10,", true, .rule = 19 },
	{ "set rlimit nofile <= 11,", false, .rule = 19 },
	{ "set rlimit cpu <= 11,", true },
};

static void answers_name_the_rules(void **state)
{
	struct subject s;
	struct yr_subject subject = open_subject(&s, asked, kernels[2], false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct yr_answer a = { 0 };

		ask(&subject, answers[i].access, &a);
		if (a.allowed != answers[i].allowed || a.audited != answers[i].audited ||
		    a.quiet != answers[i].quiet || a.for_some != answers[i].for_some ||
		    line_of(a.rules.n ? a.rules.at[0] : NULL) != answers[i].rule ||
		    line_of(a.hidden.n ? a.hidden.at[0] : NULL) != answers[i].hidden ||
		    line_of(a.nearest) != answers[i].nearest ||
		    (answers[i].missing &&
		     strcmp(a.missing ? a.missing : "", answers[i].missing)) ||
		    strcmp(a.transition ? a.transition : "",
			   answers[i].transition ? answers[i].transition : ""))
			fail_msg("%s: allowed %d audited %d quiet %d some %d rule %u hidden %u "
				 "nearest %u missing '%s' -> '%s'",
				 answers[i].access, a.allowed, a.audited, a.quiet, a.for_some,
				 line_of(a.rules.n ? a.rules.at[0] : NULL),
				 line_of(a.hidden.n ? a.hidden.at[0] : NULL), line_of(a.nearest),
				 a.missing ? a.missing : "", a.transition ? a.transition : "");
		yr_answer_done(&a);
	}
	close_subject(&s);
}

static const struct {
	const char *texts[4];
	int result; /* 1: allowed, 0: not, else the error */
} together[] = {
	{ { "signal send set=term peer=foo,", "signal send set=term peer=foo," }, 1 },
	{ { "signal send set=term peer=foo,", "signal send set=kill peer=foo," }, 0 },
	{ { "signal send set=kill peer=foo,", "signal send set=term peer=foo," }, 0 },
	{ { "network (create) inet stream,", "network (bind) inet stream,",
	    "network (listen) inet stream," },
	  1 },
	{ { "network (create) inet stream,", "network (create) inet dgram," }, 0 },
	{ { "link /l/a -> /t/a,", "link /l/b -> /t/a," }, 1 },
	{ { "link /l/a -> /t/a,", "link /l/b -> /t/b," }, 0 },
	{ { "signal send set=term peer=foo,", "network inet stream," }, -EINVAL },
	{ { "signal send set=term peer=foo,", "signal bogus," }, -EBADMSG },
};

static void several_accesses_are_one_question(void **state)
{
	struct yr_subject subject;
	struct subject s;

	(void)state;
	subject = open_subject(&s, asked, kernels[KERNELS - 1], false);
	for (size_t i = 0; i < ARRAY_LEN(together); i++) {
		struct yr_diags *diags = yr_diags_new();
		struct yr_request *request = NULL;
		struct yr_answer answer = { 0 };
		struct yr_err err = { 0 };
		size_t n = 0;
		int r;

		while (n < 4 && together[i].texts[n])
			n++;
		r = yr_request_new_many(&subject, "access", together[i].texts, n, diags, &request,
					&err);
		if (!r)
			r = yr_query(&subject, request, &answer, &err);
		if (!r)
			r = answer.allowed;
		if (r != together[i].result)
			fail_msg("'%s' and others: %d, not %d", together[i].texts[0], r,
				 together[i].result);
		yr_answer_done(&answer);
		yr_request_free(request);
		yr_diags_free(diags);
	}
	close_subject(&s);
}

static void images_answer_alike_without_rules(void **state)
{
	(void)state;
	for (size_t k = 0; k < KERNELS; k++) {
		struct subject s, other;
		struct yr_subject text = open_subject(&s, asked, kernels[k], false);
		struct yr_subject image = open_subject(&other, asked, kernels[k], true);

		/* What an image was compiled for is not known to whom it is shown. */
		image.policy.kernel = image.policy.override_abi = kernels[2];
		for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
			struct yr_answer a = { 0 }, b = { 0 };

			ask(&text, answers[i].access, &a);
			ask(&image, answers[i].access, &b);
			if (a.allowed != b.allowed || a.audited != b.audited ||
			    a.quiet != b.quiet ||
			    strcmp(a.transition ? a.transition : "",
				   b.transition ? b.transition : ""))
				fail_msg("%s, %s: text %d, image %d", kernel_names[k],
					 answers[i].access, a.allowed, b.allowed);
			assert_int_equal(b.rules.n + b.hidden.n, 0);
			assert_null(b.nearest);
			yr_answer_done(&a);
			yr_answer_done(&b);
		}
		close_subject(&s);
		close_subject(&other);
	}
}

/* What is told to be denied is an access that is denied, and can be read again. */
static void examples_are_denied(void **state)
{
	static const char *const wide[] = {
		"file,",   "network,",        "unix,",         "signal,",
		"ptrace,", "mount,",          "umount",        "pivot_root,",
		"dbus,",   "mqueue,",         "io_uring,",     "capability,",
		"/l/a l",  "change_profile,", "network inet,", "unix type=dgram,",
	};
	struct subject s;
	struct yr_subject subject = open_subject(&s, asked, kernels[2], false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++) {
		struct yr_answer a = { 0 }, b = { 0 };

		ask(&subject, wide[i], &a);
		if (a.allowed || !a.example)
			fail_msg("%s: allowed %d, '%s'", wide[i], a.allowed,
				 a.example ? a.example : "");
		ask(&subject, a.example, &b);
		if (b.allowed)
			fail_msg("%s: '%s' is allowed", wide[i], a.example);
		yr_answer_done(&a);
		yr_answer_done(&b);
	}
	close_subject(&s);
}

static void modes_count_where_the_kernel_looks(void **state)
{
	struct subject s;
	struct yr_subject subject =
		open_subject(&s, "profile t flags=(unconfined) { }", kernels[2], false);
	struct yr_answer a = { 0 };

	(void)state;
	ask(&subject, "/x w,", &a);
	assert_true(a.allowed && a.decided == YR_BY_UNCONFINED);
	ask(&subject, "userns create,", &a);
	assert_false(a.allowed);
	yr_answer_done(&a);
	close_subject(&s);

	subject = open_subject(&s, "profile t flags=(complain) { }", kernels[2], false);
	ask(&subject, "/x w,", &a);
	assert_true(!a.allowed && a.decided == YR_BY_NOBODY);
	assert_string_equal(a.no_rule_for, "file");
	yr_answer_done(&a);
	close_subject(&s);

	subject = open_subject(&s, "profile t { }", kernels[0], false);
	ask(&subject, "userns create,", &a);
	assert_true(a.allowed && a.decided == YR_NOT_MEDIATED);
	yr_answer_done(&a);
	close_subject(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_says_what_was_compiled),
		cmocka_unit_test(an_image_may_start_anywhere),
		cmocka_unit_test(only_accesses_are_taken),
		cmocka_unit_test(answers_name_the_rules),
		cmocka_unit_test(several_accesses_are_one_question),
		cmocka_unit_test(images_answer_alike_without_rules),
		cmocka_unit_test(examples_are_denied),
		cmocka_unit_test(modes_count_where_the_kernel_looks),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
