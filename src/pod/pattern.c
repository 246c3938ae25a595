/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns and selectors of policies. */
#include <stdlib.h>
#include <string.h>

#include "pod/limits.h"
#include "pod/policy.h"

/*
 * The places of the pattern that can be reached, one bit each, moved on by one character of the
 * text at a time: no pattern makes it slower than its length times that of the text.
 */
bool yr_pattern_match(const char *pattern, const char *text, size_t *steps)
{
	bool here[YR_LIMIT_POLICY_PATTERN + 1] = { true }, next[YR_LIMIT_POLICY_PATTERN + 1];
	size_t n = strlen(pattern), plain = strcspn(pattern, "*?");

	/* Most are told apart by how they begin. */
	if (n > YR_LIMIT_POLICY_PATTERN || strncmp(pattern, text, plain) != 0)
		return false;
	if (plain == n)
		return !text[n];
	for (;; text++) {
		bool any = false;

		if (*steps <= n) {
			*steps = 0;
			return false;
		}
		*steps -= n + 1;
		/* A star may stand for nothing. */
		for (size_t i = 0; i < n; i++)
			here[i + 1] |= here[i] && pattern[i] == '*';
		if (!*text)
			return here[n];
		memset(next, 0, n + 1);
		for (size_t i = 0; i < n; i++) {
			bool two = pattern[i] == '*' &&
				   (pattern[i + 1] == '*' || (i && pattern[i - 1] == '*'));

			if (!here[i])
				continue;
			if (pattern[i] == '*')
				next[i] |= two || *text != '/';
			else
				next[i + 1] |=
					pattern[i] == '?' ? *text != '/' : pattern[i] == *text;
		}
		for (size_t i = 0; i <= n; i++) {
			here[i] = next[i];
			any |= next[i];
		}
		if (!any)
			return false;
	}
}

bool yr_patterns_match(const char *const *patterns, size_t n, const char *text, size_t *steps)
{
	for (size_t i = 0; i < n; i++)
		if (yr_pattern_match(patterns[i], text, steps))
			return true;
	return false;
}

static bool is_met(const struct yr_policy_term *t, const struct yr_pair *labels, size_t n)
{
	const struct yr_pair *label = yr_pair_find(labels, n, t->key);
	bool in = false;

	if (t->op == YR_TERM_EXISTS || t->op == YR_TERM_NOT_EXISTS)
		return (label != NULL) == (t->op == YR_TERM_EXISTS);
	for (size_t i = 0; label && i < t->n_values && !in; i++)
		in = !strcmp(t->values[i], label->value);
	return in == (t->op == YR_TERM_IN);
}

bool yr_selector_match(const struct yr_selector *s, const struct yr_pair *labels, size_t n)
{
	for (size_t i = 0; i < s->n; i++)
		if (!is_met(&s->terms[i], labels, n))
			return false;
	return true;
}
