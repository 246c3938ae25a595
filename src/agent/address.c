/* SPDX-License-Identifier: Apache-2.0 */
/* Where a Pod and its machine are reached. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/act.h"
#include "agent/limits.h"

static bool is_address(const char *s)
{
	unsigned char to[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, s, to) == 1 || inet_pton(AF_INET6, s, to) == 1;
}

/* Those in @text, in their order; what is none is left out. */
static const char *read_addresses(struct yr_arena *arena, char *text)
{
	AUTO_BUF struct yr_buf b = { 0 };
	size_t n = 0;
	char *rest;

	for (char *at = strtok_r(text, " \n", &rest); at && n < YR_LIMIT_POD_ADDRESSES;
	     at = strtok_r(NULL, " \n", &rest))
		if (is_address(at))
			yr_buf_printf(&b, "%s%s", n++ ? " " : "", at);
	return b.failed ? NULL : yr_arena_strndup(arena, b.len ? b.data : "", b.len);
}

int yr_agent_find_addresses(struct yr_work *w, struct yr_err *err)
{
	const struct yr_instance *infra = yr_instance_find(w->seen, w->wanted.infra);
	json_t *spec = json_object_get(w->wanted.root, "spec");
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_err why = { 0 };
	const char *found;
	struct yr_args a;
	int r;

	if (!infra || json_is_true(json_object_get(spec, "hostNetwork")))
		return 0;
	/* It has others when it was started anew. */
	if (*w->pod->addresses && w->pod->net_since == infra->started)
		return 0;
	yr_act_begin(w, &a);
	yr_args_add(&a, "inspect");
	yr_args_add(&a, "--type");
	yr_args_add(&a, "container");
	yr_args_add(&a, "--format");
	yr_args_add(&a, "{{with .NetworkSettings}}{{range .Networks}}{{.IPAddress}} "
			"{{.GlobalIPv6Address}} {{end}}{{end}}");
	yr_args_add(&a, w->wanted.infra);
	/* Nothing waits for an address: it is told when the next container starts. */
	if (yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, &out, &why) < 0)
		return 0;
	/* Kept for all steps of this round. */
	found = read_addresses(w->round, out.len ? out.data : (char[1]){ 0 });
	if (!found)
		return yr_err_set(err, ENOMEM, "out of memory");
	r = yr_store_addresses(w->agent->store, w->pod->uid, found, infra->started, err);
	if (r == 0) {
		w->pod->addresses = found;
		w->pod->net_since = infra->started;
	}
	return r;
}

/* The address from which @to would be spoken to; nothing is sent. */
static bool address_towards(const struct sockaddr *to, socklen_t len, char *buffer, size_t size)
{
	AUTO_CLOSE int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 own = { 0 };
	socklen_t n = sizeof(own);
	const void *at = to->sa_family == AF_INET
				 ? (void *)&((struct sockaddr_in *)(void *)&own)->sin_addr
				 : (void *)&own.sin6_addr;

	return fd >= 0 && connect(fd, to, len) == 0 &&
	       getsockname(fd, (struct sockaddr *)&own, &n) == 0 &&
	       inet_ntop(to->sa_family, at, buffer, (socklen_t)size);
}

void yr_node_address(char *buffer, size_t size)
{
	/* Addresses for documentation: any that only the way to everybody leads to. */
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(9) };

	inet_pton(AF_INET, "192.0.2.1", &four.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
	if (!address_towards((struct sockaddr *)&four, sizeof(four), buffer, size) &&
	    !address_towards((struct sockaddr *)&six, sizeof(six), buffer, size))
		*buffer = '\0';
}
