/* SPDX-License-Identifier: Apache-2.0 */
/* The host side on scratch directories: everything that can be had without a kernel. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/compress.h"
#include "yoroi/cache.h"
#include "yoroi/host.h"
#include "yoroi/loader.h"
#include "yoroi/status.h"

/* --- a scratch machine ---------------------------------------------------------------- */

struct scratch {
	char dir[64];
	char sec[80], proc[80], params[80];
	struct yr_host_paths paths;
};

static const char *in(const struct scratch *s, const char *name)
{
	static char path[8][512];
	static unsigned turn;
	char *to = path[turn++ % 8];

	snprintf(to, sizeof(path[0]), "%s/%s", s->dir, name);
	return to;
}

/* Also makes the folders above it. */
static void put(const struct scratch *s, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s", in(s, name));
	for (char *c = path + strlen(s->dir) + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		mkdir(path, 0755);
		*c = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int one_gone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	strcpy(s->dir, "/tmp/yr-host-XXXXXX");
	if (!mkdtemp(s->dir) || chmod(s->dir, 0755) < 0)
		return -1;
	snprintf(s->sec, sizeof(s->sec), "%s/sec", s->dir);
	snprintf(s->proc, sizeof(s->proc), "%s/proc", s->dir);
	snprintf(s->params, sizeof(s->params), "%s/params", s->dir);
	s->paths = (struct yr_host_paths){ s->sec, s->proc, s->params };
	mkdir(s->proc, 0755);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scratch *s = *state;

	nftw(s->dir, one_gone, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

/* A machine where all is well and nothing is loaded. */
static void well(struct scratch *s)
{
	put(s, "params/enabled", "Y\n");
	put(s, "sec/.load", "");
	put(s, "sec/.replace", "");
	put(s, "sec/.remove", "");
	put(s, "sec/profiles", "");
	put(s, "sec/features/policy/set_load", "yes\n");
	put(s, "proc/self/attr/apparmor/current", "unconfined\n");
}

static char *slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(text);
	*ret_len = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

#define says(err, text)                                                                            \
	do {                                                                                       \
		if (!strstr((err).msg, (text)))                                                    \
			fail_msg("'%s' does not say '%s'", (err).msg, (text));                     \
	} while (0)

/* Runs @body as somebody who is not root, when we are. */
static int as_nobody(struct scratch *s, int (*body)(struct scratch *))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		_exit(body(s));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* --- the state ------------------------------------------------------------------------ */

static void a_kernel_without_apparmor_is_named_so(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_ABSENT);
	says(why, "this kernel has no AppArmor");
	assert_string_equal(yr_apparmor_state_name(YR_APPARMOR_ABSENT), "not-in-kernel");
}

static void apparmor_that_is_off_at_boot_is_named_so(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	put(s, "params/enabled", "N\n");
	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_DISABLED);
	says(why, "apparmor=0");
}

static void a_missing_mount_is_named_so(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	put(s, "params/enabled", "Y\n");
	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_NOT_MOUNTED);
	says(why, "securityfs is not mounted");
}

static void a_mounted_folder_without_an_interface_is_not_ok(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	put(s, "params/enabled", "Y\n");
	mkdir(s->sec, 0755);
	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_NOT_MOUNTED);
	says(why, "profiles");
}

static void nonsense_in_enabled_is_not_a_guess(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	put(s, "params/enabled", "maybe\n");
	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_UNKNOWN);
}

static void all_is_well(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	well(s);
	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_OK);
	assert_int_equal(why.code, 0);
}

static void a_confined_caller_is_told_by_which_label(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	well(s);
	put(s, "proc/self/attr/apparmor/current", "docker-default (enforce)\n");
	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_CONFINED);
	says(why, "docker-default (enforce)");
}

static int state_is_confined(struct scratch *s)
{
	struct yr_err why = { 0 };

	return yr_host_state(&s->paths, &why) != YR_APPARMOR_CONFINED ||
	       !strstr(why.msg, "hides its name");
}

static void a_label_that_cannot_be_read_means_confined(void **state)
{
	struct scratch *s = *state;

	well(s);
	chmod(in(s, "sec/profiles"), 0644);
	chmod(in(s, "sec/.replace"), 0666);
	chmod(in(s, "proc/self/attr/apparmor/current"), 0);
	assert_int_equal(as_nobody(s, state_is_confined), 0);
}

static void a_profile_in_mode_unconfined_does_not_confine(void **state)
{
	struct scratch *s = *state;

	well(s);
	put(s, "proc/self/attr/apparmor/current", "runc (unconfined)\n");
	assert_int_equal(yr_host_state(&s->paths, NULL), YR_APPARMOR_OK);
}

static void a_locked_policy_is_named_so(void **state)
{
	struct scratch *s = *state;
	struct yr_err why = { 0 };

	well(s);
	put(s, "params/lock_policy", "Y\n");
	assert_int_equal(yr_host_state(&s->paths, &why), YR_APPARMOR_LOCKED);
	says(why, "locked");
}

static int state_is_no_permission(struct scratch *s)
{
	struct yr_err why = { 0 };

	return yr_host_state(&s->paths, &why) != YR_APPARMOR_NO_PERMISSION ||
	       !strstr(why.msg, "not root");
}

static void somebody_else_than_root_is_told_so(void **state)
{
	struct scratch *s = *state;

	well(s);
	chmod(in(s, "sec/.replace"), 0400);
	assert_int_equal(as_nobody(s, state_is_no_permission), 0);
	chmod(in(s, "sec/profiles"), 0);
	assert_int_equal(as_nobody(s, state_is_no_permission), 0);
	chmod(s->sec, 0);
	assert_int_equal(as_nobody(s, state_is_no_permission), 0);
	chmod(s->sec, 0755);
}

/* --- features ------------------------------------------------------------------------- */

