/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the running kernel says of profiles that it has loaded, by securityfs' .access.
 *
 *	ask_kernel
 *
 * Rows on standard input, fields parted by tabs: profile, questions where sockets have class 14,
 * questions where they have class 15; questions as ask_image.c reads them, parted by ";". Answers
 * on standard output, one a row: allow, deny, or "-": this is not to be had by .access.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

#define ACCESS "/sys/kernel/security/apparmor/.access"
/* What the file begins with when it is asked about a profile. */
#define COMMAND "label"
#define CLASS_FILE 2
#define CLASS_NET_V9 15

enum {
	EXEC = 0x1,
	SUBSET = 0x8000, /* on the pair of a link */
	LINK = 0x40000,
};

/* The files that the kernel thinks of here are root's: who asks is their owner, or is not. */
enum { OWNER = 1, OTHER = 2, NOBODY = 65534 };

static const char *profile;

struct bytes {
	char at[4096];
	size_t len;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static struct bytes unhex(const char *hex)
{
	struct bytes b = { .len = 0 };
	unsigned byte;

	for (; b.len < sizeof(b.at) && sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		b.at[b.len++] = (char)byte;
		if (!hex[0] || !hex[1])
			break;
	}
	return b;
}

static void add(struct bytes *to, const void *at, size_t len)
{
	if (to->len + len > sizeof(to->at)) {
		fprintf(stderr, "a question is too long\n");
		exit(2);
	}
	memcpy(to->at + to->len, at, len);
	to->len += len;
}

/* The "allow" of the kernel's answer to the class and what follows it. */
static uint32_t ask(unsigned char class, const struct bytes *rest, int who)
{
	struct bytes query = { .len = 0 };
	char answer[200] = "";
	unsigned allow = 0;
	int fd = open(ACCESS, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(ACCESS);
	add(&query, COMMAND, sizeof(COMMAND));
	add(&query, profile, strlen(profile) + 1);
	add(&query, &class, 1);
	add(&query, rest->at, rest->len);
	setfsuid(who == OTHER ? NOBODY : 0);
	if (write(fd, query.at, query.len) != (ssize_t)query.len)
		die(profile);
	setfsuid(0);
	if (read(fd, answer, sizeof(answer) - 1) <= 0 || sscanf(answer, "allow %x", &allow) != 1)
		die("no answer");
	close(fd);
	return allow;
}

/* What every permission asked for is when the profile has nothing of the class. */
static bool is_mediated(unsigned char class)
{
	return ask(class, &(struct bytes){ .len = 0 }, OWNER) != UINT32_MAX;
}

static bool file_allows(const struct bytes *path, int who, uint32_t bits)
{
	for (int half = OWNER; half <= OTHER; half <<= 1)
		if (who & half && bits & ~ask(CLASS_FILE, path, half))
			return false;
	return true;
}

/* A link may do no more than its target. How either is executed is not told. */
static const char *is_subset(const char *link, const char *target)
{
	struct bytes l = unhex(link), t = unhex(target), pair = l;

	add(&pair, "", 1);
	add(&pair, t.at, t.len);
	for (int half = OWNER; half <= OTHER; half <<= 1) {
		uint32_t more = ask(CLASS_FILE, &l, half) & ~(uint32_t)LINK;

		if (!(ask(CLASS_FILE, &pair, half) & SUBSET))
			continue;
		if (more & ~ask(CLASS_FILE, &t, half))
			return "deny";
		if (more & EXEC)
			return "-";
	}
	return "allow";
}

static const char *answer(const char *question)
{
	char kind[16] = "", hex[4096] = "", rest[4096] = "";
	struct bytes b;
	uint32_t bits;
	int who;

	if (sscanf(question, "%15s %4095s %4095s", kind, hex, rest) < 2)
		return "-";
	b = unhex(hex);
	bits = (uint32_t)strtoul(rest, NULL, 0);
	if (!strcmp(kind, "subset"))
		return is_subset(hex, rest);
	if (!strcmp(kind, "class")) {
		memmove(b.at, b.at + 1, --b.len);
		return bits & ~ask((unsigned char)unhex(hex).at[0], &b, OWNER) ? "deny" : "allow";
	}
	who = !strcmp(kind, "file")    ? OWNER | OTHER
	      : !strcmp(kind, "owner") ? OWNER
	      : !strcmp(kind, "other") ? OTHER
				       : 0;
	if (!who) /* capabilities; how an exec goes on */
		return "-";
	return file_allows(&b, who, bits) ? "allow" : "deny";
}

/* Denied when one of them is; unknown when one is unknown and none is denied. */
static const char *answer_all(char *questions)
{
	const char *all = "allow";
	char *rest;

	for (char *q = strtok_r(questions, ";", &rest); q; q = strtok_r(NULL, ";", &rest)) {
		const char *one = answer(q);

		if (!strcmp(one, "deny"))
			return one;
		if (!strcmp(one, "-"))
			all = one;
	}
	return all;
}

int main(void)
{
	static char line[65536];

	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		char *rest = line, *v8, *v9;

		line[strcspn(line, "\n")] = '\0';
		profile = strsep(&rest, "\t");
		v8 = strsep(&rest, "\t");
		v9 = strsep(&rest, "\t");
		if (!v9) {
			fprintf(stderr, "a row without questions: %s\n", profile);
			return 2;
		}
		puts(answer_all(is_mediated(CLASS_NET_V9) ? v9 : v8));
	}
	return 0;
}
