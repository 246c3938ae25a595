/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: what the process, or else its container, is to run under is loaded. start: what the
 * container was created with is loaded still.
 */
#include <errno.h>

#include "cmd/runtime.h"

static int read_process(struct yr_runtime *rt, struct yr_err *err)
{
	int r;

	if (!rt->args.process.value)
		return 0;
	r = yr_bundle_open_file(rt->args.process.value, &rt->bundle, err);
	return r < 0 ? r : yr_runtime_read(rt, YR_SPEC_PROCESS, err);
}

static int read_container(struct yr_runtime *rt, struct yr_err *err)
{
	struct yr_err why = { 0 };
	int r = yr_state_get(rt->run_dir, *rt->root ? rt->root : NULL, rt->start.id, &rt->container,
			     &why);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return yr_err_set(err, why.code, "what its container runs under cannot be read: %s",
				  why.msg);
	rt->start.name = rt->container->name;
	rt->start.pod = rt->container->pod;
	rt->start.pod_namespace = rt->container->pod_namespace;
	rt->start.image = rt->container->image;
	rt->start.hostname = rt->container->hostname;
	rt->start.seccomp = rt->container->seccomp;
	return 0;
}

/*
 * A container may have been started without a profile because there was none to be had, but a
 * process that asks for one by itself is not let in without.
 */
int yr_runtime_exec(struct yr_runtime *rt, struct yr_oci_change *ret, struct yr_err *err)
{
	struct yr_err why = { 0 };
	int r;

	r = read_process(rt, err);
	if (!r)
		r = read_container(rt, err);
	if (!r)
		r = yr_decide_exec(rt->spec, rt->args.apparmor.value, rt->container, rt->settings,
				   &rt->decision, err);
	rt->start.asked = rt->decision.asked;
	rt->start.source = *rt->decision.source ? rt->decision.source : NULL;
	if (r < 0)
		return r;
	if (rt->decision.profile)
		r = yr_ensure_profile(&rt->ensure, rt->decision.profile, &rt->ensured, &why);
	if (r < 0)
		return yr_err_set(err, why.code, "%s", why.msg);
	r = yr_runtime_check_mode(rt, err);
	if (r < 0)
		return r;
	yr_runtime_tell_decision(rt, NULL);
	if (rt->args.process.value)
		ret->process = yr_runtime_real(rt, rt->args.process.value);
	else if (rt->decision.by == YR_BY_CONTAINER)
		/* runc would take what the bundle's config.json says by now. */
		ret->apparmor = rt->decision.profile;
	return yr_runtime_record(rt, rt->settings->record_required, err);
}

/*
 * The kernel was asked when the container was created. A profile that is removed before its first
 * program starts lets that start unconfined, and loading it again does not change that.
 */
int yr_runtime_begin(struct yr_runtime *rt, struct yr_err *err)
{
	struct yr_err why = { 0 };
	int r = read_container(rt, err);

	if (r < 0 || !rt->container || !rt->container->profile)
		return r;
	rt->start.asked = rt->container->asked ? rt->container->asked : rt->container->profile;
	r = yr_ensure_still(&rt->ensure, rt->container->profile, &why);
	return r < 0 ? yr_err_set(
			       err, why.code,
			       "%s, but the container was created under it and would run without: "
			       "delete it and create it again",
			       why.msg)
		     : 0;
}
