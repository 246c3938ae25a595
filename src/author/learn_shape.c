/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a path is a value of some type that varies from run to run: numbers, identifiers, dates,
 * the random part of a temporary name. Words never are.
 */
#include "author/learn_parts.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_word(char c)
{
	return is_digit(c) || is_upper(c) || is_lower(c);
}

static size_t count_digits(const char *at, const char *end)
{
	const char *p = at;

	while (p < end && is_digit(*p))
		p++;
	return (size_t)(p - at);
}

static size_t count_hex(const char *at, const char *end, char first)
{
	const char *p = at;

	while (p < end && (is_digit(*p) || (*p >= first && *p < first + 6)))
		p++;
	return (size_t)(p - at);
}

/* 8-4-4-4-12 digits; @first: 'a' or 'A'. */
static bool is_uuid(const char *at, const char *end, char first)
{
	static const uint8_t parts[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (i && (at >= end || *at++ != '-'))
			return false;
		if (end - at < parts[i] || count_hex(at, at + parts[i], first) != parts[i])
			return false;
		at += parts[i];
	}
	return at == end || !is_word(*at);
}

static bool has_word(const char *at, const char *end, const char *word)
{
	return memmem(at, (size_t)(end - at), word, strlen(word)) != NULL;
}

/*
 * "6.1.0-13-amd64" up to the end of the part; the length, 0: none. Libraries are called "1.2.3-rc1",
 * too: it is said by the place, from @path on, or by the count of builds and a word behind it.
 */
static size_t kernel_length(const char *path, const char *at, const char *end)
{
	const char *p = at;
	size_t build;

	for (int i = 0; i < 3; i++) {
		size_t n = count_digits(p, end);

		if (!n || n > 3 || p + n == end || p[n] != (i < 2 ? '.' : '-'))
			return 0;
		p += n + 1;
	}
	if (p == end || !is_word(*p))
		return 0;
	build = count_digits(p, end);
	if ((build && build <= 4 && end - p > (ptrdiff_t)build + 1 && p[build] == '-' &&
	     is_lower(p[build + 1])) ||
	    has_word(path, at, "/modules/") || has_word(path, at, "/boot/") ||
	    has_word(path, at, "/linux"))
		return (size_t)(end - at);
	return 0;
}

/* "1.2.3" behind ".so."; the length, 0: none. */
static size_t soname_length(const char *from, const char *at, const char *end)
{
	if (at - from < 4 || memcmp(at - 4, ".so.", 4) != 0)
		return 0;
	for (const char *p = at; p < end; p++)
		if (!is_digit(*p) && *p != '.')
			return 0;
	return (size_t)(end - at);
}

