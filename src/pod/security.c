/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pod Security Admission: what its levels baseline and restricted, which are alike in this, say
 * about AppArmor. The rest of these levels is not looked at.
 */
#include <stdio.h>
#include <string.h>

#include "pod/policy.h"
#include "pod/text.h"

struct found {
	struct yr_buf containers, annotations; /* quoted, with ", " between them */
	size_t n_containers, n_annotations;
	bool pod;
};

static void add(struct yr_buf *b, size_t *n, const char *text)
{
	yr_buf_printf(b, "%s\"%s\"", (*n)++ ? ", " : "", text);
}

static bool is_bad(const struct yr_profile_field *f)
{
	return f->set && (!f->type || (strcmp(f->type, "RuntimeDefault") != 0 &&
				       strcmp(f->type, "Localhost") != 0));
}

static void look(const struct yr_pod *pod, const struct yr_era *era, struct found *f)
{
	f->pod = era->fields && is_bad(&pod->field);
	for (size_t i = 0; i < pod->n_containers && era->fields; i++)
		if (is_bad(&pod->containers[i].field))
			add(&f->containers, &f->n_containers, pod->containers[i].name);
	for (size_t i = 0; i < pod->n_annotations; i++) {
		const struct yr_pair *a = &pod->annotations[i];
		struct yr_wish p = yr_wish_of(a->value);
		AUTO_BUF struct yr_buf b = { 0 };

		if (strncmp(a->key, YR_POD_ANNOTATION, sizeof(YR_POD_ANNOTATION) - 1) != 0 ||
		    (p.type != YR_PROFILE_UNCONFINED && p.type != YR_PROFILE_INVALID))
			continue;
		yr_buf_printf(&b, "%s=", a->key);
		yr_put_quoted(&b, a->value);
		if (era->fields)
			add(&f->annotations, &f->n_annotations, b.data ? b.data : "");
		else
			yr_buf_printf(&f->annotations, "%s%s", f->n_annotations++ ? ", " : "",
				      b.data ? b.data : "");
	}
}

/* "forbidden AppArmor profile (...)"; false: nothing is. */
static bool put(struct yr_buf *b, const struct found *f, const struct yr_era *era)
{
	bool fields = f->pod || f->n_containers;

	if (!fields && !f->n_annotations)
		return false;
	yr_buf_printf(b, "forbidden AppArmor profile%s (",
		      fields + f->n_annotations > 1 ? "s" : "");
	if (!era->fields) {
		/* Before there were fields: the annotations alone. */
		yr_buf_puts(b, f->annotations.data);
		yr_buf_putc(b, ')');
		return true;
	}
	if (f->pod)
		yr_buf_puts(b, "pod");
	if (f->n_containers)
		yr_buf_printf(b, "%scontainer%s %s", f->pod ? " and " : "",
			      f->n_containers > 1 ? "s" : "", f->containers.data);
	if (f->n_annotations)
		yr_buf_printf(b, "%sannotation%s", fields ? " and " : "",
			      f->n_annotations > 1 ? "s" : "");
	yr_buf_printf(b, " must not set AppArmor profile type to %s%s%s)",
		      fields ? "\"Unconfined\"" : "", fields && f->n_annotations ? ", " : "",
		      f->n_annotations ? f->annotations.data : "");
	return true;
}

static const struct yr_pair *label_of(const struct yr_namespace *ns, const char *mode,
				      const char *rest)
{
	char key[80];

	snprintf(key, sizeof(key), "pod-security.kubernetes.io/%s%s", mode, rest);
	return yr_pair_find(ns->labels, ns->n_labels, key);
}

/* The level of a mode: NULL unless it forbids something. */
static const char *level(const struct yr_namespace *ns, const char *mode)
{
	const struct yr_pair *label = label_of(ns, mode, "");

	if (!label || !strcmp(label->value, "privileged"))
		return NULL;
	if (!strcmp(label->value, "baseline") || !strcmp(label->value, "restricted"))
		return label->value;
	/* Who enforces a level that is none gets the strictest; warnings are left out. */
	return strcmp(mode, "enforce") ? NULL : "restricted";
}

static bool is_version(const char *s)
{
	if (strncmp(s, "v1.", 3) != 0)
		return false;
	s += 3;
	return *s && strlen(s) < 10 && !s[strspn(s, "0123456789")] && (*s != '0' || !s[1]);
}

static const char *version(const struct yr_namespace *ns, const char *mode)
{
	const struct yr_pair *label = label_of(ns, mode, "-version");

	return label && is_version(label->value) ? label->value : "latest";
}

/* Since 1.26 a level that is enforced is one to warn by, where no other is. */
static const char *warn_mode(const struct yr_namespace *ns, const struct yr_era *era)
{
	const struct yr_pair *enforce = label_of(ns, "enforce", "");

	return era->minor >= 26 && !label_of(ns, "warn", "") && enforce &&
			       (!strcmp(enforce->value, "baseline") ||
				!strcmp(enforce->value, "restricted"))
		       ? "enforce"
		       : "warn";
}

void yr_pod_security(const struct yr_namespace *ns, const struct yr_pod *pod,
		     const struct yr_era *era, struct yr_pod_answer *a)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct found f = { 0 };

	/* Since 1.22. Before, the labels mean nothing. */
	if (era->numbered && era->minor < 22)
		return;
	look(pod, era, &f);
	if (put(&b, &f, era)) {
		const char *enforce = pod->template ? NULL : level(ns, "enforce");
		const char *mode = warn_mode(ns, era), *warn = level(ns, mode);
		const char *audit = level(ns, "audit");

		if (enforce)
			yr_answer_forbid(a, "violates PodSecurity \"%s:%s\": %s", enforce,
					 version(ns, "enforce"), b.data);
		else if (warn)
			yr_answer_warn(a, "would violate PodSecurity \"%s:%s\": %s", warn,
				       version(ns,
					       label_of(ns, "warn", "-version") ? "warn" : mode),
				       b.data);
		if (audit)
			yr_answer_audit(a, "would violate PodSecurity \"%s:%s\": %s", audit,
					version(ns, "audit"), b.data);
	}
	a->no_memory |= b.failed;
	yr_buf_done(&f.containers);
	yr_buf_done(&f.annotations);
}
