/* SPDX-License-Identifier: Apache-2.0 */
/* The profile of a run, into the kernel. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/learn_watch.h"

/*
 * Every class that this kernel knows is mediated by it. Programs stay in the profile when they are
 * executed, and that is recorded: from one that has no rule for it they go to a profile that the
 * kernel makes up (//null-), and there Linux 6.1 records files and capabilities, but no network,
 * signals or mounts. Only to tell programs apart by the exec is that the price, and with
 * no_new_privs they can but stay.
 */
static int compile(const struct yr_settings *s, const struct yr_learn_runner *r,
		   const struct yr_features *kernel, void **ret_image, size_t *ret_len,
		   struct yr_err *err)
{
	struct yr_compile_options opt = { .kernel = kernel, .override_abi = kernel };
	struct yr_diags *diags = yr_settings_diags(s);
	bool container = r->wish->what != YR_LEARN_COMMAND;
	struct yr_compile *c = NULL;
	char text[200];
	int n, code = diags ? 0 : -ENOMEM;

	n = snprintf(text, sizeof(text), "profile %s flags=(complain%s) {\n%s}\n", r->cage.profile,
		     container ? ",attach_disconnected,mediate_deleted" : "",
		     r->ran->inherits || !r->wish->apart ? "\taudit /** ix,\n" : "");
	if (!code)
		code = yr_diags_set_warning(diags, "all", YR_WARN_HIDE);
	if (!code)
		code = yr_compile_text("the profile of the run", text, (size_t)n, &opt, diags, &c,
				       err);
	if (!code)
		code = yr_compile_image(c, ret_image, ret_len, err);
	if (code == -EBADMSG)
		yr_diags_show(diags, false);
	yr_compile_free(c);
	yr_diags_free(diags);
	return code;
}

int yr_learn_load(const struct yr_settings *s, struct yr_learn_runner *r, struct yr_err *err)
{
	struct yr_loader *loader = NULL;
	struct yr_features *kernel = NULL;
	AUTO_FREE void *image = NULL;
	size_t len = 0;
	int code = yr_loader_open(r->cage.host, &loader, err);

	if (!code)
		code = yr_host_features(r->cage.host, &kernel, err);
	if (!code)
		code = compile(s, r, kernel, &image, &len, err);
	if (!code) {
		/* Before it is so: the guardian may find nothing, but must not miss it. */
		r->cage.loaded = true;
		yr_guard_tell(&r->guard, &r->cage);
		code = yr_loader_push(loader, YR_LOAD_ADD, image, len, err);
		r->cage.loaded = !code || code == -EIO;
	}
	yr_features_free(kernel);
	yr_loader_free(loader);
	return code;
}
