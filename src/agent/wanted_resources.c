/* SPDX-License-Identifier: Apache-2.0 */
/* What a container may use up: Kubernetes' quantities in the engine's words. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/wanted_parts.h"
#include "base/cleanup.h"

/* Longer ones are no quantities of anything; also keeps all below from overflowing. */
#define MAX_DIGITS 15
#define MAX_MILLI (INT64_MAX / 2)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands behind the digits, in thousandths; 0: nothing that is known. */
static unsigned __int128 scale_of(const char *s)
{
	static const char letters[] = "kMGTPE", binary[] = "KMGTPE";
	unsigned __int128 scale = 1000;
	const char *at;

	if (!*s)
		return scale;
	if (!strcmp(s, "m"))
		return 1;
	at = strchr(binary, *s);
	if (at && !strcmp(s + 1, "i")) {
		for (; at >= binary; at--)
			scale *= 1024;
		return scale;
	}
	at = s[1] ? NULL : strchr(letters, *s);
	for (; at && at >= letters; at--)
		scale *= 1000;
	if (scale > 1000)
		return scale;
	if ((*s == 'e' || *s == 'E') && is_digit(s[1]) && (!s[2] || (is_digit(s[2]) && !s[3]))) {
		for (int n = atoi(s + 1); n > 0 && n <= 18; n--)
			scale *= 10;
		return atoi(s + 1) <= 18 ? scale : 0;
	}
	return 0;
}

/* quantity = DIGIT* ("." DIGIT*)? ("m" | "k".. | "Ki".. | "e" DIGIT+)?, rounded up. */
static bool read_text(const char *s, int64_t *ret_milli)
{
	unsigned __int128 value = 0, scale;
	size_t digits = 0, fraction = 0;
	bool behind = false;

	for (; is_digit(*s) || (*s == '.' && !behind); s++) {
		if (*s == '.') {
			behind = true;
			continue;
		}
		if (++digits > MAX_DIGITS)
			return false;
		value = value * 10 + (unsigned)(*s - '0');
		fraction += behind;
	}
	scale = scale_of(s);
	if (!digits || !scale)
		return false;
	value *= scale;
	for (; fraction; fraction--)
		value = (value + 9) / 10;
	if (value > MAX_MILLI)
		return false;
	*ret_milli = (int64_t)value;
	return true;
}

bool yr_quantity(const json_t *v, int64_t *ret_milli)
{
	char text[64];

	if (json_is_string(v))
		return read_text(json_string_value(v), ret_milli);
	if (json_is_integer(v))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		snprintf(text, sizeof(text), "%.3f", json_real_value(v));
	else
		return false;
	return read_text(text, ret_milli);
}

/* Shares of a processor: 1024 for a whole one, as kubelets count; the kernel takes 2 to 262144. */
static void add_shares(int64_t milli, struct yr_args *a)
{
	int64_t shares = milli > 256000 ? 262144 : milli * 1024 / 1000;

	yr_args_add(a, "--cpu-shares");
	yr_args_printf(a, "%lld", shares < 2 ? 2LL : (long long)shares);
}

void yr_wanted_resources(json_t *entry, struct yr_args *a)
{
	json_t *resources = json_object_get(entry, "resources");
	json_t *limits = json_object_get(resources, "limits");
	json_t *requests = json_object_get(resources, "requests");
	int64_t milli;

	if (yr_quantity(json_object_get(limits, "cpu"), &milli) && milli) {
		yr_args_add(a, "--cpus");
		yr_args_printf(a, "%lld.%03d", (long long)(milli / 1000), (int)(milli % 1000));
	}
	/* Who asks for nothing and has a limit asks for that. */
	if (yr_quantity(json_object_get(requests, "cpu"), &milli) ||
	    yr_quantity(json_object_get(limits, "cpu"), &milli))
		add_shares(milli, a);
	if (yr_quantity(json_object_get(limits, "memory"), &milli) && milli) {
		long long bytes = (long long)((milli + 999) / 1000);

		yr_args_add(a, "--memory");
		yr_args_printf(a, "%lldb", bytes);
		/* The same: no swap besides. */
		yr_args_add(a, "--memory-swap");
		yr_args_printf(a, "%lldb", bytes);
	}
}

void yr_wanted_check_resources(json_t *entry, yr_wanted_part_fn *fn, void *ctx)
{
	static const char *const lists[] = { "limits", "requests" };
	json_t *resources = json_object_get(entry, "resources"), *value;
	const char *key;
	char path[300];
	int64_t milli;

	json_object_foreach(resources, key,
			    value) if (strcmp(key, "limits") != 0 && strcmp(key, "requests") != 0)
		fn(ctx, "resources", key, true);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		json_t *list = json_object_get(resources, lists[i]);

		snprintf(path, sizeof(path), "resources.%s", lists[i]);
		if (list && !json_is_object(list))
			fn(ctx, path, "", true);
		json_object_foreach(list, key, value)
		{
			bool known = !strcmp(key, "cpu") || !strcmp(key, "memory");

			/* A limit that would not hold is refused; a wish is for schedulers. */
			if (!known)
				fn(ctx, path, key, i == 0);
			else if (!yr_quantity(value, &milli))
				fn(ctx, path, key, true);
		}
	}
}

/* Bit 0: it asks for something; bit 1: for less than its limits, or without both. */
static unsigned qos_of(json_t *entry)
{
	static const char *const names[] = { "cpu", "memory" };
	json_t *resources = json_object_get(entry, "resources");
	json_t *limits = json_object_get(resources, "limits");
	json_t *requests = json_object_get(resources, "requests");
	unsigned bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int64_t limit = 0, request = 0;

		if (!yr_quantity(json_object_get(limits, names[i]), &limit))
			limit = 0;
		/* Who asks for nothing and has a limit asks for that. */
		if (!yr_quantity(json_object_get(requests, names[i]), &request))
			request = limit;
		bits |= limit || request ? 1 : 0;
		bits |= !limit || request != limit ? 2 : 0;
	}
	return bits;
}

const char *yr_wanted_qos(json_t *spec)
{
	static const char *const lists[] = { "initContainers", "containers" };
	unsigned bits = 0;
	json_t *at;
	size_t i;

	for (size_t k = 0; k < ARRAY_LEN(lists); k++)
		json_array_foreach(json_object_get(spec, lists[k]), i, at) bits |= qos_of(at);
	return !(bits & 1) ? "BestEffort" : bits & 2 ? "Burstable" : "Guaranteed";
}
