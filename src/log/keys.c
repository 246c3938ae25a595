/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of AppArmor's records, all that kernels from 2.6.24 to 7.x and dbus write. */
#include "log/log.h"

#define KEY(name, kind, field)                                                                     \
	{                                                                                          \
		name, sizeof(name) - 1, YR_LOG_KIND_##kind, field                                  \
	}

/* Sorted by length, then by name. */
const struct yr_log_key yr_log_keys[] = {
	KEY("ns", NAME, YR_LOG_NAMESPACE),
	KEY("UID", IGNORED, 0),
	KEY("bus", TEXT, YR_LOG_DBUS_BUS),
	KEY("exe", NAME, YR_LOG_COMM),
	KEY("msg", MESSAGE, 0),
	KEY("pid", NUMBER, YR_LOG_PID),
	KEY("ses", IGNORED, 0),
	KEY("src", NUMBER, YR_LOG_LOCAL_PORT),
	KEY("uid", IGNORED, 0),
	KEY("AUID", IGNORED, 0),
	KEY("OUID", IGNORED, 0),
	KEY("addr", ADDRESS, YR_LOG_NET_ADDR),
	KEY("auid", IGNORED, 0),
	KEY("comm", NAME, YR_LOG_COMM),
	KEY("dest", NUMBER, YR_LOG_FOREIGN_PORT),
	KEY("info", TEXT, YR_LOG_INFO),
	KEY("mask", TEXT, YR_LOG_REFUSED),
	KEY("name", NAME, YR_LOG_NAME),
	KEY("ouid", NUMBER, YR_LOG_OUID),
	KEY("path", TEXT, YR_LOG_DBUS_PATH),
	KEY("peer", NAME, YR_LOG_PEER),
	KEY("subj", IGNORED, 0),
	KEY("task", NUMBER, YR_LOG_TASK),
	KEY("type", TYPE, 0),
	KEY("FSUID", IGNORED, 0),
	KEY("SAUID", IGNORED, 0),
	KEY("class", TEXT, YR_LOG_CLASS),
	KEY("daddr", TEXT, YR_LOG_FOREIGN_ADDR),
	KEY("error", NUMBER, YR_LOG_ERRNO),
	KEY("faddr", TEXT, YR_LOG_FOREIGN_ADDR),
	KEY("flags", TEXT, YR_LOG_FLAGS),
	KEY("fport", NUMBER, YR_LOG_FOREIGN_PORT),
	KEY("fsuid", NUMBER, YR_LOG_FSUID),
	KEY("label", NAME, YR_LOG_PROFILE),
	KEY("laddr", TEXT, YR_LOG_LOCAL_ADDR),
	KEY("lport", NUMBER, YR_LOG_LOCAL_PORT),
	KEY("name2", NAME, YR_LOG_NAME2),
	KEY("saddr", TEXT, YR_LOG_LOCAL_ADDR),
	KEY("sauid", IGNORED, 0),
	KEY("value", NUMBER, YR_LOG_RLIMIT_VALUE),
	KEY("denied", TEXT, YR_LOG_REFUSED),
	KEY("family", TEXT, YR_LOG_FAMILY),
	KEY("fstype", NAME, YR_LOG_FSTYPE),
	KEY("member", TEXT, YR_LOG_DBUS_MEMBER),
	KEY("method", TEXT, YR_LOG_DBUS_MEMBER),
	KEY("parent", NUMBER, YR_LOG_PARENT),
	KEY("rlimit", TEXT, YR_LOG_RLIMIT),
	KEY("signal", TEXT, YR_LOG_SIGNAL),
	KEY("target", NAME, YR_LOG_NAME2),
	KEY("capname", TEXT, YR_LOG_NAME),
	KEY("profile", NAME, YR_LOG_PROFILE),
	KEY("srcname", NAME, YR_LOG_SRCNAME),
	KEY("apparmor", APPARMOR, 0),
	KEY("execpath", NAME, YR_LOG_EXECPATH),
	KEY("hostname", IGNORED, 0),
	KEY("peer_pid", NUMBER, YR_LOG_PEER_PID),
	KEY("protocol", PROTOCOL, YR_LOG_PROTOCOL),
	KEY("terminal", IGNORED, 0),
	KEY("attribute", TEXT, YR_LOG_ATTRIBUTE),
	KEY("interface", TEXT, YR_LOG_DBUS_INTERFACE),
	KEY("namespace", NAME, YR_LOG_NAMESPACE),
	KEY("operation", TEXT, YR_LOG_OPERATION),
	KEY("peer_addr", ADDRESS, YR_LOG_PEER_ADDR),
	KEY("peer_info", TEXT, YR_LOG_PEER_INFO),
	KEY("requested", TEXT, YR_LOG_REQUESTED),
	KEY("sock_type", TEXT, YR_LOG_SOCK_TYPE),
	KEY("active_hat", NAME, YR_LOG_ACTIVE_HAT),
	KEY("capability", NUMBER, YR_LOG_CAPABILITY),
	KEY("peer_label", NAME, YR_LOG_PEER_PROFILE),
	KEY("denied_mask", TEXT, YR_LOG_REFUSED),
	KEY("magic_token", NUMBER, YR_LOG_TOKEN),
	KEY("peer_profile", NAME, YR_LOG_PEER_PROFILE),
	KEY("requested_mask", TEXT, YR_LOG_REQUESTED),
};
const size_t yr_log_n_keys = ARRAY_LEN(yr_log_keys);

_Static_assert(ARRAY_LEN(yr_log_keys) < YR_LOG_NO_KEY, "rows are numbered in a byte");

void yr_log_index_make(struct yr_log_index *x)
{
	memset(x, YR_LOG_NO_KEY, sizeof(*x));
	for (size_t i = yr_log_n_keys; i-- > 0;) {
		const struct yr_log_key *k = &yr_log_keys[i];

		/* Capitals share the slots of small letters: their rows stand before them. */
		x->first[k->len][k->name[0] & 31] = (uint8_t)i;
	}
}

const struct yr_log_key *yr_log_key_find(const struct yr_log_index *x, const char *at, size_t len)
{
	if (!len || len >= YR_LOG_KEY_LEN)
		return NULL;
	for (size_t i = x->first[len][at[0] & 31]; i < yr_log_n_keys; i++) {
		const struct yr_log_key *k = &yr_log_keys[i];

		if (k->len != len)
			break;
		/* Most that begin alike end differently. */
		if (k->name[0] == at[0] && k->name[len - 1] == at[len - 1] &&
		    !memcmp(k->name, at, len))
			return k;
	}
	return NULL;
}
