/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/utf8.h"

static void the_first_report_wins_and_wraps_go_in_front(void **state)
{
	struct yr_err err = { 0 };

	(void)state;
	assert_int_equal(yr_err_set(&err, ENOENT, "open '%s'", "x"), -ENOENT);
	assert_int_equal(yr_err_set(&err, EIO, "later"), -ENOENT);
	assert_int_equal(yr_err_wrap(&err, "load %d", 7), -ENOENT);
	assert_string_equal(err.msg, "load 7: open 'x'");
	assert_int_equal(yr_err_set(NULL, EIO, "nobody asks"), -EIO);
}

static void a_message_that_does_not_fit_says_so(void **state)
{
	struct yr_err err = { 0 };
	char name[2 * sizeof(err.msg)];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	yr_err_set(&err, ENOENT, "%s", name);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_string_equal(err.msg + sizeof(err.msg) - 4, "...");
}

static void an_arena_aligns_zeroes_and_keeps_its_limit(void **state)
{
	struct yr_arena a = { .limit = 64 * 1024 };
	size_t given = 0;
	char *p;

	(void)state;
	while ((p = yr_arena_alloc(&a, 100))) {
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (int i = 0; i < 100; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, 100);
		given += 100;
	}
	assert_true(given > 32 * 1024 && given <= 64 * 1024);
	assert_null(yr_arena_array(&a, SIZE_MAX / 4, 8));
	yr_arena_done(&a);
	assert_string_equal(yr_arena_printf(&a, "%s-%d", "x", 3), "x-3");
	yr_arena_done(&a);
}

static void a_buffer_fails_once_and_stays_failed(void **state)
{
	struct yr_buf b = { .limit = 8 };

	(void)state;
	yr_buf_puts(&b, "1234");
	yr_buf_printf(&b, "%d", 56789);
	assert_true(b.failed);
	yr_buf_puts(&b, "x");
	assert_string_equal(b.data, "1234");
	yr_buf_done(&b);
}

static void add(struct yr_diags *d, enum yr_severity s, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(d, s, "a\033b.aa", 3, 4, 2, YR_STR("ab\tcd\x01 ef"), name, fmt, ap);
	va_end(ap);
}

static void diagnostics_print_with_a_caret_and_without_control_bytes(void **state)
{
	struct yr_diags *d = yr_diags_new();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	add(d, YR_ERROR, "syntax", "wrong %s", "thing");
	yr_diag_print(f, yr_diags_get(d, 0), false);
	fclose(f);
	assert_string_equal(text, "a\\x1bb.aa:3:4: error: wrong thing [syntax]\n"
				  "ab cd\\x01 ef\n"
				  "   ^~\n");
	free(text);
	yr_diags_free(d);
}

static void warnings_hide_and_turn_into_errors_by_name(void **state)
{
	struct yr_diags *d = yr_diags_new();

	(void)state;
	assert_int_equal(yr_diags_set_warning(d, "abi", YR_WARN_HIDE), 0);
	assert_int_equal(yr_diags_set_warning(d, "missing", YR_WARN_ERROR), 0);
	assert_int_equal(yr_diags_set_warning(d, "nothing", YR_WARN_HIDE), -EINVAL);
	add(d, YR_WARNING, "abi", "hidden");
	add(d, YR_NOTE, "abi", "its note goes with it");
	add(d, YR_WARNING, "missing", "an error now");
	add(d, YR_WARNING, "dangerous", "shown");
	assert_int_equal(yr_diags_count(d), 2);
	assert_int_equal(yr_diags_errors(d), 1);
	assert_int_equal(yr_diags_warnings(d), 1);
	yr_diags_free(d);
}

static void too_many_diagnostics_are_counted(void **state)
{
	struct yr_diags *d = yr_diags_new();

	(void)state;
	for (unsigned i = 0; i < YR_LIMIT_DIAGNOSTICS + 10; i++)
		add(d, YR_ERROR, "syntax", "no %u", i);
	assert_int_equal(yr_diags_count(d), YR_LIMIT_DIAGNOSTICS);
	assert_int_equal(yr_diags_errors(d), YR_LIMIT_DIAGNOSTICS + 10);
	assert_int_equal(yr_diags_dropped(d), 10);
	yr_diags_free(d);
}

static void names_of_diagnostics_are_there_once_with_a_summary(void **state)
{
	const char *name, *other, *summary;

	(void)state;
	for (size_t i = 0; (name = yr_diag_name(i, &summary)); i++) {
		assert_true(strlen(summary) > 10);
		for (size_t k = 0; k < i && (other = yr_diag_name(k, NULL)); k++)
			assert_string_not_equal(name, other);
	}
}