static void features_come_out_in_the_form_of_dash_M(void **state)
{
	struct scratch *s = *state;
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };
	size_t len;

	well(s);
	put(s, "sec/features/policy/versions/v7", "yes\n");
	put(s, "sec/features/capability", "0xffffff\n");
	put(s, "sec/features/caps/mask", "chown net_raw\n");
	if (yr_host_features(&s->paths, &f, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(yr_features_text(f, &len),
			    "capability {0xffffff\n}\n"
			    "caps {mask {chown net_raw\n}\n}\n"
			    "policy {set_load {yes\n}\nversions {v7 {yes\n}\n}\n}\n");
	assert_true(yr_features_lists(f, "caps/mask", "net_raw"));
	yr_features_free(f);
}

/* Rebuilds the folder from a measured text: what comes back must be that text. */
static void unfold(struct scratch *s, const char *text)
{
	char path[400] = "sec/features";
	const char *at = text;

	mkdir(s->sec, 0755);
	mkdir(in(s, path), 0755);
	while (*at) {
		size_t n = strcspn(at, " {}\n");

		if (*at == '}') {
			*strrchr(path, '/') = '\0';
			at += 2;
		} else if (!strncmp(at + n, " {", 2)) {
			size_t words;

			snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%.*s", (int)n,
				 at);
			at += n + 2;
			words = strcspn(at, "{}");
			if (at[words] == '{') {
				mkdir(in(s, path), 0755);
			} else {
				char *value = strndup(at, words);

				put(s, path, value);
				free(value);
				at += words;
			}
		} else {
			fail_msg("cannot unfold '%.20s'", at);
		}
	}
}

static void features_of_a_real_kernel_survive_the_way_there_and_back(void **state)
{
	struct scratch *s = *state;
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };
	const char *dir = getenv("YOROI_FEATURES");
	char path[512];
	char *text;
	size_t len;

	snprintf(path, sizeof(path), "%s/debian-7.3", dir ? dir : "profiles/features");
	if (access(path, R_OK) < 0)
		skip();
	text = slurp(path, &len);
	unfold(s, text);
	if (yr_host_features(&s->paths, &f, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(yr_features_text(f, &len), text);
	yr_features_free(f);
	free(text);
}

static void features_that_are_not_there_name_the_reason(void **state)
{
	struct scratch *s = *state;
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };

	put(s, "params/enabled", "Y\n");
	assert_int_equal(yr_host_features(&s->paths, &f, &err), -ENOENT);
	says(err, "securityfs is not mounted");
	assert_null(f);
}

static int features_fail_with_eacces(struct scratch *s)
{
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };

	return yr_host_features(&s->paths, &f, &err) != -EACCES || f;
}

static void hostile_features_end_in_an_error(void **state)
{
	struct scratch *s = *state;
	struct yr_features *f = NULL;
	char path[400] = "sec/features";
	char *big = calloc(1, 300 << 10);

	put(s, "sec/features/a", "x}\n");
	assert_int_equal(yr_host_features(&s->paths, &f, NULL), -EINVAL);
	memset(big, 'x', (300 << 10) - 1);
	put(s, "sec/features/a", big);
	free(big);
	assert_int_equal(yr_host_features(&s->paths, &f, NULL), -EFBIG);
	unlink(in(s, "sec/features/a"));
	assert_int_equal(yr_host_features(&s->paths, &f, NULL), -ENODATA);
	for (int i = 0; i < 30; i++)
		strcat(path, "/d");
	strcat(path, "/end");
	put(s, path, "yes\n");
	assert_int_equal(yr_host_features(&s->paths, &f, NULL), -ELOOP);
	unlink(in(s, path));
	well(s);
	chmod(in(s, "sec/features/policy/set_load"), 0);
	nftw(in(s, "sec/features/d"), one_gone, 8, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(as_nobody(s, features_fail_with_eacces), 0);
	assert_null(f);
}

/* --- loading -------------------------------------------------------------------------- */

static struct yr_loader *open_loader(struct scratch *s)
{
	struct yr_loader *l = NULL;
	struct yr_err err = { 0 };

	if (yr_loader_open(&s->paths, &l, &err) < 0)
		fail_msg("%s", err.msg);
	return l;
}

/* Write calls of this thread so far; -1 when the kernel does not count them. */
static long writes(void)
{
	FILE *f = fopen("/proc/thread-self/io", "r");
	char line[100];
	long n = -1;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "syscw: %ld", &n);
	if (f)
		fclose(f);
	return n;
}

/* A kernel that takes compressed images gets them, and no other does, whatever we were given. */
static void an_image_is_compressed_exactly_where_the_kernel_takes_that(void **state)
{
	static char image[20000] = "\x04\x08\0version\0";
	struct scratch *s = *state;
	void *given[3] = { image };
	size_t len[3] = { sizeof(image) };

	assert_int_equal(yr_image_compress(image, sizeof(image), 3, true, &given[1], &len[1], NULL),
			 0);
	assert_int_equal(
		yr_image_compress(image, sizeof(image), 19, false, &given[2], &len[2], NULL), 0);
	well(s);
	for (int taken = 0; taken < 2; taken++) {
		if (taken)
			put(s, "sec/features/policy/compressed_load", "yes\n");
		for (int i = 0; i < 3; i++) {
			struct yr_loader *l = open_loader(s);
			void *content = NULL;
			size_t n, size;
			char *got;

			put(s, "sec/.replace", "");
			assert_int_equal(yr_loader_push(l, YR_LOAD_REPLACE, given[i], len[i], NULL),
					 0);
			got = slurp(in(s, "sec/.replace"), &n);
			assert_int_equal(yr_image_is_compressed(got, n), taken);
			if (taken)
				assert_int_equal(yr_image_decompress(got, n, &content, &size, NULL),
						 0);
			assert_int_equal(taken ? size : n, sizeof(image));
			assert_memory_equal(taken ? content : got, image, sizeof(image));
			free(content);
			free(got);
			yr_loader_free(l);
		}
	}
	free(given[1]);
	free(given[2]);
}

/* The kernel would take a frame that is no smaller than its content for the image itself. */
static void what_does_not_get_smaller_is_not_compressed(void **state)
{
	void *out = *state;
	size_t n;

	assert_int_equal(yr_image_compress("abcdefgh", 8, 22, true, &out, &n, NULL), 0);
	assert_null(out);
}

static void damaged_compressed_images_are_refused(void **state)
{
	static char image[5000];
	/* It says that a gigabyte is in it. */
	static const unsigned char huge[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40, 1, 0, 0 };
	void *small = NULL, *back = NULL;
	struct yr_err err = { 0 };
	size_t n = 0, size;

	(void)state;
	assert_int_equal(yr_image_compress(image, sizeof(image), 3, true, &small, &n, NULL), 0);
	for (size_t len = 0; len < n; len++) {
		char *exact = malloc(len + !len);

		memcpy(exact, small, len);
		err = (struct yr_err){ 0 };
		assert_int_equal(yr_image_decompress(exact, len, &back, &size, &err), -EINVAL);
		free(exact);
	}
	for (size_t i = 8; i < n; i++) {
		((char *)small)[i] ^= 0x55;
		if (!yr_image_decompress(small, n, &back, &size, NULL))
			free(back);
		((char *)small)[i] ^= 0x55;
	}
	/* Two in a row, as upstream writes two profiles. */
	back = malloc(2 * n);
	memcpy(back, small, n);
	memcpy((char *)back + n, small, n);
	free(small);
	small = back;
	assert_int_equal(yr_image_decompress(small, 2 * n, &back, &size, NULL), 0);
	assert_int_equal(size, 2 * sizeof(image));
	free(back);
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_image_decompress(huge, sizeof(huge), &back, &size, &err), -EINVAL);
	says(err, "YR_LIMIT_IMAGE_BYTES");
	free(small);
}

