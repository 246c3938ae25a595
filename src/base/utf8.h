/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef YR_UTF8_H
#define YR_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at @s takes, 1 to 4, all below @end; 0: there is none. */
size_t yr_utf8(const unsigned char *s, const unsigned char *end);
/* The number of the character at @s, of which yr_utf8() said that it takes @n bytes. */
uint32_t yr_utf8_code(const unsigned char *s, size_t n);
/* How many of the @n bytes at @s are UTF-8 before something is not; @n: all of them. */
size_t yr_utf8_prefix(const char *s, size_t n);

#endif
