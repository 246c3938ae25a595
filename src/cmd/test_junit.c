/* SPDX-License-Identifier: Apache-2.0 */
/* What tests came to, in the XML that CI servers read. */
#include <errno.h>
#include <string.h>

#include "cmd/test.h"

/* The bytes of one character of UTF-8 that XML takes; 0: none begins here. */
static size_t character(const unsigned char *s)
{
	size_t n = *s < 0x80                  ? 1
		   : *s >= 0xc2 && *s <= 0xdf ? 2
		   : *s >= 0xe0 && *s <= 0xef ? 3
		   : *s >= 0xf0 && *s <= 0xf4 ? 4
					      : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Too long for what they mean, halves of pairs, beyond the last; and two that are none. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
	    (s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe))
		return 0;
	return n;
}

static void put(struct yr_buf *b, const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		size_t n = character(s);

		if (*s == '<')
			yr_buf_puts(b, "&lt;");
		else if (*s == '>')
			yr_buf_puts(b, "&gt;");
		else if (*s == '&')
			yr_buf_puts(b, "&amp;");
		else if (*s == '"')
			yr_buf_puts(b, "&quot;");
		else if (!n || (*s < 0x20 && *s != '\n' && *s != '\t'))
			yr_buf_puts(b, "\xef\xbf\xbd");
		else
			yr_buf_put(b, s, n);
		s += n ? n : 1;
	}
}

static void put_attribute(struct yr_buf *b, const char *name, const char *value)
{
	yr_buf_printf(b, " %s=\"", name);
	put(b, value);
	yr_buf_putc(b, '"');
}

/* One line that says why. */
static void put_message(struct yr_buf *b, const struct yr_test_case *c)
{
	AUTO_FREE char *message = NULL;
	const char *text = c->why;

	if (c->answer && asprintf(&message, "expected %s, got %s", c->expected, c->got) < 0) {
		message = NULL;
		b->failed = true;
	}
	if (c->diags && yr_diags_count(c->diags))
		text = yr_diags_get(c->diags, 0)->text;
	put_attribute(b, "message", message ? message : text ? text : "failed");
}

void yr_junit_case(struct yr_test_report *r, const struct yr_test_case *c)
{
	AUTO_FREE char *name = yr_case_name(c, false), *detail = yr_case_detail(c);
	const char *kind = c->result == YR_TEST_FAILED ? "failure" : "error";
	struct yr_buf *b = &r->suite;

	if (!name || !detail) {
		r->failed = true;
		return;
	}
	yr_buf_puts(b, "    <testcase");
	put_attribute(b, "classname", c->file ? c->file : "coverage");
	put_attribute(b, "name", name);
	if (c->file) {
		put_attribute(b, "file", c->file);
		yr_buf_printf(b, " line=\"%u\"", c->line);
	}
	if (c->result == YR_TEST_PASSED) {
		yr_buf_puts(b, "/>\n");
		return;
	}
	yr_buf_printf(b, ">\n      <%s", kind);
	put_message(b, c);
	yr_buf_putc(b, '>');
	put(b, detail);
	yr_buf_printf(b, "</%s>\n    </testcase>\n", kind);
}

static void put_counts(struct yr_buf *b, const size_t n[YR_TEST_NOT_ASKED + 1])
{
	size_t errors = n[YR_TEST_WRONG] + n[YR_TEST_NOT_ASKED];

	yr_buf_printf(b, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n",
		      n[YR_TEST_PASSED] + n[YR_TEST_FAILED] + errors, n[YR_TEST_FAILED], errors);
}

void yr_junit_close(struct yr_test_report *r)
{
	struct yr_buf *b = &r->suites;

	if (r->suite.len) {
		yr_buf_puts(b, "  <testsuite");
		put_attribute(b, "name", r->suite_name);
		put_counts(b, r->suite_n);
		yr_buf_put(b, r->suite.data, r->suite.len);
		yr_buf_puts(b, "  </testsuite>\n");
	}
	r->failed |= r->suite.failed;
	r->suite.len = 0;
	memset(r->suite_n, 0, sizeof(r->suite_n));
}

int yr_junit_write(struct yr_test_report *r, struct yr_err *err)
{
	AUTO_BUF struct yr_buf b = { 0 };

	yr_buf_puts(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"yoroi\"");
	put_counts(&b, r->n);
	if (r->suites.len)
		yr_buf_put(&b, r->suites.data, r->suites.len);
	yr_buf_puts(&b, "</testsuites>\n");
	if (b.failed || r->suites.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	return yr_write_file(r->junit, b.data, b.len, err);
}
