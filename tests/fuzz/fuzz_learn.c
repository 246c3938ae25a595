/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on learn: any log to profiles. The first byte chooses how programs go on, all or each.
 * Whatever is written is policy, and allows what was seen: the proof says so, or the input has found
 * a mistake of ours. Attacks and profiles that attach too widely are findings, and no mistakes.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "author/learn.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int add(void *ctx, const struct yr_log_event *ev)
{
	return yr_learn_add(ctx, ev);
}

static struct yr_features *everything(void)
{
	const char *source = getenv("YOROI_SOURCE");
	char path[4096], *text = calloc(1, 1 << 20);
	struct yr_features *features = NULL;
	struct yr_err err = { 0 };
	FILE *f;

	snprintf(path, sizeof(path), "%s/profiles/features/everything", source ? source : ".");
	f = fopen(path, "r");
	if (!f || !text ||
	    yr_features_parse("everything", text, fread(text, 1, 1 << 20, f), &features, &err) < 0)
		abort();
	fclose(f);
	free(text);
	return features;
}

static void check(const struct yr_learn_proof *p)
{
	for (size_t i = 0; i < p->n_findings; i++)
		if (p->findings[i].what == YR_LEARN_STILL_REFUSED) {
			fprintf(stderr, "%s: %s: %s\n", p->findings[i].profile,
				p->findings[i].access, p->findings[i].why);
			abort();
		}
	if (p->allowed != p->replayed)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct yr_features *features;
	static struct yr_log *log;
	struct yr_learn_options opt = { .exec = (enum yr_learn_exec)(size ? data[0] % 3 : 0),
					.no_abstractions = true };
	struct yr_learn *l = yr_learn_new(&opt);
	struct yr_diags *diags = yr_diags_new();
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_learn_proof proof = { .holds = false };
	struct yr_learn_policy how = { .name = "fuzz" };
	struct yr_err err = { 0 };
	int r;

	if (!features)
		features = everything();
	if (!log)
		log = yr_log_new();
	if (!log || !l || !diags)
		abort();
	how.policy = (struct yr_policy_options){ .kernel = features, .override_abi = features };
	if (size) {
		yr_log_feed(log, data + 1, size - 1, add, l);
		yr_log_end(log, add, l);
	}
	if (yr_learn_programs(l) < 0)
		abort();
	for (size_t i = 0; size && i < l->n_programs; i++) {
		l->programs[i].how = (enum yr_learn_exec)((data[0] >> 2) % 6);
		l->programs[i].name = "named";
		l->programs[i].fallback = data[0] & 0x40;
		l->programs[i].chosen = data[0] & 0x80;
	}
	if (yr_learn_settle(l) < 0 || yr_learn_make(l, &how, diags, &err) < 0 ||
	    yr_learn_text(l, &how, opt.exec, diags, &text, &err) < 0)
		abort();
	/* Tunables are not here. */
	if (l->n_profiles && !strstr(text.data, "include <")) {
		r = yr_learn_prove(l, &how, (struct yr_str){ text.data, text.len }, diags, &proof,
				   &err);
		if (r == -EBADMSG) {
			fprintf(stderr, "%s\n", text.data);
			abort();
		}
		if (!r)
			check(&proof);
	}
	yr_learn_proof_done(&proof);
	yr_diags_free(diags);
	yr_learn_free(l);
	return 0;
}
