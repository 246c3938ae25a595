/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets and message queues. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "deeds.h"

/* field: "unix", operations, type, own address, peer's address */

static socklen_t address_of(const char *name, struct sockaddr_un *sa)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!*name)
		return 0;
	/* "@name": behind a NUL byte, and without one at the end */
	strncpy(sa->sun_path + 1, name + 1, sizeof(sa->sun_path) - 2);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

/* Somebody to talk to, who is not confined. */
int prepare_unix(const struct deed *d, const char *part)
{
	int type = atoi(d->field[2]), fd;
	struct sockaddr_un sa;
	socklen_t len = address_of(d->field[4], &sa);

	(void)part;
	if (!*d->field[4])
		return 0;
	fd = socket(AF_UNIX, type, 0);
	if (bind(fd, (struct sockaddr *)&sa, len) < 0 || (type == SOCK_STREAM && listen(fd, 5) < 0))
		return errno;
	return 0; /* open until the row is done */
}

int act_unix(const struct deed *d, const char *part, pid_t target)
{
	struct sockaddr_un own, peer;
	socklen_t own_len = address_of(d->field[3], &own),
		  peer_len = address_of(d->field[4], &peer);
	int fd = socket(AF_UNIX, atoi(d->field[2]) | SOCK_NONBLOCK, 0);

	(void)target;
	if (fd < 0)
		return errno;
	if (!strcmp(part, "create"))
		return 0;
	if (!strcmp(part, "connect"))
		return connect(fd, (struct sockaddr *)&peer, peer_len) < 0 ? errno : 0;
	if (!strcmp(part, "send"))
		return sendto(fd, "x", 1, 0, (struct sockaddr *)&peer, peer_len) < 0 ? errno : 0;
	if (strcmp(part, "bind") != 0 && strcmp(part, "listen") != 0 && strcmp(part, "accept") != 0)
		return ENOTSUP;
	if (bind(fd, (struct sockaddr *)&own, own_len) < 0)
		return errno;
	if (strcmp(part, "bind") != 0 && listen(fd, 5) < 0)
		return errno;
	/* Nobody is there. */
	return strcmp(part, "accept") || accept(fd, NULL, NULL) >= 0 || errno == EAGAIN ? 0 : errno;
}

/* field: "mqueue", kind, operations, name */

int prepare_mqueue(const struct deed *d, const char *part)
{
	if (!strcmp(part, "create"))
		return 0;
	if (!strcmp(d->field[1], "sysv"))
		return msgget(atoi(d->field[3]), IPC_CREAT | 0777) < 0 ? errno : 0;
	return mq_open(d->field[3], O_CREAT | O_RDWR, 0777, NULL) < 0 ? errno : 0;
}

static int act_sysv(const struct deed *d, const char *part)
{
	struct {
		long type;
		char text;
	} message = { 1, 'x' };
	int id = msgget(atoi(d->field[3]), 0);

	if (id < 0)
		return errno;
	if (!strcmp(part, "write"))
		return msgsnd(id, &message, 1, IPC_NOWAIT) < 0 ? errno : 0;
	if (!strcmp(part, "read"))
		return msgrcv(id, &message, 1, 0, IPC_NOWAIT) < 0 && errno != ENOMSG ? errno : 0;
	return ENOTSUP;
}

int act_mqueue(const struct deed *d, const char *part, pid_t target)
{
	const char *name = d->field[3];

	(void)target;
	if (!strcmp(d->field[1], "sysv"))
		return act_sysv(d, part);
	if (!strcmp(part, "create"))
		return mq_open(name, O_CREAT | O_RDWR, 0777, NULL) < 0 ? errno : 0;
	if (!strcmp(part, "delete"))
		return mq_unlink(name) < 0 ? errno : 0;
	return mq_open(name, strcmp(part, "write") ? O_RDONLY : O_WRONLY) < 0 ? errno : 0;
}