static unsigned two(const char *at)
{
	return (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
}

/* 2023-01-30 or 20230130; the length, 0: none. */
static size_t date_length(const char *at, const char *end)
{
	size_t gap = end - at >= 10 && at[4] == '-' && at[7] == '-';
	size_t len = 8 + 2 * gap;

	if ((size_t)(end - at) < len || (at + len < end && is_digit(at[len])))
		return 0;
	if (count_digits(at, end) < (gap ? 4u : 8u) || !is_digit(at[5]) ||
	    (gap && (!is_digit(at[6]) || !is_digit(at[8]) || !is_digit(at[9]))))
		return 0;
	if (two(at) < 19 || two(at) > 20 || two(at + 4 + gap) - 1u > 11 ||
	    two(at + 6 + 2 * gap) - 1u > 30)
		return 0;
	return len;
}

/*
 * Letters and digits as few words have them. "Config" and "file01" turn once from one kind to
 * another, what mktemp makes up more often. Whether it is one the others in its place tell.
 */
static bool may_be_random(const char *at, size_t len)
{
	unsigned turns = 0;

	for (size_t i = 1; i < len; i++) {
		int was = is_digit(at[i - 1])   ? 0
			  : is_upper(at[i - 1]) ? 1
			  : is_lower(at[i - 1]) ? 2
						: 3;
		int is = is_digit(at[i]) ? 0 : is_upper(at[i]) ? 1 : is_lower(at[i]) ? 2 : 3;

		turns += was != is && !(i == 1 && was == 1 && is == 2);
	}
	return turns >= 2;
}

static size_t count_digit_turns(const char *at, size_t len)
{
	size_t turns = 0;

	for (size_t i = 1; i < len; i++)
		turns += is_digit(at[i - 1]) != is_digit(at[i]);
	return turns;
}

/* "FileName" is two words, and in lower case "md5sum" and "v1beta" turn twice. */
static bool is_random(const char *at, size_t len)
{
	unsigned turns = 0;
	bool upper = false, lower = false;

	for (size_t i = 0; i < len; i++) {
		upper |= is_upper(at[i]);
		lower |= is_lower(at[i]);
		/* A word may begin with a capital. */
		turns += i && (is_digit(at[i - 1]) != is_digit(at[i]) ||
			       (at[i - 1] == '_') != (at[i] == '_') ||
			       (is_lower(at[i - 1]) && is_upper(at[i])));
	}
	return turns >= (upper && lower ? 2 : 3);
}

/* 8 of what Python makes up, up to the end or an ending. */
static bool is_temp(const char *at, const char *end)
{
	if (end - at < 8 || (end - at > 8 && at[8] != '.'))
		return false;
	for (const char *p = at; p < at + 8; p++)
		if (!is_digit(*p) && !is_lower(*p) && *p != '_')
			return false;
	return may_be_random(at, 8);
}

/* Where it begins, behind "tmp" or a prefix that somebody chose: "wgunicorn-". */
static bool is_before_temp(const char *begin, const char *at)
{
	return at > begin &&
	       (at[-1] == '-' || at[-1] == '_' || (at - begin == 3 && !memcmp(begin, "tmp", 3)));
}

struct shaping {
	const char *path;
	struct yr_shape *ret;
};

static void slot(struct shaping *s, enum yr_slot_kind kind, const char *at, size_t len)
{
	if (s->ret->n < YR_SHAPE_SLOTS)
		s->ret->slot[s->ret->n++] =
			(struct yr_slot){ kind, (uint16_t)(at - s->path), (uint16_t)len };
}

/* Letters and digits, nothing else beside them. */
static void run(struct shaping *s, const char *at, const char *end)
{
	size_t len = (size_t)(end - at), lower = count_hex(at, end, 'a');
	size_t upper = count_hex(at, end, 'A');
	bool digits = count_digits(at, end) == len;

	/* Words of 32 bits, as PostgreSQL calls its log: no turns, but many zeros in front. */
	if (len > YR_SHAPE_DIGITS && len % 8 == 0 && len <= YR_SHAPE_HEX &&
	    (lower == len || upper == len)) {
		slot(s, upper == len ? YR_SLOT_UPPER_HEX : YR_SLOT_HEX, at, len);
		return;
	}
	if (!digits && len >= 12 && len <= YR_SHAPE_HEX && (lower == len || upper == len) &&
	    may_be_random(at, len)) {
		slot(s, lower == len ? YR_SLOT_HEX : YR_SLOT_UPPER_HEX, at, len);
		return;
	}
	if (!digits && (len == 6 || len == 8 || len == 10) && may_be_random(at, len)) {
		slot(s, YR_SLOT_RANDOM, at, len);
		return;
	}
	/* A session's, all of it: long words have few digits among their letters. */
	if (!digits && len >= 12 && len <= 64 && 6 * count_digit_turns(at, len) >= len) {
		slot(s, YR_SLOT_RANDOM, at, len);
		return;
	}
	/* "sedAbC1x2": the program's word before it. */
	if (!digits && len > 6 && may_be_random(end - 6, 6)) {
		slot(s, YR_SLOT_RANDOM, end - 6, 6);
		return;
	}
	while (at < end) {
		size_t n = count_digits(at, end);

		if (n && n <= YR_SHAPE_DIGITS)
			slot(s, n <= 10 ? YR_SLOT_INT : YR_SLOT_DIGITS, at, n);
		at += n ? n : 1;
	}
}

static void segment(struct shaping *s, const char *at, const char *end)
{
	const char *begin = at;

	while (at < end) {
		const char *from = at;
		size_t date = is_digit(*at) ? date_length(at, end) : 0;
		size_t kernel = is_digit(*at) ? kernel_length(s->path, at, end) : 0;
		size_t soname = is_digit(*at) ? soname_length(begin, at, end) : 0;

		if (kernel || soname) {
			slot(s, kernel ? YR_SLOT_KERNEL : YR_SLOT_SONAME, at,
			     kernel ? kernel : soname);
			return;
		}

		/* Here, so that no part of it is taken for a word. */
		if (end - at > 3 && at == begin && is_before_temp(begin, at + 3) &&
		    is_temp(at + 3, end))
			at += 3;
		if (is_before_temp(begin, at) && is_temp(at, end)) {
			slot(s, YR_SLOT_TEMP, at, 8);
			at += 8;
			continue;
		}
		if (end - at >= 36 && (is_uuid(at, end, 'a') || is_uuid(at, end, 'A'))) {
			slot(s, is_uuid(at, end, 'a') ? YR_SLOT_UUID : YR_SLOT_UPPER_UUID, at, 36);
			at += 36;
			continue;
		}
		if (date) {
			slot(s, YR_SLOT_DATE, at, date);
			at += date;
			/* 20230130T112233 */
			if (date == 8 && end - at > 6 && *at == 'T' &&
			    count_digits(at + 1, end) == 6) {
				slot(s, YR_SLOT_DIGITS, at + 1, 6);
				at += 7;
			}
			continue;
		}
		while (at < end && is_word(*at))
			at++;
		if (at > from)
			run(s, from, at);
		else
			at++;
	}
}

static bool begins(struct yr_str s, const char *with)
{
	return s.len > strlen(with) && !memcmp(s.at, with, strlen(with));
}

/* A segment of digits alone, whose place says what it is. */
static enum yr_slot_kind by_place(struct yr_str path, const char *at)
{
	size_t before = (size_t)(at - path.at);
	struct yr_str head = { path.at, before };

	if (yr_str_is(head, "/proc/"))
		return YR_SLOT_PID;
	if (begins(path, "/proc/") && before > 6 && is_digit(path.at[6]) &&
	    !memcmp(at - 6, "/task/", 6))
		return YR_SLOT_TID;
	if (yr_str_is(head, "/run/user/") || yr_str_is(head, "/var/run/user/"))
		return YR_SLOT_UID;
	return YR_SLOT_INT;
}

/* "0f" before what is named by a hash, as git and others spread their files over folders. */
static bool is_spread(struct yr_str path, const char *at, const char *to)
{
	const char *end = path.at + path.len;

	if (to - at != 2 || count_hex(at, to, 'a') != 2)
		return false;
	if (at - path.at >= 9 && !memcmp(at - 9, "/objects/", 9))
		return true;
	while (to < end && count_hex(to + 1, end, 'a') == 2 && to + 3 < end && to[3] == '/')
		to += 3;
	return to < end && count_hex(to + 1, end, 'a') >= 30;
}

void yr_shape_of(struct yr_str path, struct yr_shape *ret)
{
	const char *at = path.at, *end = path.at + path.len;
	struct shaping s = { path.at, ret };

	ret->n = 0;
	if (path.len > UINT16_MAX)
		return;
	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		const char *to = slash ? slash : end;
		size_t n = count_digits(at, to);

		if (n && n == (size_t)(to - at) && by_place(path, at) != YR_SLOT_INT)
			slot(&s, by_place(path, at), at, n);
		else if (is_spread(path, at, to))
			slot(&s, YR_SLOT_HEX, at, 2);
		else
			segment(&s, at, to);
		at = to + 1;
	}
}

