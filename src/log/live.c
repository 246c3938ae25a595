/* SPDX-License-Identifier: Apache-2.0 */
/* Records as they come. */
#include "log/live.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "log/live_parts.h"

struct yr_live {
	int fd;
	bool kmsg, netlink;
	bool has_status; /* the kernel told how much it had lost */
	struct yr_audit_status before;
	uint64_t next; /* of the kernel's log: the number that is to come; 0: any */
	struct yr_live_counts counts;
	struct yr_buf line;
	char note[200];
	char data[YR_LIMIT_LIVE_RECORD];
};

static struct yr_live *make(int *fd, bool kmsg, struct yr_err *err)
{
	struct yr_live *l = calloc(1, sizeof(*l));

	if (!l) {
		yr_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	l->kmsg = kmsg;
	l->fd = yr_take_fd(fd);
	return l;
}

static int open_kmsg(const char *path, struct yr_err *err)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;
	bool fifo = !stat(path, &st) && S_ISFIFO(st.st_mode);

	/* A pipe that stands for it has writers that come and go. */
	fd = open(path, (fifo ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return yr_err_set(err, errno, "open '%s': %s", path, strerror(errno));
	/* What there is already is none of ours. */
	if (!fifo && lseek(fd, 0, SEEK_END) < 0)
		return yr_err_set(err, errno, "'%s': %s", path, strerror(errno));
	return yr_take_fd(&fd);
}

static int use_kmsg(const struct yr_live_options *opt, const struct yr_err *better,
		    struct yr_live **ret, struct yr_err *err)
{
	struct yr_audit_status now = { 0 };
	AUTO_CLOSE int fd = -1;
	struct yr_live *l;
	struct yr_err why = { 0 };
	bool asked;

	fd = open_kmsg(opt->kmsg ? opt->kmsg : "/dev/kmsg", &why);
	asked = !opt->kmsg && !yr_live_audit_status(&now);
	if (fd >= 0 && asked && now.pid) {
		close(yr_take_fd(&fd));
		yr_err_set(&why, EBUSY,
			   "auditd (process %u) gets what /dev/kmsg would; learn from its file, "
			   "/var/log/audit/audit.log",
			   now.pid);
	}
	if (fd < 0 && better->code)
		return yr_err_set(err, why.code,
				  "no records of the running kernel: %s; and %s; run as root of "
				  "the machine itself, or learn from a log file",
				  better->msg, why.msg);
	if (fd < 0)
		return yr_err_set(err, why.code, "%s", why.msg);
	l = make(&fd, true, err);
	if (!l)
		return -ENOMEM;
	l->has_status = asked;
	l->before = now;
	snprintf(l->note, sizeof(l->note), "%.*s", (int)sizeof(l->note) - 1, better->msg);
	*ret = l;
	return 0;
}

int yr_live_open_fd(int fd, struct yr_live **ret_live, struct yr_err *err)
{
	socklen_t size = sizeof(int);
	int domain = 0;
	struct yr_live *l = make(&fd, false, err);

	if (!l)
		return -ENOMEM;
	if (!getsockopt(l->fd, SOL_SOCKET, SO_DOMAIN, &domain, &size))
		l->netlink = domain == AF_NETLINK;
	*ret_live = l;
	return 0;
}

int yr_live_open(const struct yr_live_options *opt, struct yr_live **ret_live, struct yr_err *err)
{
	struct yr_err why = { 0 };
	int fd = -1, r;

	if (opt->source != YR_LIVE_KMSG)
		fd = yr_live_audit_open(opt->proc ? opt->proc : "/proc", &why);
	if (fd < 0 && opt->source == YR_LIVE_AUDIT)
		return yr_err_set(err, why.code, "%s", why.msg);
	if (fd < 0)
		return use_kmsg(opt, &why, ret_live, err);
	r = yr_live_open_fd(fd, ret_live, err);
	if (r < 0) {
		close(fd);
		return r;
	}
	(*ret_live)->has_status = !yr_live_audit_status(&(*ret_live)->before);
	return 0;
}

struct yr_live *yr_live_free(struct yr_live *l)
{
	if (l) {
		close(l->fd);
		yr_buf_done(&l->line);
		free(l);
	}
	return NULL;
}

int yr_live_fd(const struct yr_live *l)
{
	return l->fd;
}

const char *yr_live_name(const struct yr_live *l)
{
	return l->kmsg ? "the kernel's log" : "the kernel's audit multicast";
}

const char *yr_live_note(const struct yr_live *l)
{
	return l->note;
}

/* 1: something; 0: nothing for now; or -errno. */
static int receive(struct yr_live *l, size_t *ret_len, bool *ret_forged)
{
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof(from);
	ssize_t n;

	*ret_forged = false;
	if (l->kmsg) {
		n = read(l->fd, l->data, sizeof(l->data));
	} else {
		n = recvfrom(l->fd, l->data, sizeof(l->data), MSG_DONTWAIT | MSG_TRUNC,
			     (struct sockaddr *)&from, &size);
		*ret_forged = l->netlink && (size < sizeof(from) || from.nl_pid != 0);
	}
	*ret_len = n > 0 ? (size_t)n : 0;
	return n < 0 ? -errno : n > 0;
}

static void take_kmsg(struct yr_live *l, const struct yr_kmsg *k)
{
	if (l->next && k->sequence > l->next)
		l->counts.overwritten += k->sequence - l->next;
	l->next = k->sequence < UINT64_MAX ? k->sequence + 1 : 0;
	l->counts.lost += k->suppressed;
}

static int hand_on(struct yr_live *l, enum yr_live_what what, struct yr_log *log,
		   yr_log_event_fn fn, void *ctx)
{
	if (l->line.failed)
		return -ENOMEM;
	l->counts.forged += what == YR_LIVE_FORGED;
	l->counts.broken += what == YR_LIVE_BROKEN;
	if (what != YR_LIVE_LINE)
		return 0;
	l->counts.records++;
	return yr_log_feed(log, l->line.data, l->line.len, fn, ctx);
}

/* The device gives one record at a time, with its fields in lines that begin with a blank. */
static size_t record_length(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] == '\n' && (i + 1 == len || at[i + 1] != ' '))
			return i + 1;
	return len;
}

