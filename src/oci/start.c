/* SPDX-License-Identifier: Apache-2.0 */
/* A start in words and as JSON. */
#include "oci/start.h"

#include <string.h>
#include <time.h>

#include "base/utf8.h"

static const char *const action_names[] = {
	[YR_START_CREATE] = "create",   [YR_START_RUN] = "run",     [YR_START_EXEC] = "exec",
	[YR_START_RESTORE] = "restore", [YR_START_START] = "start",
};

static const char *const outcome_names[] = {
	[YR_START_STARTED] = "started",
	[YR_START_REFUSED] = "refused",
	[YR_START_WEAKENED] = "weakened",
};

#define FIELD(name, journal, limit)                                                                \
	{                                                                                          \
#name, "YOROI_" journal, offsetof(struct yr_start, name), limit                    \
	}
const struct yr_start_field yr_start_fields[] = {
	FIELD(id, "CONTAINER_ID", YR_LIMIT_START_NAME),
	FIELD(root, "ROOT", YR_LIMIT_START_TEXT),
	FIELD(name, "CONTAINER_NAME", YR_LIMIT_START_NAME),
	FIELD(pod, "POD", YR_LIMIT_START_NAME),
	FIELD(pod_namespace, "POD_NAMESPACE", YR_LIMIT_START_NAME),
	FIELD(image, "IMAGE", YR_LIMIT_START_NAME),
	FIELD(hostname, "HOSTNAME", YR_LIMIT_START_NAME),
	FIELD(bundle, "BUNDLE", YR_LIMIT_START_TEXT),
	FIELD(profile, "PROFILE", YR_LIMIT_START_TEXT),
	FIELD(mode, "MODE", YR_LIMIT_START_NAME),
	FIELD(asked, "ASKED", YR_LIMIT_START_TEXT),
	FIELD(source, "SOURCE", YR_LIMIT_START_NAME),
	FIELD(seccomp, "SECCOMP", YR_LIMIT_START_NAME),
	FIELD(runtime, "RUNTIME", YR_LIMIT_START_TEXT),
	FIELD(reason, "REASON", YR_LIMIT_START_TEXT),
};
#undef FIELD
const size_t yr_start_n_fields = ARRAY_LEN(yr_start_fields);

const char *yr_start_action_name(enum yr_start_action action)
{
	return action_names[action];
}

const char *yr_start_outcome_name(enum yr_start_outcome outcome)
{
	return outcome_names[outcome];
}

bool yr_start_action_of(const char *word, enum yr_start_action *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(action_names); i++) {
		if (!strcmp(word, action_names[i])) {
			*ret = (enum yr_start_action)i;
			return true;
		}
	}
	return false;
}

bool yr_start_outcome_of(const char *word, enum yr_start_outcome *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(outcome_names); i++) {
		if (!strcmp(word, outcome_names[i])) {
			*ret = (enum yr_start_outcome)i;
			return true;
		}
	}
	return false;
}

void yr_start_annotate(struct yr_start *s, yr_annotation_fn *get, const void *ctx)
{
	/* containerd's, CRI-O's; both of them are asked for the kubelet's own. */
	static const char *const names[] = {
		"io.kubernetes.cri.container-name",  "io.kubernetes.container.name",
		"io.kubernetes.cri-o.ContainerName", "io.kubernetes.cri-o.Name",
		"io.podman.annotations.name",        "nerdctl/name"
	};
	static const char *const pods[] = { "io.kubernetes.cri.sandbox-name",
					    "io.kubernetes.pod.name",
					    "io.kubernetes.cri-o.KubeName" };
	static const char *const namespaces[] = { "io.kubernetes.cri.sandbox-namespace",
						  "io.kubernetes.pod.namespace",
						  "io.kubernetes.cri-o.Namespace" };
	static const char *const images[] = { "io.kubernetes.cri.image-name",
					      "io.kubernetes.cri-o.ImageName",
					      "io.kubernetes.cri-o.Image",
					      "org.opencontainers.image.ref.name" };
	const struct {
		const char **to;
		const char *const *keys;
		size_t n;
	} all[] = {
		{ &s->name, names, ARRAY_LEN(names) },
		{ &s->pod, pods, ARRAY_LEN(pods) },
		{ &s->pod_namespace, namespaces, ARRAY_LEN(namespaces) },
		{ &s->image, images, ARRAY_LEN(images) },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (size_t k = 0; !*all[i].to && k < all[i].n; k++) {
			const char *value = get(ctx, all[i].keys[k]);

			*all[i].to = value && *value ? value : NULL;
		}
	}
}

bool yr_start_is_weaker(const struct yr_start *s)
{
	return s->outcome != YR_START_REFUSED && !s->profile && s->asked &&
	       strcmp(s->asked, "unconfined") != 0;
}