static void an_image_arrives_whole_in_one_write(void **state)
{
	static const struct {
		enum yr_load_op op;
		const char *file;
	} cases[] = { { YR_LOAD_ADD, "sec/.load" }, { YR_LOAD_REPLACE, "sec/.replace" } };
	struct scratch *s = *state;
	char *image = calloc(1, 500000);
	size_t len;

	for (int i = 0; i < 500000; i++)
		image[i] = (char)(i * 7);
	well(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct yr_loader *l = open_loader(s);
		long before = writes();
		char *got;

		assert_int_equal(yr_loader_push(l, cases[i].op, image, 500000, NULL), 0);
		if (before >= 0)
			assert_int_equal(writes() - before, 1);
		got = slurp(in(s, cases[i].file), &len);
		assert_int_equal(len, 500000);
		assert_memory_equal(got, image, len);
		free(got);
		yr_loader_free(l);
	}
	free(image);
}

static void removing_writes_the_name_and_nothing_else(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l;
	char *got;
	size_t len;

	well(s);
	l = open_loader(s);
	assert_int_equal(yr_loader_remove(l, "a b (c)//hat", NULL), 0);
	got = slurp(in(s, "sec/.remove"), &len);
	assert_string_equal(got, "a b (c)//hat");
	free(got);
	yr_loader_free(l);
}

static void names_that_would_remove_more_are_refused(void **state)
{
	static const char *const bad[] = { "", ":ns:", ":ns", ":ns://", "::", "::x" };
	struct scratch *s = *state;
	struct yr_loader *l;

	well(s);
	l = open_loader(s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(yr_loader_remove(l, bad[i], NULL), -EINVAL);
	assert_int_equal(yr_loader_remove(l, ":ns:x", NULL), 0);
	assert_int_equal(yr_loader_remove(l, ":ns://x", NULL), 0);
	yr_loader_free(l);
}

static void opening_without_apparmor_names_the_reason(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l = NULL;
	struct yr_err err = { 0 };

	assert_int_equal(yr_loader_open(&s->paths, &l, &err), -ENOENT);
	says(err, "this kernel has no AppArmor");
	err = (struct yr_err){ 0 };
	put(s, "params/enabled", "N\n");
	assert_int_equal(yr_loader_open(&s->paths, &l, &err), -ENOENT);
	says(err, "switched off");
	err = (struct yr_err){ 0 };
	put(s, "params/enabled", "Y\n");
	assert_int_equal(yr_loader_open(&s->paths, &l, &err), -ENOENT);
	says(err, "not mounted");
	assert_null(l);
}

static void missing_kernel_support_names_the_file(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l;
	struct yr_err err = { 0 };

	mkdir(s->sec, 0755);
	l = open_loader(s);
	assert_int_equal(yr_loader_push(l, YR_LOAD_ADD, "x", 1, &err), -ENOENT);
	says(err, "/.load");
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_loader_remove(l, "x", &err), -ENOENT);
	says(err, "not AppArmor's folder");
	yr_loader_free(l);
}

static void a_full_disk_is_an_error_that_says_what_stands(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l;
	struct yr_err err = { 0 };

	well(s);
	unlink(in(s, "sec/.replace"));
	assert_int_equal(symlink("/dev/full", in(s, "sec/.replace")), 0);
	l = open_loader(s);
	assert_int_equal(yr_loader_push(l, YR_LOAD_REPLACE, "x", 1, &err), -ENOSPC);
	says(err, "no space");
	says(err, "what was loaded before is still in force");
	yr_loader_free(l);
}

static void a_kernel_without_set_load_says_so_on_failure(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l;
	struct yr_err err = { 0 };

	well(s);
	unlink(in(s, "sec/features/policy/set_load"));
	unlink(in(s, "sec/.load"));
	assert_int_equal(symlink("/dev/full", in(s, "sec/.load")), 0);
	l = open_loader(s);
	assert_int_equal(yr_loader_push(l, YR_LOAD_ADD, "x", 1, &err), -ENOSPC);
	says(err, "one by one");
	yr_loader_free(l);
}

static void a_fifo_that_nobody_reads_does_not_hold_us(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l;
	struct yr_err err = { 0 };

	well(s);
	unlink(in(s, "sec/.load"));
	assert_int_equal(mkfifo(in(s, "sec/.load"), 0600), 0);
	l = open_loader(s);
	assert_int_equal(yr_loader_push(l, YR_LOAD_ADD, "x", 1, &err), -ENXIO);
	yr_loader_free(l);
}