static void the_nearest_word_is_near_and_the_first_of_equals(void **state)
{
	static const char *const words[] = { "net_admin", "net_raw", "kill",
					     "lease",     "setuid",  "setgid" };
	static const struct {
		const char *word, *near;
	} cases[] = {
		{ "net_admn", "net_admin" },
		{ "net_armin", "net_admin" },
		{ "ten_raw", "net_raw" },
		{ "kil", "kill" },
		{ "lik", NULL },
		{ "xx", NULL },
		{ "", NULL },
		{ "something", NULL },
		{ "setxid", "setuid" },
		{ "setguid", "setuid" },
		{ "et_rawwww", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_nearest n = yr_nearest_start(yr_str_of(cases[i].word));

		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			yr_nearest_try_z(&n, words[k]);
		if (cases[i].near)
			assert_true(yr_str_is(n.name, cases[i].near));
		else
			assert_null(n.name.at);
	}
}

static void looking_for_the_nearest_word_ends(void **state)
{
	struct yr_nearest n = yr_nearest_start(YR_STR("needle"));

	(void)state;
	for (unsigned i = 0; i < YR_LIMIT_NEAREST; i++)
		yr_nearest_try_z(&n, "hayhay");
	yr_nearest_try_z(&n, "needle2");
	assert_null(n.name.at);
}

static void phrases_join_words(void **state)
{
	struct yr_phrase p = { "" };

	(void)state;
	yr_phrase_add(&p, "a", false);
	assert_string_equal(p.text, "a");
	yr_phrase_add(&p, "b", false);
	yr_phrase_add(&p, "c", true);
	assert_string_equal(p.text, "a, b and c");
	for (int i = 0; i < 100; i++) /* what does not fit is cut, never written behind */
		yr_phrase_add(&p, "word", false);
	assert_int_equal(strlen(p.text), sizeof(p.text) - 1);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

/* A child that writes @text in pieces of @piece bytes, with a signal to us before each. */
static int from_pieces(const char *text, size_t piece, pid_t *ret_pid)
{
	const struct timespec pause = { 0, 20000000 };
	pid_t reader = getpid();
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	*ret_pid = fork();
	assert_true(*ret_pid >= 0);
	if (*ret_pid) {
		close(ends[1]);
		return ends[0];
	}
	for (size_t left = strlen(text); left; left -= piece, text += piece) {
		piece = piece < left ? piece : left;
		nanosleep(&pause, NULL); /* so that the other side waits by then */
		kill(reader, SIGUSR1);
		nanosleep(&pause, NULL);
		if (write(ends[1], text, piece) < 0)
			_exit(1);
	}
	_exit(0);
}

static void what_comes_in_pieces_is_read_whole(void **state)
{
	const struct sigaction count = { .sa_handler = count_signal }; /* no SA_RESTART: EINTR */
	struct sigaction was;
	char got[9] = "";
	pid_t pid;
	int fd;

	(void)state;
	signals = 0;
	assert_int_equal(sigaction(SIGUSR1, &count, &was), 0);
	fd = from_pieces("abcdefgh+", 3, &pid);
	assert_int_equal(yr_read_whole(fd, got, 8), 0);
	assert_string_equal(got, "abcdefgh");
	assert_int_equal(yr_read_whole(fd, got, 1), 0); /* what comes behind is left there */
	assert_int_equal(got[0], '+');
	close(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(signals > 0);
	assert_int_equal(sigaction(SIGUSR1, &was, NULL), 0);
}

static void what_ends_halfway_is_not_whole(void **state)
{
	char got[8];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(yr_write_all(ends[1], "abc", 3), 0);
	close(ends[1]);
	assert_int_equal(yr_read_whole(ends[0], got, 0), 0);
	assert_int_equal(yr_read_whole(ends[0], got, sizeof(got)), -ENODATA);
	assert_int_equal(yr_read_whole(ends[0], got, 1), -ENODATA); /* nothing at all */
	close(ends[0]);
	assert_int_equal(yr_read_whole(-1, got, 1), -EBADF);
}

/* Every character that Unicode has room for, as RFC 3629 writes it. */
static void every_character_of_utf8_is_one(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x110000; c++) {
		bool is = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		unsigned char s[4] = { (unsigned char)c };

		if (n > 1)
			s[0] = (unsigned char)(0xf00U >> n) | (unsigned char)(c >> 6 * (n - 1));
		for (size_t i = 1; i < n; i++)
			s[i] = 0x80 | (c >> 6 * (n - 1 - i) & 0x3f);
		assert_int_equal(yr_utf8(s, s + 4), is ? n : 0);
		assert_int_equal(yr_utf8(s, s + n), is ? n : 0);
		assert_int_equal(yr_utf8(s, s + n - 1), 0);
		if (is)
			assert_int_equal(yr_utf8_code(s, n), c);
	}
}

/* And nothing else is: of all that three bytes may be, as many as there are characters. */
static void nothing_else_is_utf8(void **state)
{
	size_t seen[4] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1U << 24; i++) {
		unsigned char s[3] = { (unsigned char)(i >> 16), (unsigned char)(i >> 8),
				       (unsigned char)i };

		seen[yr_utf8(s, s + 3)]++;
	}
	assert_int_equal(seen[1], 0x80 << 16);
	assert_int_equal(seen[2], (0x800 - 0x80) << 8);
	assert_int_equal(seen[3], 0x10000 - 0x800 - 0x800);
	assert_int_equal(yr_utf8_prefix("a\xc3\xa9\xed\xa0\x80", 6), 3);
	assert_int_equal(yr_utf8_prefix("a\xc3\xa9", 2), 1);
	assert_int_equal(yr_utf8_prefix("a\0b", 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_of_utf8_is_one),
		cmocka_unit_test(nothing_else_is_utf8),
		cmocka_unit_test(the_first_report_wins_and_wraps_go_in_front),
		cmocka_unit_test(a_message_that_does_not_fit_says_so),
		cmocka_unit_test(an_arena_aligns_zeroes_and_keeps_its_limit),
		cmocka_unit_test(a_buffer_fails_once_and_stays_failed),
		cmocka_unit_test(diagnostics_print_with_a_caret_and_without_control_bytes),
		cmocka_unit_test(warnings_hide_and_turn_into_errors_by_name),
		cmocka_unit_test(too_many_diagnostics_are_counted),
		cmocka_unit_test(names_of_diagnostics_are_there_once_with_a_summary),
		cmocka_unit_test(the_nearest_word_is_near_and_the_first_of_equals),
		cmocka_unit_test(looking_for_the_nearest_word_ends),
		cmocka_unit_test(phrases_join_words),
		cmocka_unit_test(what_comes_in_pieces_is_read_whole),
		cmocka_unit_test(what_ends_halfway_is_not_whole),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
