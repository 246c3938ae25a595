/* SPDX-License-Identifier: Apache-2.0 */
/* The audit subsystem's socket. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "log/live_parts.h"

/* The initial namespace of processes has this number since there are numbers. */
#define INITIAL_PID_NS 0xeffffffcU

/*
 * The kernel sends its records to its first network namespace alone; elsewhere the same socket can
 * be had and nothing ever comes. 1: it is that one; 0: it is not; -1: nobody can tell.
 */
static int in_first_namespace(const char *proc)
{
	struct stat own, first, processes;
	char path[4096];

	snprintf(path, sizeof(path), "%s/self/ns/pid", proc);
	if (stat(path, &processes) < 0 || processes.st_ino != INITIAL_PID_NS)
		return -1;
	snprintf(path, sizeof(path), "%s/self/ns/net", proc);
	if (stat(path, &own) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/1/ns/net", proc);
	if (stat(path, &first) < 0)
		return -1;
	return own.st_dev == first.st_dev && own.st_ino == first.st_ino;
}

/* As much as the kernel gives: under many records at once every byte counts. */
static void enlarge(int fd)
{
	int size = YR_LIMIT_LIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int yr_live_audit_open(const char *proc, struct yr_err *err)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK,
				     .nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1) };
	AUTO_CLOSE int fd = -1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);
	if (fd < 0)
		return yr_err_set(err, errno,
				  "this kernel has no audit, or it is off (audit=0): %s",
				  strerror(errno));
	if (bind(fd, (struct sockaddr *)&group, sizeof(group)) < 0)
		return yr_err_set(err, errno,
				  "the audit multicast is for root, or capability audit_read: %s",
				  strerror(errno));
	switch (in_first_namespace(proc)) {
	case 0:
		return yr_err_set(err, EXDEV,
				  "the kernel sends its records to the network "
				  "namespace of the machine alone");
	case -1:
		return yr_err_set(err, EXDEV,
				  "nobody can tell here whether this is the network "
				  "namespace that the kernel sends its records to");
	}
	enlarge(fd);
	return yr_take_fd(&fd);
}

static int ask(int fd)
{
	struct nlmsghdr get = { .nlmsg_len = NLMSG_LENGTH(0),
				.nlmsg_type = AUDIT_GET,
				.nlmsg_flags = NLM_F_REQUEST,
				.nlmsg_seq = 1 };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, &get, sizeof(get), 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* Kernels append to the structure: what is at its beginning is enough. */
static int answer(const char *data, size_t len, struct yr_audit_status *ret)
{
	struct audit_status status = { 0 };
	struct nlmsghdr head;
	size_t size;

	if (len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, data, sizeof(head));
	if (head.nlmsg_type == NLMSG_ERROR)
		return -EPERM;
	if (head.nlmsg_type != AUDIT_GET)
		return -EAGAIN;
	size = len - NLMSG_HDRLEN;
	if (size < offsetof(struct audit_status, backlog))
		return -EBADMSG;
	memcpy(&status, data + NLMSG_HDRLEN, size < sizeof(status) ? size : sizeof(status));
	ret->lost = status.lost;
	ret->pid = status.pid;
	return 0;
}

int yr_live_audit_status(struct yr_audit_status *ret)
{
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r = fd < 0 ? -errno : ask(fd);

	/* It answers before the request returns; a second is for one that does not. */
	for (int i = 0; !r && i < 8; i++) {
		struct sockaddr_nl from = { 0 };
		socklen_t size = sizeof(from);
		char data[1024];
		ssize_t n = poll(&p, 1, 1000) <= 0 ? -1
						   : recvfrom(fd, data, sizeof(data), MSG_DONTWAIT,
							      (struct sockaddr *)&from, &size);

		if (n < 0)
			return -EIO;
		r = from.nl_pid ? -EAGAIN : answer(data, (size_t)n, ret);
		if (r != -EAGAIN)
			return r;
		r = 0;
	}
	return r ? r : -EIO;
}