static void a_short_write_is_an_error(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l;
	struct yr_err err = { 0 };
	char *image = calloc(1, 1 << 20);
	int fd;

	well(s);
	unlink(in(s, "sec/.load"));
	assert_int_equal(mkfifo(in(s, "sec/.load"), 0600), 0);
	fd = open(in(s, "sec/.load"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	l = open_loader(s);
	assert_int_equal(yr_loader_push(l, YR_LOAD_ADD, image, 1 << 20, &err), -EIO);
	says(err, "short write");
	says(err, "not known");
	close(fd);
	free(image);
	yr_loader_free(l);
}

static void empty_and_huge_images_are_refused_before_the_kernel_sees_them(void **state)
{
	struct scratch *s = *state;
	struct yr_loader *l;

	well(s);
	l = open_loader(s);
	assert_int_equal(yr_loader_push(l, YR_LOAD_ADD, "", 0, NULL), -EINVAL);
	assert_int_equal(yr_loader_push(l, YR_LOAD_ADD, "x", (size_t)1 << 40, NULL), -EFBIG);
	yr_loader_free(l);
}

static int push_is_refused(struct scratch *s, const char *words)
{
	struct yr_loader *l = NULL;
	struct yr_err err = { 0 };
	int r;

	if (yr_loader_open(&s->paths, &l, &err) < 0)
		return 1;
	r = yr_loader_push(l, YR_LOAD_REPLACE, "x", 1, &err) != -EACCES ||
	    !strstr(err.msg, words) || !strstr(err.msg, "still in force");
	yr_loader_free(l);
	return r;
}

static int push_says_not_root(struct scratch *s)
{
	return push_is_refused(s, "not root");
}

static int push_says_confined(struct scratch *s)
{
	return push_is_refused(s, "confined, by 'web (enforce)'");
}

static int push_says_locked(struct scratch *s)
{
	return push_is_refused(s, "policy is locked");
}

static void a_refusal_says_which_kind_it_is(void **state)
{
	struct scratch *s = *state;

	well(s);
	chmod(in(s, "sec/.replace"), 0);
	assert_int_equal(as_nobody(s, push_says_not_root), 0);
	put(s, "proc/self/attr/apparmor/current", "web (enforce)\n");
	assert_int_equal(as_nobody(s, push_says_confined), 0);
	put(s, "params/lock_policy", "Y\n");
	assert_int_equal(as_nobody(s, push_says_locked), 0);
}

/* --- labels and lists ----------------------------------------------------------------- */

static const struct {
	const char *text, *profile, *mode_word;
	enum yr_label_mode mode;
	bool unconfined;
} labels[] = {
	{ "unconfined\n", "unconfined", "unconfined", YR_LABEL_UNCONFINED, true },
	{ "docker-default (enforce)\n", "docker-default", "enforce", YR_LABEL_ENFORCE, false },
	{ "a//&b (mixed)", "a//&b", "mixed", YR_LABEL_MIXED, false },
	{ "a//&unconfined (complain)\n", "a//&unconfined", "complain", YR_LABEL_COMPLAIN, false },
	{ "p (x) y (z) (kill)\n", "p (x) y (z)", "kill", YR_LABEL_KILL, false },
	{ "u (user)\n", "u", "user", YR_LABEL_PROMPT, false },
	{ "runc (unconfined)\n", "runc", "unconfined", YR_LABEL_UNCONFINED, false },
	{ "n (brandnew)\n", "n", "brandnew", YR_LABEL_OTHER, false },
	{ ":ns:a//b (enforce)\n", ":ns:a//b", "enforce", YR_LABEL_ENFORCE, false },
};

static void labels_are_taken_apart(void **state)
{
	struct scratch *s = *state;

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct yr_label *l = NULL;
		struct yr_err err = { 0 };

		put(s, "proc/42/attr/apparmor/current", labels[i].text);
		if (yr_host_label(&s->paths, 42, &l, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(l->profile, labels[i].profile);
		assert_string_equal(l->mode_word, labels[i].mode_word);
		assert_int_equal(l->mode, labels[i].mode);
		assert_int_equal(l->unconfined, labels[i].unconfined);
		yr_label_free(l);
	}
}

static void what_is_no_label_is_refused(void **state)
{
	static const char *const bad[] = { "",           "\n",   "x",     "(enforce)",
					   " (enforce)", "x ()", "x (enf" };
	struct scratch *s = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct yr_label *l = NULL;

		put(s, "proc/42/attr/apparmor/current", bad[i]);
		assert_int_equal(yr_host_label(&s->paths, 42, &l, NULL), -EBADMSG);
		assert_null(l);
	}
	assert_int_equal(yr_host_label(&s->paths, 43, NULL, NULL), -ESRCH);
}

static void a_label_of_another_module_is_not_taken_for_ours(void **state)
{
	struct scratch *s = *state;
	struct yr_label *l = NULL;
	struct yr_err err = { 0 };

	put(s, "proc/42/attr/current", "system_u:system_r:init_t:s0 (enforce)\n");
	assert_int_equal(yr_host_label(&s->paths, 42, &l, &err), -EOPNOTSUPP);
	says(err, "AppArmor is not enabled");
	put(s, "params/enabled", "N\n");
	assert_int_equal(yr_host_label(&s->paths, 42, &l, NULL), -EOPNOTSUPP);
	assert_null(l);

	put(s, "params/enabled", "Y\n"); /* a kernel before 5.8, and AppArmor is its module */
	put(s, "proc/42/attr/current", "web (enforce)\n");
	assert_int_equal(yr_host_label(&s->paths, 42, &l, NULL), 0);
	assert_string_equal(l->profile, "web");
	yr_label_free(l);
}

static void profiles_are_listed_in_order_of_name(void **state)
{
	struct scratch *s = *state;
	struct yr_profiles *p = NULL;
	struct yr_err err = { 0 };

	well(s);
	put(s, "sec/profiles",
	    "b//hat (complain)\nwith (paren) s (kill)\n/usr/bin/a b (enforce)\nb (enforce)\n");
	if (yr_profiles_read(&s->paths, &p, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(p->n, 4);
	assert_string_equal(p->at[0].name, "/usr/bin/a b");
	assert_string_equal(p->at[3].name, "with (paren) s");
	assert_int_equal(p->at[3].mode, YR_LABEL_KILL);
	assert_non_null(yr_profiles_find(p, "b//hat"));
	assert_null(yr_profiles_find(p, "b//ha"));
	yr_profiles_free(p);
}

static void a_list_of_many_pages_is_read_to_its_end(void **state)
{
	struct scratch *s = *state;
	struct yr_profiles *p = NULL;
	FILE *f;

	well(s);
	f = fopen(in(s, "sec/profiles"), "w");
	for (int i = 0; i < 20000; i++)
		fprintf(f, "profile-number-%d (enforce)\n", i);
	fclose(f);
	assert_int_equal(yr_profiles_read(&s->paths, &p, NULL), 0);
	assert_int_equal(p->n, 20000);
	assert_non_null(yr_profiles_find(p, "profile-number-19999"));
	yr_profiles_free(p);
}

static void a_broken_list_is_an_error_and_not_a_shorter_list(void **state)
{
	static const char *const bad[] = { "a (enforce)\nb (enf", "a (enforce)\n\nb (enforce)\n",
					   "a\n", "unconfined\n" };
	struct scratch *s = *state;

	well(s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct yr_profiles *p = NULL;
		struct yr_err err = { 0 };

		put(s, "sec/profiles", bad[i]);
		assert_int_equal(yr_profiles_read(&s->paths, &p, &err), -EBADMSG);
		says(err, "line ");
		assert_null(p);
	}
}

/* --- status --------------------------------------------------------------------------- */

static void process(struct scratch *s, int pid, const char *comm, const char *exe,
		    const char *label)
{
	char name[64];

	snprintf(name, sizeof(name), "proc/%d/attr/apparmor/current", pid);
	put(s, name, label);
	snprintf(name, sizeof(name), "proc/%d/comm", pid);
	put(s, name, comm);
	snprintf(name, sizeof(name), "proc/%d/exe", pid);
	if (exe)
		assert_int_equal(symlink(exe, in(s, name)), 0);
}

static void busy_machine(struct scratch *s)
{
	well(s);
	put(s, "sec/profiles",
	    "web (enforce)\n/usr/bin/man (complain)\nsay \"\x01\xff\" (enforce)\n");
	process(s, 1, "init\n", "/sbin/init", "unconfined\n");
	process(s, 2, "kthreadd\n", NULL, "unconfined\n");
	process(s, 30, "nginx\n", "/usr/sbin/nginx", "web (enforce)\n");
	process(s, 7, "nginx\n", "/usr/sbin/nginx", "web//&b (mixed)\n");
	process(s, 8, "man\n", "/usr/bin/man", "unconfined\n");
	process(s, 9, "odd\n", NULL, "say \"\x01\xff\" (enforce)\n");
	mkdir(in(s, "proc/99"), 0755); /* vanished */
	mkdir(in(s, "proc/tty"), 0755);
}

static void the_status_counts_as_aa_status_does(void **state)
{
	struct scratch *s = *state;
	struct yr_status *st = NULL;
	struct yr_err err = { 0 };

	busy_machine(s);
	if (yr_status_read(&s->paths, &st, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(st->state, YR_APPARMOR_OK);
	assert_string_equal(st->why, "");
	assert_int_equal(st->profiles->n, 3);
	assert_int_equal(st->profiles_by_mode[YR_LABEL_ENFORCE], 2);
	assert_int_equal(st->n_processes, 6);
	assert_int_equal(st->n_confined, 4);
	assert_int_equal(st->confined[0].pid, 7);
	assert_string_equal(st->confined[1].profile, "/usr/bin/man");
	assert_int_equal(st->confined_by_mode[YR_LABEL_UNCONFINED], 1);
	assert_int_equal(st->confined_by_mode[YR_LABEL_ENFORCE], 2);
	assert_int_equal(st->confined_by_mode[YR_LABEL_MIXED], 1);
	yr_status_free(st);
}

static void the_json_is_a_superset_of_aa_status(void **state)
{
	struct scratch *s = *state;
	struct yr_status *st = NULL;
	json_t *root, *list;
	char *text;

	busy_machine(s);
	assert_int_equal(yr_status_read(&s->paths, &st, NULL), 0);
	text = yr_status_json(st, 2);
	assert_non_null(text);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "version")), "2");
	assert_string_equal(json_string_value(json_object_get(json_object_get(root, "profiles"),
							      "say \"\x01\\xff\"")),
			    "enforce");
	list = json_object_get(json_object_get(root, "processes"), "/usr/sbin/nginx");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "pid")),
			    "7");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "profile")),
			    "web//&b");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "status")),
			    "mixed");
	assert_non_null(json_object_get(json_object_get(root, "processes"), "[odd]"));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(root, "yoroi"), "apparmor")),
		"ok");
	json_decref(root);
	free(text);
	yr_status_free(st);
}

