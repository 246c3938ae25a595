/* SPDX-License-Identifier: Apache-2.0 */
/* Plain words of YAML, as Kubernetes' reader takes them: YAML 1.1 with the octal form of 1.2. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pod/node.h"

static const struct {
	const char *word;
	enum yr_node_kind kind;
	bool truth;
} words[] = {
	{ "", YR_NODE_NULL, false },      { "~", YR_NODE_NULL, false },
	{ "null", YR_NODE_NULL, false },  { "Null", YR_NODE_NULL, false },
	{ "NULL", YR_NODE_NULL, false },  { "true", YR_NODE_BOOL, true },
	{ "True", YR_NODE_BOOL, true },   { "TRUE", YR_NODE_BOOL, true },
	{ "yes", YR_NODE_BOOL, true },    { "Yes", YR_NODE_BOOL, true },
	{ "YES", YR_NODE_BOOL, true },    { "y", YR_NODE_BOOL, true },
	{ "Y", YR_NODE_BOOL, true },      { "on", YR_NODE_BOOL, true },
	{ "On", YR_NODE_BOOL, true },     { "ON", YR_NODE_BOOL, true },
	{ "false", YR_NODE_BOOL, false }, { "False", YR_NODE_BOOL, false },
	{ "FALSE", YR_NODE_BOOL, false }, { "no", YR_NODE_BOOL, false },
	{ "No", YR_NODE_BOOL, false },    { "NO", YR_NODE_BOOL, false },
	{ "n", YR_NODE_BOOL, false },     { "N", YR_NODE_BOOL, false },
	{ "off", YR_NODE_BOOL, false },   { "Off", YR_NODE_BOOL, false },
	{ "OFF", YR_NODE_BOOL, false },
};

/* Without its underscores, which only separate; false: it is too long for a number. */
static bool squeeze(const char *text, char *to, size_t size)
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '_')
			continue;
		if (n + 1 >= size)
			return false;
		to[n++] = *text;
	}
	to[n] = '\0';
	return n > 0;
}

static bool is_integer(const char *s, long long *ret)
{
	const char *digits = s + (*s == '-' || *s == '+');
	int base = 10;
	char *end;

	if (digits[0] == '0' && strchr("xXoObB", digits[1]) && digits[1]) {
		base = tolower(digits[1]) == 'x' ? 16 : tolower(digits[1]) == 'o' ? 8 : 2;
		digits += 2;
	} else if (digits[0] == '0' && digits[1]) {
		base = 8;
	}
	if (!isalnum((unsigned char)*digits))
		return false;
	errno = 0;
	*ret = strtoll(digits, &end, base);
	if (*end || errno)
		return false;
	*ret = *s == '-' ? -*ret : *ret;
	return true;
}

static bool is_real(const char *s, double *ret)
{
	const char *at = s + (*s == '-' || *s == '+');
	bool digit = false;
	char *end;

	/* What strtod() takes besides: hexadecimal, "infinity" and "nan". */
	for (const char *c = at; *c; c++) {
		digit |= isdigit((unsigned char)*c);
		if (!isdigit((unsigned char)*c) && !strchr(".eE+-", *c))
			return false;
	}
	if (!digit || *at == 'e' || *at == 'E')
		return false;
	*ret = strtod(s, &end);
	return !*end && isfinite(*ret);
}

void yr_node_resolve(struct yr_node *n)
{
	char plain[128];

	n->kind = YR_NODE_STRING;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i].word, n->text) != 0)
			continue;
		n->kind = words[i].kind;
		n->truth = words[i].truth;
		return;
	}
	if (!strchr("+-.0123456789", *n->text) || !squeeze(n->text, plain, sizeof(plain)))
		return;
	if (is_integer(plain, &n->integer))
		n->kind = YR_NODE_INT;
	else if (is_real(plain, &n->real))
		n->kind = YR_NODE_REAL;
}