/* What a terminal obeys, or what turns or hides its neighbours. */
static bool is_control(const unsigned char *s, size_t n)
{
	uint32_t c = n == 2   ? (s[0] & 0x1fU) << 6 | (s[1] & 0x3fU)
		     : n == 3 ? (s[0] & 0x0fU) << 12 | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU)
			      : s[0];

	if (n == 4)
		return false;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

void yr_start_clean(struct yr_buf *out, const char *text, size_t limit)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + strlen(text);
	size_t start = out->len;

	while (s < end) {
		size_t n = yr_utf8(s, end);
		bool plain = n && !is_control(s, n);
		size_t takes = plain ? n : 4 * (n ? n : 1);

		/* Room for the points, as long as it is not known that all fits. */
		if (out->len - start + takes + 3 > limit &&
		    out->len - start + (size_t)(end - s) * (plain ? 1 : 4) > limit) {
			yr_buf_puts(out, "...");
			return;
		}
		if (plain)
			yr_buf_put(out, s, n);
		for (size_t i = 0; !plain && i < takes / 4; i++)
			yr_buf_printf(out, "\\x%02x", s[i]);
		s += plain ? n : takes / 4;
	}
}

uint64_t yr_start_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void put_string(struct yr_buf *out, const char *text)
{
	yr_buf_putc(out, '"');
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		if (*s == '"' || *s == '\\')
			yr_buf_putc(out, '\\');
		if (*s < 0x20 || *s == 0x7f)
			yr_buf_printf(out, "\\u%04x", *s);
		else
			yr_buf_putc(out, (char)*s);
	}
	yr_buf_putc(out, '"');
}

static void put_time(struct yr_buf *out, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	yr_buf_printf(out, "\"%s.%09uZ\"", text, (unsigned)(ns % 1000000000));
}

void yr_start_put_json(const struct yr_start *s, bool exact, struct yr_buf *out)
{
	yr_buf_puts(out, "{\"time\":");
	put_time(out, s->time_ns);
	yr_buf_printf(out, ",\"action\":\"%s\",\"outcome\":\"%s\"", action_names[s->action],
		      outcome_names[s->outcome]);
	for (size_t i = 0; i < yr_start_n_fields; i++) {
		const struct yr_start_field *f = &yr_start_fields[i];
		const char *text = yr_start_get(s, f);
		AUTO_BUF struct yr_buf clean = { 0 };

		if (!text)
			continue;
		if (!exact) {
			yr_buf_puts(&clean, "");
			yr_start_clean(&clean, text, f->limit);
			out->failed |= clean.failed;
			text = clean.failed ? "" : clean.data;
		}
		yr_buf_printf(out, ",\"%s\":", f->json);
		put_string(out, text);
	}
	yr_buf_putc(out, '}');
}

void yr_start_json(const struct yr_start *s, struct yr_buf *out)
{
	yr_start_put_json(s, false, out);
}

static void put_security(const struct yr_start *s, const char *profile, struct yr_buf *out)
{
	yr_buf_puts(out, "; Security:[seccomp=");
	yr_start_clean(out, s->seccomp ? s->seccomp : "unconfined", YR_LIMIT_START_NAME);
	yr_buf_puts(out, " apparmor=");
	yr_start_clean(out, profile ? profile : "unconfined", YR_LIMIT_START_TEXT);
	yr_buf_putc(out, ']');
}

void yr_start_message(const struct yr_start *s, struct yr_buf *out)
{
	const char *name = s->name ? s->name : s->id ? s->id : "";
	const char *profile = s->profile;

	/* What it would have got. */
	if (!profile && s->outcome == YR_START_REFUSED)
		profile = s->asked;
	yr_buf_puts(out, s->outcome == YR_START_REFUSED  ? "Refused "
			 : s->action == YR_START_EXEC    ? "Started a process in "
			 : s->action == YR_START_RESTORE ? "Restored "
							 : "Created ");
	if (s->outcome == YR_START_REFUSED && s->action == YR_START_EXEC)
		yr_buf_puts(out, "a process in ");
	yr_buf_puts(out, "container ");
	yr_start_clean(out, name, YR_LIMIT_START_NAME);
	/* A start that is refused before its wish was read would have got nobody knows what. */
	if (profile || s->outcome != YR_START_REFUSED)
		put_security(s, profile, out);
	if (yr_start_is_weaker(s)) {
		yr_buf_puts(out, " although asked for ");
		yr_start_clean(out, s->asked, YR_LIMIT_START_TEXT);
	}
	if (s->reason) {
		yr_buf_puts(out, ": ");
		yr_start_clean(out, s->reason, YR_LIMIT_START_TEXT);
	}
}