static void the_status_of_a_machine_without_apparmor_is_an_answer(void **state)
{
	struct scratch *s = *state;
	struct yr_status *st = NULL;
	char *text;

	process(s, 1, "init\n", "/sbin/init", "");
	assert_int_equal(yr_status_read(&s->paths, &st, NULL), 0);
	assert_int_equal(st->state, YR_APPARMOR_ABSENT);
	assert_int_equal(st->profiles->n, 0);
	assert_non_null(strstr(st->why, "no AppArmor"));
	text = yr_status_json(st, 0);
	assert_non_null(strstr(text, "\"not-in-kernel\""));
	free(text);
	yr_status_free(st);
}

static void a_process_with_a_broken_label_is_not_skipped(void **state)
{
	struct scratch *s = *state;
	struct yr_processes *p = NULL;
	struct yr_err err = { 0 };

	busy_machine(s);
	process(s, 50, "x\n", "/x", "garbage\n");
	assert_int_equal(yr_processes_read(&s->paths, &p, &err), -EBADMSG);
	says(err, "/50");
	assert_null(p);
}

/* --- exec ----------------------------------------------------------------------------- */

static void the_next_exec_is_asked_for_by_name(void **state)
{
	struct scratch *s = *state;
	char *got;
	size_t len;

	put(s, "proc/self/attr/apparmor/exec", "");
	assert_int_equal(yr_host_change_onexec(&s->paths, "a b//c", NULL), 0);
	got = slurp(in(s, "proc/self/attr/apparmor/exec"), &len);
	assert_string_equal(got, "exec a b//c");
	free(got);

	put(s, "proc/thread-self/attr/apparmor/exec", "");
	assert_int_equal(yr_host_change_onexec(&s->paths, "unconfined", NULL), 0);
	got = slurp(in(s, "proc/thread-self/attr/apparmor/exec"), &len);
	assert_string_equal(got, "exec unconfined");
	free(got);
}

/*
 * A caller in complain mode gets an empty profile for one that is not loaded, and can read so.
 * Here the end of what was there before stands for the kernel's answer.
 */
static void a_profile_that_the_kernel_makes_up_is_refused(void **state)
{
	struct scratch *s = *state;
	struct yr_err err = { 0 };

	put(s, "proc/self/attr/apparmor/exec", "caller//null-nope (complain)\n");
	assert_int_equal(yr_host_change_onexec(&s->paths, "n", &err), -ENOENT);
	says(err, "profile 'n' is not loaded");
	put(s, "proc/self/attr/apparmor/exec", "caller//null-nope (complain)\n");
	assert_int_equal(yr_host_change_onexec(&s->paths, "a//null-b", NULL), 0);
}

/* What was asked of the kernel, and in which file; empty: nothing. */
static void each_change_has_its_word_and_file(void **state)
{
	static const struct {
		struct yr_label_change change;
		const char *file, *text;
	} cases[] = {
		{ { "a//b", NULL, false, false }, "exec", "exec a//b" },
		{ { "a b", NULL, true, false }, "exec", "stack a b" },
		{ { "a", NULL, false, true }, "current", "changeprofile a" },
		{ { "a", NULL, true, true }, "current", "stack a" },
		{ { "a//b", "n", false, false }, "exec", "exec :n:a//b" },
		{ { "a", "n//m", true, false }, "exec", "stack :n//m:a" },
		{ { "unconfined", "n", false, true }, "current", "changeprofile :n:unconfined" },
		{ { ":n:a", NULL, false, false }, "exec", "exec :n:a" },
	};
	static const char *const files[] = { "exec", "current" };
	struct scratch *s = *state;
	struct yr_err err = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t f = 0; f < 2; f++) {
			char name[80];

			snprintf(name, sizeof(name), "proc/thread-self/attr/apparmor/%s", files[f]);
			put(s, name, "");
		}
		if (yr_host_change(&s->paths, &cases[i].change, &err))
			fail_msg("%s: %s", cases[i].text, err.msg);
		for (size_t f = 0; f < 2; f++) {
			char name[80], *got;
			size_t len;

			snprintf(name, sizeof(name), "proc/thread-self/attr/apparmor/%s", files[f]);
			got = slurp(in(s, name), &len);
			assert_string_equal(got,
					    strcmp(files[f], cases[i].file) ? "" : cases[i].text);
			free(got);
		}
	}
}

