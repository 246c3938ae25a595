/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "oci/bundle.h"
#include "oci/limits.h"

/* Each test lies in a folder of its own: /tmp/yr-bundle-XXXXXX, with bundle/config.json in it. */
static char scratch[64];

static const char *in(const char *name)
{
	static char path[4][200];
	static unsigned turn;
	char *to = path[turn++ % 4];

	snprintf(to, sizeof(path[0]), "%s/%s", scratch, name);
	return to;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(in(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void holds(const char *name, const char *text)
{
	char is[4096] = "";
	FILE *f = fopen(in(name), "r");

	assert_non_null(f);
	is[fread(is, 1, sizeof(is) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(is, text);
}

static int setup(void **state)
{
	(void)state;
	strcpy(scratch, "/tmp/yr-bundle-XXXXXX");
	if (!mkdtemp(scratch) || mkdir(in("bundle"), 0755) < 0)
		return -1;
	put("bundle/config.json", "old");
	return 0;
}

static int one_gone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(scratch, one_gone, 16, FTW_DEPTH | FTW_PHYS);
}

static struct yr_bundle *open_at(const char *name)
{
	struct yr_bundle *b = NULL;
	struct yr_err err = { 0 };

	if (yr_bundle_open(in(name), &b, &err) < 0)
		fail_msg("%s", err.msg);
	return b;
}

static void has_text(const struct yr_bundle *b, const char *text)
{
	size_t len;
	const char *is = yr_bundle_text(b, &len);

	assert_int_equal(len, strlen(text));
	assert_string_equal(is, text);
}

/* How many entries the bundle has, and whether one is left over from a replacement. */
static int entries(bool *left_over)
{
	AUTO_CLOSEDIR DIR *d = opendir(in("bundle"));
	int n = 0;

	assert_non_null(d);
	*left_over = false;
	for (struct dirent *e; (e = readdir(d));) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		n++;
		if (!strcmp(e->d_name, ".config.json.yoroi"))
			*left_over = true;
	}
	return n;
}

static void only_config_is_there(void)
{
	bool left_over;

	assert_int_equal(entries(&left_over), 1);
	assert_false(left_over);
}

#define says(err, text)                                                                            \
	do {                                                                                       \
		if (!strstr((err).msg, (text)))                                                    \
			fail_msg("'%s' does not say '%s'", (err).msg, (text));                     \
	} while (0)

static void the_text_and_the_real_path_are_had(void **state)
{
	struct yr_bundle *b = open_at("bundle");
	char here[200];

	(void)state;
	has_text(b, "old");
	assert_string_equal(yr_bundle_real(b), in("bundle"));
	yr_bundle_free(b);
	b = open_at("bundle/../bundle/.");
	assert_string_equal(yr_bundle_real(b), in("bundle"));
	yr_bundle_free(b);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(in("bundle")), 0);
	b = NULL;
	assert_int_equal(yr_bundle_open(".", &b, NULL), 0);
	assert_string_equal(yr_bundle_real(b), in("bundle"));
	yr_bundle_free(b);
	assert_int_equal(chdir(here), 0);
}

static void a_linked_bundle_is_read_at_its_real_place(void **state)
{
	struct yr_bundle *b;

	(void)state;
	assert_int_equal(symlink("bundle", in("link")), 0);
	assert_int_equal(symlink(in("link"), in("link2")), 0);
	b = open_at("link2");
	assert_string_equal(yr_bundle_real(b), in("bundle"));
	/* Whoever turns the link around meanwhile changes nothing. */
	assert_int_equal(mkdir(in("other"), 0755), 0);
	put("other/config.json", "other");
	assert_int_equal(unlink(in("link")), 0);
	assert_int_equal(symlink("other", in("link")), 0);
	assert_int_equal(yr_bundle_replace(b, "new", 3, NULL), 0);
	holds("bundle/config.json", "new");
	holds("other/config.json", "other");
	yr_bundle_free(b);
	only_config_is_there();
}

static void refused(const char *name, int code, const char *text)
{
	struct yr_bundle *b = NULL;
	struct yr_err err = { 0 };

	/* Who waits is ended. */
	alarm(10);
	assert_int_equal(yr_bundle_open(in(name), &b, &err), -code);
	alarm(0);
	assert_null(b);
	says(err, text);
}

static void what_is_not_a_file_is_refused(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *config = "bundle/config.json";
	AUTO_CLOSE int s = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	put("other", "{}");
	refused("none", ENOENT, "/none'");
	refused("other", ENOTDIR, "/other'");
	assert_int_equal(unlink(in(config)), 0);
	refused("bundle", ENOENT, "/bundle/config.json'");
	assert_int_equal(symlink("../other", in(config)), 0);
	refused("bundle", ELOOP, "symbolic link");
	assert_int_equal(unlink(in(config)), 0);
	assert_int_equal(mkfifo(in(config), 0600), 0);
	refused("bundle", EINVAL, "not a regular file");
	assert_int_equal(unlink(in(config)), 0);
	assert_int_equal(mkdir(in(config), 0700), 0);
	refused("bundle", EINVAL, "not a regular file");
	assert_int_equal(rmdir(in(config)), 0);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", in(config));
	assert_int_equal(bind(s, (struct sockaddr *)&sun, sizeof(sun)), 0);
	refused("bundle", EINVAL, "not a regular file");
	assert_int_equal(unlink(in(config)), 0);
	/* Devices need root. */
	if (mknod(in(config), S_IFCHR | 0600, makedev(1, 5)) == 0)
		refused("bundle", EINVAL, "not a regular file");
}

static void a_large_file_is_refused_unread(void **state)
{
	struct rusage before, after;

	(void)state;
	assert_int_equal(truncate(in("bundle/config.json"), 100 << 20), 0);
	getrusage(RUSAGE_SELF, &before);
	refused("bundle", EFBIG, "larger than 16 MiB");
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 4096);
	assert_int_equal(truncate(in("bundle/config.json"), YR_LIMIT_SPEC_BYTES), 0);
	yr_bundle_free(open_at("bundle"));
	assert_int_equal(truncate(in("bundle/config.json"), 0), 0);
	yr_bundle_free(open_at("bundle"));
}

static void owner_and_mode_stay(void **state)
{
	struct yr_bundle *b;
	struct stat st;

	(void)state;
	assert_int_equal(chmod(in("bundle/config.json"), 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(in("bundle/config.json"), 1234, 2345), 0);
	b = open_at("bundle");
	umask(077);
	assert_int_equal(yr_bundle_replace(b, "a", 1, NULL), 0);
	/* And once more through the same bundle. */
	assert_int_equal(yr_bundle_replace(b, "bc", 2, NULL), 0);
	umask(022);
	yr_bundle_free(b);
	holds("bundle/config.json", "bc");
	assert_int_equal(stat(in("bundle/config.json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	if (geteuid() == 0) {
		assert_int_equal(st.st_uid, 1234);
		assert_int_equal(st.st_gid, 2345);
	}
	only_config_is_there();
}

static void what_others_did_meanwhile_stays(void **state)
{
	struct yr_bundle *b = open_at("bundle");
	struct yr_err err = { 0 };

	(void)state;
	put("bundle/config.json", "longer");
	assert_int_equal(yr_bundle_replace(b, "new", 3, &err), -EBUSY);
	says(err, "somebody else has changed");
	holds("bundle/config.json", "longer");
	only_config_is_there();
	yr_bundle_free(b);
	b = open_at("bundle");
	put("other", "longer");
	assert_int_equal(rename(in("other"), in("bundle/config.json")), 0);
	assert_int_equal(yr_bundle_replace(b, "new", 3, NULL), -EBUSY);
	assert_int_equal(unlink(in("bundle/config.json")), 0);
	assert_int_equal(symlink("../elsewhere", in("bundle/config.json")), 0);
	assert_int_equal(yr_bundle_replace(b, "new", 3, NULL), -EBUSY);
	assert_int_equal(unlink(in("bundle/config.json")), 0);
	assert_int_equal(yr_bundle_replace(b, "new", 3, NULL), -ENOENT);
	yr_bundle_free(b);
}

static void what_a_killed_one_left_is_removed(void **state)
{
	struct yr_bundle *b = open_at("bundle");

	(void)state;
	put("bundle/.config.json.yoroi", "half");
	assert_int_equal(yr_bundle_replace(b, "new", 3, NULL), 0);
	holds("bundle/config.json", "new");
	only_config_is_there();
	/* A link of that name is not followed. */
	put("precious", "precious");
	assert_int_equal(symlink("../precious", in("bundle/.config.json.yoroi")), 0);
	assert_int_equal(yr_bundle_replace(b, "newer", 5, NULL), 0);
	holds("precious", "precious");
	holds("bundle/config.json", "newer");
	only_config_is_there();
	yr_bundle_free(b);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	static char text[8192];
	struct yr_bundle *b = open_at("bundle");
	struct yr_err err = { 0 };
	struct rlimit was, small;

	(void)state;
	memset(text, 'x', sizeof(text));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = (struct rlimit){ 5000, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(yr_bundle_replace(b, text, sizeof(text), &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	says(err, "/bundle/config.json'");
	holds("bundle/config.json", "old");
	only_config_is_there();
	yr_bundle_free(b);
}

static void a_file_by_its_own_path_is_read_and_replaced(void **state)
{
	struct yr_bundle *b = NULL;
	struct yr_err err = { 0 };
	char path[64];
	int fd, ends[2];

	(void)state;
	put("process", "p");
	assert_int_equal(symlink(".", in("here")), 0);
	assert_int_equal(symlink("process", in("link")), 0);
	assert_int_equal(yr_bundle_open_file(in("here/process"), &b, NULL), 0);
	assert_string_equal(yr_bundle_real(b), in("process"));
	has_text(b, "p");
	assert_int_equal(yr_bundle_replace(b, "q", 1, NULL), 0);
	holds("process", "q");
	b = yr_bundle_free(b);
	assert_int_equal(yr_bundle_open_file(in("link"), &b, &err), -ELOOP);
	assert_null(b);

	/* What is open is read from its beginning, wherever it stands. */
	fd = open(in("process"), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), i ? "/dev/fd/%d" : "/proc/self/fd/%d", fd);
		assert_int_equal(yr_bundle_open_file(path, &b, NULL), 0);
		has_text(b, "q");
		assert_string_equal(yr_bundle_real(b), path);
		err = (struct yr_err){ 0 };
		assert_int_equal(yr_bundle_replace(b, "r", 1, &err), -EXDEV);
		says(err, "open file");
		b = yr_bundle_free(b);
	}
	close(fd);
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	alarm(10);
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_bundle_open_file(path, &b, &err), -EINVAL);
	alarm(0);
	says(err, "not a regular file");
	close(ends[0]);
	close(ends[1]);
}

/* Replaces one text by the other until it is killed. */
static void replace_for_ever(const char *const text[2])
{
	struct yr_bundle *b = NULL;

	if (yr_bundle_open(in("bundle"), &b, NULL) < 0)
		_exit(1);
	for (unsigned i = 0;; i++) {
		if (yr_bundle_replace(b, text[i % 2], strlen(text[i % 2]), NULL) < 0)
			_exit(1);
	}
}

/*
 * At any time the file is one of the two, whole. The name that the new one has for a moment may be
 * left by the kill; the next replacement takes it away.
 */
static void killed_at_any_time_one_file_is_there_and_whole(void **state)
{
	static char large[2][300 << 10];
	const char *const text[2] = { large[0], large[1] };
	bool left_over;
	int left = 0;

	(void)state;
	memset(large[0], 'a', sizeof(large[0]) - 1);
	memset(large[1], 'b', sizeof(large[1]) / 2);
	put("bundle/config.json", text[0]);
	srand(1);
	for (int i = 0; i < 200; i++) {
		struct timespec t = { .tv_nsec = 200000 + rand() % 3000000 };
		struct yr_bundle *b;
		size_t len;
		const char *is;
		int status, n;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			replace_for_ever(text);
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		n = entries(&left_over);
		assert_int_equal(n, 1 + left_over);
		left += left_over;
		b = open_at("bundle");
		is = yr_bundle_text(b, &len);
		assert_true(!strcmp(is, text[0]) || !strcmp(is, text[1]));
		assert_int_equal(yr_bundle_replace(b, text[0], strlen(text[0]), NULL), 0);
		only_config_is_there();
		yr_bundle_free(b);
	}
	print_message("# %d of 200 killed between two calls of the kernel\n", left);
}

/* Two on one bundle: each comes through, or hears of the other. */
static void two_at_once_do_not_mix(void **state)
{
	static char large[2][100 << 10];
	const char *const text[2] = { large[0], large[1] };
	pid_t pid[2];

	(void)state;
	memset(large[0], 'a', sizeof(large[0]) - 1);
	memset(large[1], 'b', sizeof(large[1]) / 2);
	for (int who = 0; who < 2; who++) {
		pid[who] = fork();
		assert_true(pid[who] >= 0);
		if (pid[who])
			continue;
		for (int i = 0; i < 300; i++) {
			struct yr_bundle *b = NULL;
			struct yr_err err = { 0 };

			if (yr_bundle_open(in("bundle"), &b, &err) < 0) {
				/* The other's was put there while we looked. */
				if (err.code != EBUSY)
					_exit(1);
				continue;
			}
			yr_bundle_replace(b, text[who], strlen(text[who]), &err);
			if (err.code && err.code != EBUSY && err.code != ENOENT &&
			    err.code != EEXIST)
				_exit(2);
			yr_bundle_free(b);
		}
		_exit(0);
	}
	for (int who = 0; who < 2; who++) {
		int status;

		assert_int_equal(waitpid(pid[who], &status, 0), pid[who]);
		assert_int_equal(status, 0);
	}
	{
		struct yr_bundle *b = open_at("bundle");
		size_t len;
		const char *is = yr_bundle_text(b, &len);

		assert_true(!strcmp(is, text[0]) || !strcmp(is, text[1]));
		assert_int_equal(yr_bundle_replace(b, "new", 3, NULL), 0);
		yr_bundle_free(b);
		only_config_is_there();
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_text_and_the_real_path_are_had),
		T(a_linked_bundle_is_read_at_its_real_place),
		T(what_is_not_a_file_is_refused),
		T(a_large_file_is_refused_unread),
		T(owner_and_mode_stay),
		T(what_others_did_meanwhile_stays),
		T(what_a_killed_one_left_is_removed),
		T(a_full_disk_leaves_the_old_file),
		T(a_file_by_its_own_path_is_read_and_replaced),
		T(killed_at_any_time_one_file_is_there_and_whole),
		T(two_at_once_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
