/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image allows, by the matcher over images alone: the second opinion for `yoroi query`,
 * which shares nothing with it but the reader.
 *
 *	ask_image IMAGE PROFILE
 *
 * Questions on standard input, answers ("allow", "deny") on standard output, one a line:
 *	file HEX BITS         a path, or a pair with its NUL; owner and others must both have all
 *BITS owner HEX BITS, other HEX BITS class HEX BITS        the class byte first capability NUMBER
 *	subset HEX HEX        link and target: what the link's own permissions are to be contained
 *in mediated CLASS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/form.h"

static const struct yr_image_profile *profile;

static size_t unhex(const char *hex, char *to, size_t size)
{
	size_t n = 0;
	unsigned byte;

	for (; n < size && sscanf(hex, "%2x", &byte) == 1 && hex[1]; hex += 2)
		to[n++] = (char)byte;
	return n;
}

static bool file_allows(struct yr_str path, bool owner, unsigned long bits)
{
	return !(bits & ~(unsigned long)yr_image_file(profile, path, owner)->allow);
}

static bool is_subset(struct yr_str link, struct yr_str target, struct yr_str pair, bool owner)
{
	const struct yr_kperms *l = yr_image_file(profile, link, owner);
	const struct yr_kperms *t = yr_image_file(profile, target, owner);

	if (!(yr_image_file(profile, pair, owner)->allow & YR_KP_LOCK))
		return true;
	return !(l->allow & ~YR_KP_LINK & ~t->allow) &&
	       (!(l->allow & YR_KP_EXEC) ||
		(l->xindex & ~YR_XI_UNSAFE) == (t->xindex & ~YR_XI_UNSAFE));
}

static bool answer(const char *kind, const char *hex, const char *rest)
{
	static char bytes[8192], target[8192], pair[16400];
	struct yr_str s = { bytes, unhex(hex, bytes, sizeof(bytes)) };
	unsigned long bits = strtoul(rest, NULL, 0);

	if (!strcmp(kind, "capability"))
		return profile->caps_allow >> strtoul(hex, NULL, 10) & 1;
	if (!strcmp(kind, "mediated"))
		return yr_image_class(profile, (enum yr_class)strtoul(hex, NULL, 10));
	if (!strcmp(kind, "class"))
		return !(bits & ~(unsigned long)yr_image_policydb(profile, s)->allow);
	if (!strcmp(kind, "owner"))
		return file_allows(s, true, bits);
	if (!strcmp(kind, "other"))
		return file_allows(s, false, bits);
	if (!strcmp(kind, "file"))
		return file_allows(s, true, bits) && file_allows(s, false, bits);
	if (!strcmp(kind, "exec"))
		return file_allows(s, true, YR_KP_EXEC) && file_allows(s, false, YR_KP_EXEC) &&
		       yr_image_file(profile, s, true)->xindex == bits &&
		       yr_image_file(profile, s, false)->xindex == bits;
	if (!strcmp(kind, "subset")) {
		struct yr_str t = { target, unhex(rest, target, sizeof(target)) };
		struct yr_str p = { pair, s.len + 1 + t.len };

		memcpy(pair, s.at, s.len);
		pair[s.len] = '\0';
		memcpy(pair + s.len + 1, t.at, t.len);
		return is_subset(s, t, p, true) && is_subset(s, t, p, false);
	}
	fprintf(stderr, "what is '%s'?\n", kind);
	exit(2);
}

int main(int argc, char **argv)
{
	static char line[65536], kind[16], hex[32768], rest[32768], data[16 << 20];
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };
	FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
	size_t len = in ? fread(data, 1, sizeof(data), in) : 0;

	if (!in || yr_image_read(data, len, &image, &err) < 0) {
		fprintf(stderr, "%s\n", in ? err.msg : "usage: ask_image IMAGE PROFILE");
		return 2;
	}
	fclose(in);
	for (size_t i = 0; i < image->n; i++)
		if (!strcmp(image->profiles[i].name, argv[2]))
			profile = &image->profiles[i];
	if (!profile) {
		fprintf(stderr, "no profile '%s'\n", argv[2]);
		return 2;
	}
	while (fgets(line, sizeof(line), stdin)) {
		rest[0] = hex[0] = '\0';
		if (sscanf(line, "%15s %32767s %32767s", kind, hex, rest) >= 1)
			puts(answer(kind, hex, rest) ? "allow" : "deny");
	}
	yr_image_free(image);
	return 0;
}