/* Nothing is written: the kernel would read something else than was asked. */
static void changes_that_would_be_read_otherwise_are_refused(void **state)
{
	static const struct {
		struct yr_label_change change;
		const char *says;
	} cases[] = {
		{ { "a", "", false, false }, "not the name of a namespace" },
		{ { "a", "n:b", false, false }, "not the name of a namespace" },
		{ { "a", "n m", false, false }, "not the name of a namespace" },
		{ { "a", "n\n", false, false }, "not the name of a namespace" },
		{ { ":m:a", "n", false, false }, "names a namespace besides 'n'" },
		{ { "", "n", false, false }, "not the name of a profile" },
		{ { " a", "n", true, true }, "not the name of a profile" },
		{ { "a\n", NULL, true, false }, "not the name of a profile" },
	};
	struct scratch *s = *state;
	char name[4100];
	size_t len;
	char *got;

	put(s, "proc/self/attr/apparmor/exec", "");
	put(s, "proc/self/attr/apparmor/current", "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct yr_err err = { 0 };

		assert_int_equal(yr_host_change(&s->paths, &cases[i].change, &err), -EINVAL);
		says(err, cases[i].says);
	}
	/* Each fits, both together do not. */
	memset(name, 'x', sizeof(name));
	name[2500] = '\0';
	assert_int_equal(yr_host_change(&s->paths,
					&(struct yr_label_change){ name, NULL, true, true }, NULL),
			 0);
	put(s, "proc/self/attr/apparmor/current", "");
	assert_int_equal(yr_host_change(&s->paths,
					&(struct yr_label_change){ name, name, true, true }, NULL),
			 -EINVAL);
	got = slurp(in(s, "proc/self/attr/apparmor/exec"), &len);
	assert_string_equal(got, "");
	free(got);
	got = slurp(in(s, "proc/self/attr/apparmor/current"), &len);
	assert_string_equal(got, "");
	free(got);
}

static void a_change_at_once_is_looked_at_too(void **state)
{
	struct scratch *s = *state;
	struct yr_label_change change = { "no", "n", true, true };
	struct yr_err err = { 0 };

	put(s, "proc/self/attr/apparmor/current", "a-long-caller//null-:n:nope (complain)\n");
	assert_int_equal(yr_host_change(&s->paths, &change, &err), -ENOENT);
	says(err, "profile ':n:no' is not loaded, or there is no namespace 'n'");
}

static void a_change_without_its_file_fails(void **state)
{
	struct scratch *s = *state;
	struct yr_label_change change = { "a", NULL, false, true };
	struct yr_err err = { 0 };

	put(s, "proc/self/attr/apparmor/exec", "");
	put(s, "proc/self/attr/current", "");
	assert_int_equal(yr_host_change(&s->paths, &change, &err), -EOPNOTSUPP);
	says(err, "AppArmor is not enabled");
	put(s, "params/enabled", "Y\n");
	assert_int_equal(yr_host_change(&s->paths, &change, NULL), 0);
}

static void exec_without_apparmor_fails(void **state)
{
	struct scratch *s = *state;
	struct yr_err err = { 0 };

	put(s, "proc/self/attr/exec", "");
	assert_int_equal(yr_host_change_onexec(&s->paths, "a", &err), -EOPNOTSUPP);
	says(err, "AppArmor is not enabled");
	put(s, "params/enabled", "Y\n");
	assert_int_equal(yr_host_change_onexec(&s->paths, "a", NULL), 0);
}

static void names_that_the_kernel_would_change_are_refused(void **state)
{
	struct scratch *s = *state;
	char name[5000];

	put(s, "proc/self/attr/apparmor/exec", "");
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(yr_host_change_onexec(&s->paths, name, NULL), -EINVAL);
	assert_int_equal(yr_host_change_onexec(&s->paths, "", NULL), -EINVAL);
	assert_int_equal(yr_host_change_onexec(&s->paths, " a", NULL), -EINVAL);
	assert_int_equal(yr_host_change_onexec(&s->paths, "a\n", NULL), -EINVAL);
}

/* --- cache ---------------------------------------------------------------------------- */

static struct yr_cache_key key_of(const char *text)
{
	struct yr_cache_hash *h = yr_cache_hash_new("0.1");

	assert_non_null(h);
	yr_cache_hash_add(h, "source", text, strlen(text));
	return yr_cache_hash_finish(h);
}

static struct yr_cache_at at_of(struct scratch *s, const char *path)
{
	return (struct yr_cache_at){ in(s, "cache/deep"), "features", 8, path };
}

static enum yr_cache_answer get(struct yr_cache_at at, struct yr_cache_key key, const char *want)
{
	void *image = NULL;
	size_t len = 0;
	struct yr_err why = { 0 };
	enum yr_cache_answer a = yr_cache_get(&at, &key, &image, &len, &why);

	assert_int_equal(a == YR_CACHE_HIT, image != NULL);
	assert_int_equal(a == YR_CACHE_HIT, why.code == 0);
	if (a == YR_CACHE_HIT) {
		assert_int_equal(len, strlen(want));
		assert_memory_equal(image, want, len);
	}
	free(image);
	return a;
}

static void keep(struct yr_cache_at at, struct yr_cache_key key, const char *image)
{
	struct yr_err err = { 0 };

	if (yr_cache_put(&at, &key, image, strlen(image), &err) < 0)
		fail_msg("%s", err.msg);
}

