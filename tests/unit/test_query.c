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

#include "image/form.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_says_what_was_compiled),
		cmocka_unit_test(an_image_may_start_anywhere),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
