/* SPDX-License-Identifier: Apache-2.0 */
/* PodSecurityPolicy: two annotations, until Kubernetes 1.24. */
#include <stdlib.h>
#include <string.h>

#include "pod/policy.h"
#include "pod/text.h"
#include "pod/validate.h"

#define PSP_PREFIX "apparmor.security.beta.kubernetes.io/"
#define DEFAULT_PATH "metadata.annotations[" PSP_PREFIX "defaultProfileName]"
#define ALLOWED_PATH "metadata.annotations[" PSP_PREFIX "allowedProfileNames]"

/* Whether @word is one of a list that is cut at commas and nowhere else. */
static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;;) {
		size_t n = strcspn(list, ",");

		if (n == len && !memcmp(list, word, n))
			return true;
		if (!list[n])
			return false;
		list += n + 1;
	}
}

/* Each name of the list that is none. */
static void check_names(const struct yr_psp *psp, struct yr_pod_answer *a)
{
	const char *at = psp->allowed;

	for (size_t n; *at; at += n + (at[n] == ',')) {
		AUTO_BUF struct yr_buf b = { 0 };
		AUTO_FREE char *name = NULL;

		n = strcspn(at, ",");
		name = strndup(at, n);
		if (!name)
			a->no_memory = true;
		else if (yr_put_profile_fault(&b, name))
			yr_answer_invalid(a, ALLOWED_PATH, 0, 0, psp->allowed, "%s",
					  b.data ? b.data : "");
		if (a->no_memory || a->n_faults > 50)
			return;
	}
}

void yr_psp_validate(const struct yr_psp *psp, const struct yr_era *era, bool standing,
		     struct yr_pod_answer *a)
{
	AUTO_BUF struct yr_buf b = { 0 };

	if (yr_put_profile_fault(&b, psp->fallback))
		yr_answer_invalid(a, DEFAULT_PATH, 0, 0, psp->fallback, "%s", b.data ? b.data : "");
	if (psp->allowed)
		check_names(psp, a);
	if (!*psp->fallback || !psp->allowed || a->n_faults || lists(psp->allowed, psp->fallback))
		return;
	if (standing && era->numbered) {
		yr_answer_warn(a,
			       DEFAULT_PATH ": %s is not an allowed profile, so that Pods "
					    "without an annotation are refused",
			       psp->fallback);
		return;
	}
	yr_put_quoted(&b, psp->allowed);
	yr_answer_fault(a, YR_FAULT_FORBIDDEN, DEFAULT_PATH, 0, 0,
			"the default %s is not an allowed profile. Allowed values: %s",
			psp->fallback, b.data ? b.data : "");
}

/* What @psp says against the container's profile, which may be @psp's default; true: nothing. */
static bool allows(const struct yr_psp *psp, const char *container, const char *profile,
		   struct yr_buf *faults)
{
	if (!psp->allowed)
		return true;
	if (*profile && lists(psp->allowed, profile))
		return true;
	yr_buf_printf(faults, "%spod.metadata.annotations[" YR_POD_ANNOTATION "%s]: Forbidden: ",
		      faults->len ? " " : "", container);
	if (*profile) {
		yr_buf_printf(faults, "%s is not an allowed profile. Allowed values: ", profile);
		yr_put_quoted(faults, psp->allowed);
	} else {
		yr_buf_puts(faults, "AppArmor profile must be set");
	}
	return false;
}

/* Whether @psp lets the Pod in, and whether it has to change it for that. */
static bool try(const struct yr_psp *psp, const struct yr_pod *pod, struct yr_buf *faults,
		bool *ret_changes)
{
	bool good = true;

	*ret_changes = false;
	for (size_t i = 0; i < pod->n_containers; i++) {
		const char *name = pod->containers[i].name;
		const struct yr_pair *pair = yr_pod_annotation(pod, name);
		const char *profile = pair ? pair->value : "";

		if (!*profile && *psp->fallback) {
			profile = psp->fallback;
			*ret_changes = true;
		}
		good &= allows(psp, name, profile, faults);
		if (faults->len > 1u << 20)
			return false;
	}
	return good;
}

static void apply(const struct yr_psp *psp, struct yr_pod *pod, struct yr_pod_answer *a)
{
	for (size_t i = 0; i < pod->n_containers && *psp->fallback; i++) {
		const char *name = pod->containers[i].name;
		const struct yr_pair *pair = yr_pod_annotation(pod, name);

		if ((!pair || !*pair->value) &&
		    !yr_pod_annotate(pod, name, psp->fallback, YR_BY_POLICY))
			a->no_memory = true;
	}
	pod->psp = psp->name;
}

/* The first that lets it in as it is; else the first that does with its default. */
void yr_psp_admit(const struct yr_policies *p, struct yr_pod *pod, struct yr_pod_answer *a)
{
	const struct yr_psp *changing = NULL;
	AUTO_BUF struct yr_buf faults = { 0 };

	for (size_t i = 0; i < p->n_psps; i++) {
		bool changes;

		if (!try(&p->psps[i], pod, &faults, &changes))
			continue;
		if (!changes) {
			apply(&p->psps[i], pod, a);
			return;
		}
		if (!changing)
			changing = &p->psps[i];
	}
	if (changing)
		apply(changing, pod, a);
	else if (!p->n_psps)
		yr_answer_forbid(
			a, "PodSecurityPolicy: no providers available to validate pod request");
	else
		yr_answer_forbid(a, "PodSecurityPolicy: unable to admit pod: [%s]",
				 faults.data ? faults.data : "");
}