static void the_key_tells_apart_what_would_run_together(void **state)
{
	struct yr_cache_hash *a = yr_cache_hash_new("1"), *b = yr_cache_hash_new("1");
	struct yr_cache_key x, y;

	(void)state;
	yr_cache_hash_add(a, "source", "ab", 2);
	yr_cache_hash_add(a, "source", "c", 1);
	yr_cache_hash_add(b, "source", "a", 1);
	yr_cache_hash_add(b, "source", "bc", 2);
	x = yr_cache_hash_finish(a);
	y = yr_cache_hash_finish(b);
	assert_memory_not_equal(x.sum, y.sum, sizeof(x.sum));
	x = key_of("t");
	a = yr_cache_hash_new("0.2");
	yr_cache_hash_add(a, "source", "t", 1);
	y = yr_cache_hash_finish(a);
	assert_memory_not_equal(x.sum, y.sum, sizeof(x.sum));
	y = key_of("t");
	assert_memory_equal(x.sum, y.sum, sizeof(x.sum));
	assert_null(yr_cache_hash_free(yr_cache_hash_new("1")));
}

static void what_was_kept_is_found_by_its_key_only(void **state)
{
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/etc/apparmor.d/x"), other = at;

	assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_ABSENT);
	keep(at, key_of("1"), "IMAGE");
	assert_int_equal(get(at, key_of("1"), "IMAGE"), YR_CACHE_HIT);
	assert_int_equal(get(at, key_of("2"), ""), YR_CACHE_OTHER);
	keep(at, key_of("2"), "");
	assert_int_equal(get(at, key_of("2"), ""), YR_CACHE_HIT);
	assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_OTHER);
	other.features_text = "featurez";
	assert_int_equal(get(other, key_of("2"), ""), YR_CACHE_ABSENT);
}

static const struct {
	const char *path, *name;
} cache_names[] = {
	{ "/etc/apparmor.d/no_raw_net", "etc:apparmor.d:no_raw_net" },
	{ "/a/b", "a:b" },
	{ "/a.b", "a.b" },
	{ "/a:b", "a%3Ab" },
	{ "/a%3Ab", "a%253Ab" },
	{ ".hidden", "%2Ehidden" },
	{ "..", "%2E." },
	{ "a\nb", "a%0Ab" },
	{ "/", "%n" },
};

static void different_paths_have_different_names(void **state)
{
	char deep[400], deep2[400];
	char *a, *b;

	(void)state;
	for (size_t i = 0; i < sizeof(cache_names) / sizeof(cache_names[0]); i++) {
		a = yr_cache_file_name(cache_names[i].path);
		assert_string_equal(a, cache_names[i].name);
		free(a);
	}
	memset(deep, 'd', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	memcpy(deep2, deep, sizeof(deep));
	deep2[sizeof(deep2) - 2] = 'e';
	a = yr_cache_file_name(deep);
	b = yr_cache_file_name(deep2);
	assert_true(strlen(a) <= 200 && strlen(b) <= 200);
	assert_string_not_equal(a, b);
	free(a);
	free(b);
}

static void rewrite(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void damage_at_any_byte_is_a_miss(void **state)
{
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/p");
	char *path = yr_cache_entry_path(&at), *bytes;
	size_t len;

	keep(at, key_of("1"), "some image bytes");
	bytes = slurp(path, &len);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] ^= (char)(1 << bit);
			rewrite(path, bytes, len);
			assert_int_not_equal(get(at, key_of("1"), "some image bytes"),
					     YR_CACHE_HIT);
			bytes[i] ^= (char)(1 << bit);
		}
	}
	for (size_t i = 0; i < len; i++) {
		rewrite(path, bytes, i);
		assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_DAMAGED);
	}
	rewrite(path, bytes, len + 1);
	assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_DAMAGED);
	rewrite(path, bytes, len);
	assert_int_equal(get(at, key_of("1"), "some image bytes"), YR_CACHE_HIT);
	free(bytes);
	free(path);
}

static void clocks_do_not_matter(void **state)
{
	static const struct timespec future[2] = { { 4000000000, 0 }, { 4000000000, 0 } };
	static const struct timespec past[2] = { { 1, 0 }, { 1, 0 } };
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/p");
	char *path = yr_cache_entry_path(&at);

	keep(at, key_of("old"), "OLD");
	assert_int_equal(utimensat(AT_FDCWD, path, future, 0), 0);
	assert_int_equal(get(at, key_of("new"), ""), YR_CACHE_OTHER);
	assert_int_equal(get(at, key_of("old"), "OLD"), YR_CACHE_HIT);
	assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
	assert_int_equal(get(at, key_of("old"), "OLD"), YR_CACHE_HIT);
	free(path);
}

static void what_others_can_write_is_not_used(void **state)
{
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/p");
	char *path = yr_cache_entry_path(&at);
	const char *dir = at.dir;
	char folder[512];
	struct yr_cache_key key = key_of("1");
	struct yr_err err = { 0 };

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	keep(at, key, "I");
	const char *const places[] = { dir, folder, path };

	for (size_t i = 0; i < 3; i++) {
		struct stat st;

		assert_int_equal(stat(places[i], &st), 0);
		chmod(places[i], 0777);
		assert_int_equal(get(at, key, ""), YR_CACHE_UNTRUSTED);
		chmod(places[i], 0775);
		assert_int_equal(get(at, key, ""), YR_CACHE_UNTRUSTED);
		chmod(places[i], st.st_mode & 07777);
		if (geteuid() == 0) {
			assert_int_equal(chown(places[i], 65534, 0), 0);
			assert_int_equal(get(at, key, ""), YR_CACHE_UNTRUSTED);
			assert_int_equal(chown(places[i], 0, 0), 0);
		}
		assert_int_equal(get(at, key, "I"), YR_CACHE_HIT);
	}
	chmod(dir, 0777);
	assert_int_equal(yr_cache_put(&at, &key, "J", 1, &err), -EPERM);
	says(err, "can write it");
	chmod(dir, 0755);
	assert_int_equal(get(at, key, "I"), YR_CACHE_HIT);
	free(path);
}

static void links_fifos_and_folders_in_an_entrys_place_are_misses(void **state)
{
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/p"), other = at_of(s, "/q");
	char *path = yr_cache_entry_path(&at), *real = yr_cache_entry_path(&other);

	keep(at, key_of("1"), "I");
	keep(other, key_of("1"), "I");
	unlink(path);
	assert_int_equal(symlink(real, path), 0);
	assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_DAMAGED);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_DAMAGED);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_DAMAGED);
	/* and nothing can be put over a folder, nor is anything left behind */
	struct yr_cache_key key = key_of("1");

	assert_true(yr_cache_put(&at, &key, "I", 1, NULL) < 0);
	rmdir(path);
	assert_int_equal(get(at, key_of("1"), ""), YR_CACHE_ABSENT);
	free(path);
	free(real);
}

static int left_over;

static int count_files(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path, (void)st, (void)ftw;
	left_over += type != FTW_D;
	return 0;
}

