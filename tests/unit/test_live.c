/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "log/live_parts.h"

#define RECORD                                                                                     \
	"audit(1.002:3): apparmor=\"ALLOWED\" operation=\"open\" profile=\"web\" name=\"/x\" "     \
	"pid=7 comm=\"x\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=0"

/* A datagram, on the heap to its last byte so that sanitizers see who reads behind. */
static char *datagram(uint32_t says, uint16_t type, const char *text, size_t len)
{
	struct nlmsghdr head = { .nlmsg_len = says, .nlmsg_type = type };
	char *d = malloc(NLMSG_HDRLEN + len);

	assert_non_null(d);
	memcpy(d, &head, sizeof(head));
	memcpy(d + NLMSG_HDRLEN, text, len);
	return d;
}

static void a_datagram_is_a_line_or_nothing(void **state)
{
	static const struct {
		int more; /* than it has, says the header */
		uint16_t type;
		const char *text;
		enum yr_live_what what;
		const char *line;
	} cases[] = {
		{ 0, AUDIT_AVC, RECORD, YR_LIVE_LINE, "type=AVC msg=" RECORD "\n" },
		/* without its own header */
		{ -NLMSG_HDRLEN, AUDIT_AVC, RECORD, YR_LIVE_LINE, "type=AVC msg=" RECORD "\n" },
		{ 0, AUDIT_USER_AVC, "audit(1.2:3): pid=1 msg='x'", YR_LIVE_LINE,
		  "type=USER_AVC msg=audit(1.2:3): pid=1 msg='x'\n" },
		{ 0, AUDIT_AVC, "audit(1.2:3): a\nb\r\n\n", YR_LIVE_LINE,
		  "type=AVC msg=audit(1.2:3): a b\n" },
		{ 0, AUDIT_SYSCALL, RECORD, YR_LIVE_OTHER, "" },
		{ 4096, AUDIT_AVC, RECORD, YR_LIVE_BROKEN, "" },
		{ -17, AUDIT_AVC, RECORD, YR_LIVE_BROKEN, "" },
		{ 0, AUDIT_AVC, "audit", YR_LIVE_BROKEN, "" },
		{ 0, AUDIT_AVC, "", YR_LIVE_BROKEN, "" },
		{ 0, AUDIT_AVC, "type=AVC msg=audit(1.2:3): x", YR_LIVE_BROKEN, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_BUF struct yr_buf line = { 0 };
		size_t len = strlen(cases[i].text);
		uint32_t says = (uint32_t)((int)(len + NLMSG_HDRLEN) + cases[i].more);
		AUTO_FREE char *d = datagram(says, cases[i].type, cases[i].text, len);

		assert_int_equal(yr_live_audit_line(d, NLMSG_HDRLEN + len, &line), cases[i].what);
		assert_string_equal(line.data ? line.data : "", cases[i].line);
	}
}

static void a_datagram_may_end_anywhere(void **state)
{
	(void)state;
	for (size_t n = 0; n < NLMSG_HDRLEN + sizeof(RECORD); n++) {
		AUTO_BUF struct yr_buf line = { 0 };
		AUTO_FREE char *whole = datagram((uint32_t)n, AUDIT_AVC, RECORD, sizeof(RECORD));
		AUTO_FREE char *d = malloc(n + 1);

		memcpy(d, whole, n);
		assert_int_equal(yr_live_audit_line(d, n, &line),
				 n < NLMSG_HDRLEN + 6 ? YR_LIVE_BROKEN : YR_LIVE_LINE);
	}
}

static void what_the_log_of_the_kernel_gives_is_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum yr_live_what what;
		uint64_t sequence, suppressed;
	} cases[] = {
		{ "5,17,1000,-;audit: type=1400 " RECORD "\n SUBSYSTEM=x\n", YR_LIVE_LINE, 17, 0 },
		{ "5,17,1000,-,caller=T7;audit: type=1400 " RECORD, YR_LIVE_LINE, 17, 0 },
		{ "13,17,1000,-;audit: type=1400 " RECORD "\n", YR_LIVE_FORGED, 17, 0 },
		{ "13,18,1000,-;hello\n", YR_LIVE_OTHER, 18, 0 },
		{ "4,18,1000,-;kauditd_printk_skb: 12 callbacks suppressed\n", YR_LIVE_OTHER, 18,
		  12 },
		{ "12,18,1000,-;kauditd_printk_skb: 12 callbacks suppressed\n", YR_LIVE_OTHER, 18,
		  0 },
		{ "4,18,1000,-;kauditd_printk_skb: 12 callbacks\n", YR_LIVE_OTHER, 18, 0 },
		{ "", YR_LIVE_BROKEN, 0, 0 },
		{ "5", YR_LIVE_BROKEN, 0, 0 },
		{ "5,", YR_LIVE_BROKEN, 0, 0 },
		{ "5,17", YR_LIVE_BROKEN, 17, 0 },
		{ "5,17,1000,-", YR_LIVE_BROKEN, 17, 0 },
		{ "5,17,10\n00;audit: type=1400 x", YR_LIVE_BROKEN, 17, 0 },
		{ "99999999999999999999999,1,1,-;x", YR_LIVE_BROKEN, 0, 0 },
		{ "audit: type=1400 " RECORD, YR_LIVE_BROKEN, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_BUF struct yr_buf line = { 0 };
		size_t len = strlen(cases[i].text);
		AUTO_FREE char *d = malloc(len + 1);
		struct yr_kmsg k;

		memcpy(d, cases[i].text, len);
		assert_int_equal(yr_live_kmsg_line(d, len, &line, &k), cases[i].what);
		assert_int_equal(k.sequence, cases[i].sequence);
		assert_int_equal(k.suppressed, cases[i].suppressed);
		assert_int_equal(line.len != 0, cases[i].what == YR_LIVE_LINE);
	}
}