/* Whether @value is what the slot takes it for without looking at others. */
static bool is_sure(const struct yr_slot *s, struct yr_str value)
{
	return (s->kind != YR_SLOT_RANDOM && s->kind != YR_SLOT_TEMP) ||
	       is_random(value.at, value.len);
}

void yr_variety_add(struct yr_variety *v, const struct yr_slot *s, struct yr_str value)
{
	size_t k = 0;

	while (k < v->n && !yr_str_eq(v->seen[k], value))
		k++;
	if (k == v->n && k < YR_SHAPE_ENOUGH)
		v->seen[v->n++] = value;
	v->values++;
	if (!is_sure(s, value))
		return;
	v->sure_values++;
	if (v->n_sure < ARRAY_LEN(v->sure) && !(v->n_sure && yr_str_eq(v->sure[0], value)))
		v->sure[v->n_sure++] = value;
}

bool yr_variety_is_enough(const struct yr_variety *v)
{
	return v->n == YR_SHAPE_ENOUGH && v->n_sure == ARRAY_LEN(v->sure) &&
	       v->sure_values >= v->values / 3;
}

bool yr_slot_takes(const struct yr_slot *s, struct yr_str value)
{
	const char *end = value.at + value.len;

	switch (s->kind) {
	case YR_SLOT_INT:
	case YR_SLOT_PID:
	case YR_SLOT_TID:
	case YR_SLOT_UID:
		return value.len && value.len <= 10 && count_digits(value.at, end) == value.len;
	case YR_SLOT_DIGITS:
		return value.len == s->len && count_digits(value.at, end) == value.len;
	case YR_SLOT_RANDOM:
		for (size_t i = 0; i < value.len; i++)
			if (!is_word(value.at[i]))
				return false;
		return value.len == s->len;
	case YR_SLOT_TEMP:
		for (size_t i = 0; i < value.len; i++)
			if (!is_digit(value.at[i]) && !is_lower(value.at[i]) && value.at[i] != '_')
				return false;
		return value.len == s->len;
	default:
		return false;
	}
}

void yr_slot_put(struct yr_buf *b, const struct yr_slot *s)
{
	static const char *const names[YR_SLOTS] = {
		[YR_SLOT_INT] = "@{int}",
		[YR_SLOT_PID] = "@{pid}",
		[YR_SLOT_TID] = "@{tid}",
		[YR_SLOT_UID] = "@{uid}",
		[YR_SLOT_UUID] = "@{uuid}",
		[YR_SLOT_UPPER_UUID] = "@{UUID}",
		/* Few may be seen, and the next one may be of any length. */
		[YR_SLOT_KERNEL] = "[0-9]*.[0-9]*-*",
		[YR_SLOT_SONAME] = "[0-9]*",
	};

	switch (s->kind) {
	case YR_SLOT_DATE:
		yr_buf_puts(b, s->len == 10 ? "@{date}" : "@{day}");
		break;
	case YR_SLOT_HEX:
		yr_buf_printf(b, "@{hex%u}", s->len);
		break;
	case YR_SLOT_UPPER_HEX:
		yr_buf_printf(b, "@{HEX%u}", s->len);
		break;
	case YR_SLOT_DIGITS:
		yr_buf_printf(b, "@{digits%u}", s->len);
		break;
	case YR_SLOT_RANDOM:
		yr_buf_printf(b, "@{random%u}", s->len);
		break;
	case YR_SLOT_TEMP:
		yr_buf_printf(b, "@{temp%u}", s->len);
		break;
	default:
		yr_buf_puts(b, names[s->kind]);
		break;
	}
}
