/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on the questions of `yoroi check`: any text is compiled with its rules kept, asked
 * everything, and held beside itself. Short texts: what large ones cost is bounded by limits.h, but
 * in seconds, and a fuzzer wants thousands in one.
 */
#include <stdint.h>
#include <stdlib.h>

#include "verdict/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All classes; the shipped list need not be found from here. */
static const char kernel_text[] =
	"caps {mask {chown\n}\n}\ndbus {mask {send\n}\n}\ndomain {stack {yes\n}\n}\n"
	"io_uring {mask {sqpoll\n}\n}\nipc {posix_mqueue {open\n}\nsysv_mqueue {open\n}\n}\n"
	"mount {mask {mount\n}\n}\nnamespaces {mask {userns_create\n}\n}\n"
	"network_v9 {af_inet {yes\n}\naf_unix {yes\n}\n}\n"
	"policy {permstable32 {allow\n}\nversions {v5 {yes\n}\nv6 {yes\n}\nv7 {yes\n}\n}\n}\n"
	"ptrace {mask {read\n}\n}\nsignal {mask {hup\n}\n}\n";

static const struct yr_features *features(void)
{
	static struct yr_features *f;
	struct yr_err err = { 0 };

	if (!f && yr_features_parse("all", kernel_text, sizeof(kernel_text) - 1, &f, &err) < 0)
		abort();
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const none[] = { NULL };
	const struct yr_lang_options lang = { .include_dirs = none,
					      .relative_dir = "/nonexistent" };
	struct yr_lint_kernel kernel = { "all", features() };
	struct yr_lint_options opt = {
		.kernels = &kernel,
		.n_kernels = 1,
		.policy = { .kernel = features(), .override_abi = features() },
		.containers = YR_CONTAINERS_ALL,
	};
	struct yr_arena arena = { .limit = 64u << 20 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_lint_file *file = NULL;
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };

	if (!diags)
		abort();
	if (size <= 400 &&
	    !yr_lang_read_text(&arena, "fuzz", (struct yr_str){ (const char *)data, size }, &lang,
			       diags, &unit, &err) &&
	    !yr_lint(unit, &opt, diags, &file, &err) && file) {
		struct yr_lint_file *files[] = { file, file };

		yr_lint_set(files, 2, true, none, diags, &err);
	}
	yr_lint_file_free(file);
	yr_diags_free(diags);
	yr_arena_done(&arena);
	return 0;
}