static int files_below(const char *dir)
{
	left_over = 0;
	nftw(dir, count_files, 8, FTW_PHYS);
	return left_over;
}

/* A disk that is full after the first bytes. */
static int put_on_a_full_disk(struct scratch *s)
{
	struct yr_cache_at at = at_of(s, "/p");
	struct yr_cache_key key = key_of("1");
	struct rlimit limit = { 100, 100 };
	static char image[1000];

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	return yr_cache_put(&at, &key, image, sizeof(image), NULL) != -EFBIG;
}

static void a_failed_put_leaves_nothing(void **state)
{
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/p");
	struct yr_cache_key key = key_of("1");

	chmod(s->dir, 0777);
	assert_int_equal(as_nobody(s, put_on_a_full_disk), 0);
	assert_int_equal(files_below(in(s, "cache")), 0);
	chmod(s->dir, 0755);

	put(s, "file", "");
	at.dir = in(s, "file/below");
	assert_int_equal(yr_cache_put(&at, &key, "I", 1, NULL), -ENOTDIR);
}

static void *writer(void *arg)
{
	struct yr_cache_at *at = arg;
	struct yr_cache_key key = key_of("same");

	for (int i = 0; i < 50; i++) {
		if (yr_cache_put(at, &key, "IMAGE", 5, NULL) < 0)
			return arg;
	}
	return NULL;
}

static void two_writers_leave_one_good_entry(void **state)
{
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/p");
	pthread_t t[2];
	void *bad;

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, writer, &at), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(t[i], &bad);
		assert_null(bad);
	}
	assert_int_equal(get(at, key_of("same"), "IMAGE"), YR_CACHE_HIT);
	assert_int_equal(files_below(in(s, "cache")), 1);
}

static void purging_takes_ours_and_leaves_the_rest(void **state)
{
	struct scratch *s = *state;
	struct yr_cache_at at = at_of(s, "/p"), away = { in(s, "away"), "features", 8, "/p" };
	size_t removed = 0;
	char *path, *folder;
	char name[600];

	assert_int_equal(yr_cache_purge(in(s, "nowhere"), &removed, NULL), 0);
	keep(at, key_of("1"), "I");
	keep(away, key_of("1"), "I");
	at.profile_path = "/q";
	keep(at, key_of("1"), "I");
	put(s, "cache/deep/CACHEDIR.TAG", "mine");
	put(s, "cache/deep/5d2d3e2a.0/usr.bin.man", "upstream's");
	path = yr_cache_entry_path(&at);
	*strrchr(path, '/') = '\0';
	snprintf(name, sizeof(name), "%s/foreign", path + strlen(s->dir) + 1);
	put(s, name, "foreign");
	snprintf(name, sizeof(name), "%s/.yoroi-tmp-0123", path + strlen(s->dir) + 1);
	put(s, name, "");
	/* a link to a real entry elsewhere, and a linked folder that is called like ours */
	folder = yr_cache_entry_path(&away);
	snprintf(name, sizeof(name), "%s/linked", path);
	assert_int_equal(symlink(folder, name), 0);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(symlink(folder, in(s, "cache/deep/0123456789abcdef.0")), 0);

	assert_int_equal(yr_cache_purge(at.dir, &removed, NULL), 0);
	assert_int_equal(removed, 3);
	assert_int_equal(get(away, key_of("1"), "I"), YR_CACHE_HIT);
	assert_int_equal(files_below(in(s, "cache")), 5);
	free(path);
	free(folder);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_kernel_without_apparmor_is_named_so),
		T(apparmor_that_is_off_at_boot_is_named_so),
		T(a_missing_mount_is_named_so),
		T(a_mounted_folder_without_an_interface_is_not_ok),
		T(nonsense_in_enabled_is_not_a_guess),
		T(all_is_well),
		T(a_confined_caller_is_told_by_which_label),
		T(a_label_that_cannot_be_read_means_confined),
		T(a_profile_in_mode_unconfined_does_not_confine),
		T(a_locked_policy_is_named_so),
		T(somebody_else_than_root_is_told_so),
		T(features_come_out_in_the_form_of_dash_M),
		T(features_of_a_real_kernel_survive_the_way_there_and_back),
		T(features_that_are_not_there_name_the_reason),
		T(hostile_features_end_in_an_error),
		T(an_image_arrives_whole_in_one_write),
		T(an_image_is_compressed_exactly_where_the_kernel_takes_that),
		T(what_does_not_get_smaller_is_not_compressed),
		T(damaged_compressed_images_are_refused),
		T(removing_writes_the_name_and_nothing_else),
		T(names_that_would_remove_more_are_refused),
		T(opening_without_apparmor_names_the_reason),
		T(missing_kernel_support_names_the_file),
		T(a_full_disk_is_an_error_that_says_what_stands),
		T(a_kernel_without_set_load_says_so_on_failure),
		T(a_fifo_that_nobody_reads_does_not_hold_us),
		T(a_short_write_is_an_error),
		T(empty_and_huge_images_are_refused_before_the_kernel_sees_them),
		T(a_refusal_says_which_kind_it_is),
		T(labels_are_taken_apart),
		T(what_is_no_label_is_refused),
		T(a_label_of_another_module_is_not_taken_for_ours),
		T(profiles_are_listed_in_order_of_name),
		T(a_list_of_many_pages_is_read_to_its_end),
		T(a_broken_list_is_an_error_and_not_a_shorter_list),
		T(the_status_counts_as_aa_status_does),
		T(the_json_is_a_superset_of_aa_status),
		T(the_status_of_a_machine_without_apparmor_is_an_answer),
		T(a_process_with_a_broken_label_is_not_skipped),
		T(the_next_exec_is_asked_for_by_name),
		T(a_profile_that_the_kernel_makes_up_is_refused),
		T(exec_without_apparmor_fails),
		T(names_that_the_kernel_would_change_are_refused),
		T(each_change_has_its_word_and_file),
		T(changes_that_would_be_read_otherwise_are_refused),
		T(a_change_at_once_is_looked_at_too),
		T(a_change_without_its_file_fails),
		T(the_key_tells_apart_what_would_run_together),
		T(what_was_kept_is_found_by_its_key_only),
		T(different_paths_have_different_names),
		T(damage_at_any_byte_is_a_miss),
		T(clocks_do_not_matter),
		T(what_others_can_write_is_not_used),
		T(links_fifos_and_folders_in_an_entrys_place_are_misses),
		T(a_failed_put_leaves_nothing),
		T(two_writers_leave_one_good_entry),
		T(purging_takes_ours_and_leaves_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