static int count(void *ctx, const struct yr_log_event *ev)
{
	if (ev->type == YR_LOG_ALLOWED && ev->origin == YR_LOG_FROM_KERNEL &&
	    ev->text[YR_LOG_PROFILE].len == 3)
		++*(int *)ctx;
	return 0;
}

static void a_socket_is_read_until_it_is_empty(void **state)
{
	struct yr_log *log = yr_log_new();
	struct yr_live *live = NULL;
	struct yr_live_counts counts;
	struct yr_err err = { 0 };
	uint32_t size = NLMSG_HDRLEN + sizeof(RECORD) - 1;
	AUTO_FREE char *good = datagram(size, AUDIT_AVC, RECORD, sizeof(RECORD) - 1);
	AUTO_FREE char *huge = calloc(1, YR_LIMIT_LIVE_RECORD + 1);
	int ends[2], n = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
	assert_int_equal(yr_live_open_fd(ends[0], &live, &err), 0);
	assert_int_equal(yr_live_read(live, log, count, &n, &err), 0);
	assert_int_equal(send(ends[1], good, size, 0), size);
	assert_int_equal(send(ends[1], "short", 5, 0), 5);
	assert_int_equal(send(ends[1], huge, YR_LIMIT_LIVE_RECORD + 1, 0),
			 YR_LIMIT_LIVE_RECORD + 1);
	assert_int_equal(send(ends[1], good, size, 0), size);
	assert_int_equal(yr_live_read(live, log, count, &n, &err), 4);
	assert_int_equal(n, 2);
	counts = yr_live_counts(live);
	assert_int_equal(counts.records, 2);
	assert_int_equal(counts.broken, 2);
	assert_int_equal(counts.forged, 0);
	close(ends[1]);
	yr_live_free(live);
	yr_log_free(log);
}

static void a_netlink_socket_believes_the_kernel_alone(void **state)
{
	struct yr_log *log = yr_log_new();
	struct yr_live *live = NULL;
	struct yr_err err = { 0 };
	struct sockaddr_nl at = { .nl_family = AF_NETLINK };
	socklen_t at_size = sizeof(at);
	uint32_t size = NLMSG_HDRLEN + sizeof(RECORD) - 1;
	AUTO_FREE char *good = datagram(size, AUDIT_AVC, RECORD, sizeof(RECORD) - 1);
	/* Of this family processes may write to each other. */
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK), n = 0;
	int other = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);

	(void)state;
	if (fd < 0 || other < 0)
		skip();
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &at_size), 0);
	assert_int_equal(yr_live_open_fd(fd, &live, &err), 0);
	if (sendto(other, good, size, 0, (struct sockaddr *)&at, sizeof(at)) == (ssize_t)size) {
		assert_int_equal(yr_live_read(live, log, count, &n, &err), 1);
		assert_int_equal(n, 0);
		assert_int_equal(yr_live_counts(live).forged, 1);
	}
	close(other);
	yr_live_free(live);
	yr_log_free(log);
}

static void numbers_that_are_missing_were_overwritten(void **state)
{
	static const char text[] =
		"5,10,1,-;one\n5,11,1,-;two\n KEY=1\n5,20,1,-;audit: type=1400 " RECORD
		"\n6,21,1,-;kauditd_printk_skb: 3 callbacks suppressed\n";
	char path[] = "/tmp/yoroi-kmsg-XXXXXX";
	int fd = mkstemp(path), n = 0;
	struct yr_live_options opt = { .source = YR_LIVE_KMSG, .kmsg = path };
	struct yr_log *log = yr_log_new();
	struct yr_live_counts counts;
	struct yr_live *live = NULL;
	struct yr_err err = { 0 };

	(void)state;
	assert_int_equal(write(fd, "5,1,1,-;audit: type=1400 " RECORD "\n", 26), 26);
	assert_int_equal(yr_live_open(&opt, &live, &err), 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_true(yr_live_read(live, log, count, &n, &err) > 0);
	/* What was there before is none of ours. */
	assert_int_equal(n, 1);
	counts = yr_live_counts(live);
	assert_int_equal(counts.overwritten, 8);
	assert_int_equal(counts.lost, 3);
	assert_int_equal(counts.broken, 0);
	yr_live_free(live);
	yr_log_free(log);
	close(fd);
	unlink(path);
}

static void what_cannot_be_had_is_told(void **state)
{
	struct yr_live_options opt = { .source = YR_LIVE_KMSG, .kmsg = "/nowhere/kmsg" };
	struct yr_live *live = NULL;
	struct yr_err err = { 0 };

	(void)state;
	assert_int_equal(yr_live_open(&opt, &live, &err), -ENOENT);
	assert_null(live);
	assert_non_null(strstr(err.msg, "/nowhere/kmsg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_is_a_line_or_nothing),
		cmocka_unit_test(a_datagram_may_end_anywhere),
		cmocka_unit_test(what_the_log_of_the_kernel_gives_is_told_apart),
		cmocka_unit_test(a_socket_is_read_until_it_is_empty),
		cmocka_unit_test(a_netlink_socket_believes_the_kernel_alone),
		cmocka_unit_test(numbers_that_are_missing_were_overwritten),
		cmocka_unit_test(what_cannot_be_had_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
