/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel sends, as lines of a log. */
#include <linux/audit.h>
#include <linux/netlink.h>

#include "log/live_parts.h"

/* What stands in a record must not become a second line. */
static void put_text(struct yr_buf *line, const char *text, size_t len)
{
	char *to;

	while (len && (!text[len - 1] || strchr("\r\n", text[len - 1])))
		len--;
	to = yr_buf_room(line, len);
	for (size_t i = 0; to && i < len; i++)
		to[i] = text[i] == '\n' || text[i] == '\r' || !text[i] ? ' ' : text[i];
	yr_buf_putc(line, '\n');
}

enum yr_live_what yr_live_audit_line(const void *data, size_t len, struct yr_buf *line)
{
	const char *text = (const char *)data + NLMSG_HDRLEN;
	struct nlmsghdr head;

	if (len < sizeof(head))
		return YR_LIVE_BROKEN;
	memcpy(&head, data, sizeof(head));
	/* Some kernels leave their own header out of the length. */
	if (head.nlmsg_len != len && head.nlmsg_len != len - NLMSG_HDRLEN &&
	    NLMSG_ALIGN((size_t)head.nlmsg_len) != len)
		return YR_LIVE_BROKEN;
	if (head.nlmsg_type != AUDIT_AVC && head.nlmsg_type != AUDIT_USER_AVC)
		return YR_LIVE_OTHER;
	len -= NLMSG_HDRLEN;
	if (len < 6 || memcmp(text, "audit(", 6) != 0)
		return YR_LIVE_BROKEN;
	yr_buf_puts(line, head.nlmsg_type == AUDIT_AVC ? "type=AVC msg=" : "type=USER_AVC msg=");
	put_text(line, text, len);
	return YR_LIVE_LINE;
}

static bool number(const char **at, const char *end, uint64_t *ret)
{
	const char *p = *at;
	uint64_t n = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (n > (UINT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (p == *at)
		return false;
	*at = p;
	*ret = n;
	return true;
}

static bool is_audit(const char *at, const char *end)
{
	return end - at > 12 && !memcmp(at, "audit: type=", 12);
}

/* "kauditd_printk_skb: 12 callbacks suppressed" */
static uint64_t suppressed(const char *at, const char *end)
{
	static const char who[] = "kauditd_printk_skb: ", what[] = " callbacks suppressed";
	uint64_t n = 0;

	if ((size_t)(end - at) < sizeof(who) || memcmp(at, who, sizeof(who) - 1) != 0)
		return 0;
	at += sizeof(who) - 1;
	if (!number(&at, end, &n) || (size_t)(end - at) < sizeof(what) - 1 ||
	    memcmp(at, what, sizeof(what) - 1) != 0)
		return 0;
	return n;
}

enum yr_live_what yr_live_kmsg_line(const char *data, size_t len, struct yr_buf *line,
				    struct yr_kmsg *ret)
{
	const char *at = data, *end = data + len, *message, *newline;
	uint64_t priority;

	*ret = (struct yr_kmsg){ 0 };
	if (!len || !number(&at, end, &priority) || at == end || *at++ != ',' ||
	    !number(&at, end, &ret->sequence) || at == end || *at != ',')
		return YR_LIVE_BROKEN;
	message = memchr(at, ';', (size_t)(end - at));
	if (!message)
		return YR_LIVE_BROKEN;
	message++;
	/* Behind it come the fields of the device. */
	newline = memchr(message, '\n', (size_t)(end - message));
	end = newline ? newline : end;
	if (memchr(data, '\n', (size_t)(message - data)))
		return YR_LIVE_BROKEN;
	/* The facility is the kernel's, which nobody else's writes have. */
	if (priority >> 3)
		return is_audit(message, end) ? YR_LIVE_FORGED : YR_LIVE_OTHER;
	ret->suppressed = suppressed(message, end);
	if (!is_audit(message, end))
		return YR_LIVE_OTHER;
	put_text(line, data, (size_t)(end - data));
	return YR_LIVE_LINE;
}