static int give_kmsg(struct yr_live *l, size_t len, struct yr_log *log, yr_log_event_fn fn,
		     void *ctx)
{
	int r = 0;

	for (size_t at = 0, n; at < len && r >= 0; at += n) {
		enum yr_live_what what;
		struct yr_kmsg k;

		n = record_length(l->data + at, len - at);
		l->line.len = 0;
		what = yr_live_kmsg_line(l->data + at, n, &l->line, &k);
		if (what != YR_LIVE_BROKEN)
			take_kmsg(l, &k);
		r = hand_on(l, what, log, fn, ctx);
	}
	return r;
}

static int give(struct yr_live *l, size_t len, bool forged, struct yr_log *log, yr_log_event_fn fn,
		void *ctx)
{
	enum yr_live_what what = YR_LIVE_FORGED;

	if (l->kmsg)
		return give_kmsg(l, len, log, fn, ctx);
	l->line.len = 0;
	if (!forged && len > sizeof(l->data))
		what = YR_LIVE_BROKEN;
	else if (!forged)
		what = yr_live_audit_line(l->data, len, &l->line);
	return hand_on(l, what, log, fn, ctx);
}

int yr_live_read(struct yr_live *l, struct yr_log *log, yr_log_event_fn fn, void *ctx,
		 struct yr_err *err)
{
	int n = 0;

	while (n < YR_LIMIT_LIVE_BATCH) {
		size_t len;
		bool forged;
		int r = receive(l, &len, &forged);

		if (r == -EINTR)
			continue;
		if (!r || r == -EAGAIN)
			break;
		n++;
		if (r == -ENOBUFS || (r == -EPIPE && l->kmsg)) {
			/* How many of the log are gone, its numbers tell. */
			l->counts.overruns += r == -ENOBUFS;
			continue;
		}
		if (r < 0)
			return yr_err_set(err, -r, "read %s: %s", yr_live_name(l), strerror(-r));
		r = give(l, len, forged, log, fn, ctx);
		if (r < 0)
			return r;
	}
	return n;
}

struct yr_live_counts yr_live_counts(struct yr_live *l)
{
	struct yr_live_counts c = l->counts;
	struct yr_audit_status now;

	if (l->has_status && !yr_live_audit_status(&now)) {
		c.lost += now.lost - l->before.lost; /* 32 bit, and they go round */
		c.lost_known = true;
	}
	return c;
}
