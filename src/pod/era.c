/* SPDX-License-Identifier: Apache-2.0 */
/* What changed when. The versions and their reasons are in yoroi-pod(1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pod/pod.h"

enum { OLDEST = 4, NEWEST = 36 };

/* The rules of Kubernetes 1.@minor. */
static void of_version(unsigned minor, struct yr_era *e)
{
	*e = (struct yr_era){
		.minor = minor,
		.fields = minor >= 30,
		.to_annotation = minor >= 30 && minor <= 33,
		.asks_loaded = minor <= 23,
		.psp = minor <= 24,
		.node_message = minor <= 29,
		.gate_off = minor <= 13   ? YR_GATE_FORBIDS
			    : minor <= 30 ? YR_GATE_DROPS
			    : minor <= 32 ? YR_GATE_LOCKED
					  : YR_GATE_UNKNOWN,
		.rejection = minor == 4    ? YR_REJECT_FAILED
			     : minor <= 30 ? YR_REJECT_PENDING
					   : YR_REJECT_HARD,
	};
}

static const struct {
	const char *name;
	unsigned minor; /* whose rules it has but for what yr_era_find() changes */
} named[] = {
	{ YR_ERA_DEFAULT, 4 },
	{ "both", 30 },
	{ "fields", 36 },
	{ "fields-only", 36 },
};

static bool is_version(const char *name, unsigned *ret)
{
	char *end;
	unsigned long minor, patch;

	if (*name == 'v')
		name++;
	if (strncmp(name, "1.", 2) != 0 || name[2] < '1' || name[2] > '9')
		return false;
	minor = strtoul(name + 2, &end, 10);
	if (*end == '.' && end[1] >= '0' && end[1] <= '9')
		patch = strtoul(end + 1, &end, 10);
	else
		patch = 0;
	*ret = (unsigned)minor;
	return !*end && patch < 1000 && minor >= OLDEST && minor <= NEWEST;
}

bool yr_era_find(const char *name, struct yr_era *ret)
{
	unsigned minor;

	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (strcmp(named[i].name, name) != 0)
			continue;
		of_version(named[i].minor, ret);
		snprintf(ret->name, sizeof(ret->name), "%s", name);
		ret->gate_off = YR_GATE_FORBIDS;
		ret->no_annotations = !strcmp(name, "fields-only");
		if (!i)
			ret->rejection = YR_REJECT_DOCUMENT;
		return true;
	}
	if (!is_version(name, &minor))
		return false;
	of_version(minor, ret);
	snprintf(ret->name, sizeof(ret->name), "1.%u", minor);
	ret->numbered = true;
	return true;
}
