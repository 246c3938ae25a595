/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is not what an editor for policy writes: other encodings, other line ends. */
#include "lang/parse.h"

/* The first byte of @p's text that is not UTF-8; NULL: all is. */
static const char *find_bad_utf8(const struct yr_parser *p)
{
	static const uint64_t high = UINT64_C(0x8080808080808080);
	const char *at = p->src->text, *end = p->end;
	uint64_t eight;

	while (at < end) {
		unsigned char c;
		int more;

		for (; end - at >= 8; at += 8) {
			memcpy(&eight, at, 8);
			if (eight & high)
				break;
		}
		if (at == end)
			break;
		c = (unsigned char)*at;
		more = c < 0x80                ? 0
		       : c >= 0xc2 && c < 0xe0 ? 1
		       : c >= 0xe0 && c < 0xf0 ? 2
		       : c >= 0xf0 && c < 0xf5 ? 3
					       : -1;

		if (more < 0 || end - at <= more)
			return at;
		for (int i = 1; i <= more; i++)
			if (((unsigned char)at[i] & 0xc0) != 0x80)
				return at;
		at += more + 1;
	}
	return NULL;
}

/* Text ends at a NUL: nothing behind it is policy that anybody wrote. */
static void stop_at_nul(struct yr_parser *p)
{
	const char *nul = memchr(p->src->text, '\0', p->src->len);
	struct yr_loc loc;

	if (!nul)
		return;
	loc = (struct yr_loc){ p->src, yr_off(p, nul), 1 };
	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "a NUL byte: this is not policy text, and nothing behind it is read");
	p->end = nul;
	p->cut = true;
}

void yr_check_encoding(struct yr_parser *p)
{
	const char *text = p->src->text, *cr = memchr(text, '\r', p->src->len), *bad;
	struct yr_loc loc = { p->src, 0, 1 };

	if (p->src->len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "this file is UTF-16; save it as UTF-8");
		p->end = p->at;
		p->cut = true;
		return;
	}
	stop_at_nul(p);
	if (p->src->len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		loc.len = 3;
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "the file begins with a byte order mark (BOM); save it as UTF-8 "
			    "without one");
		p->at += 3;
	}
	if (cr && cr[1] == '\n' && cr < p->end) {
		loc = (struct yr_loc){ p->src, yr_off(p, cr), 1 };
		yr_complain(p->diags, &loc, YR_WARNING, "format",
			    "this file has the line ends of Windows (CR LF); they are taken for "
			    "white space");
	}
	bad = find_bad_utf8(p);
	if (bad) {
		loc = (struct yr_loc){ p->src, yr_off(p, bad), 1 };
		yr_complain(p->diags, &loc, YR_WARNING, "format",
			    "this byte is not UTF-8; a name is compared byte for byte, so it only "
			    "matches files that are called so in the same encoding");
	}
}
