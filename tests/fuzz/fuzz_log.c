/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on the log reader: any bytes, once as a whole and once in pieces whose size the first
 * byte says. Both must give the same events; every JSON object must be one; the record alone must
 * be readable, too. Every byte that an event points to is looked at.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "log/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int add(void *ctx, const struct yr_log_event *ev)
{
	struct yr_buf *all = ctx;
	size_t from = all->len;
	json_t *j;

	yr_log_print_json(all, ev);
	if (all->failed)
		return -1;
	j = json_loadb(all->data + from, all->len - from, JSON_ALLOW_NUL, NULL);
	if (!j)
		abort();
	json_decref(j);
	if (ev->type == YR_LOG_INVALID || ev->type >= YR_LOG_TYPES)
		abort();
	yr_log_print_text(all, ev);
	return 0;
}

static void read_all(struct yr_log *log, const uint8_t *data, size_t size, size_t piece,
		     struct yr_buf *all)
{
	for (size_t at = 0; at < size; at += piece)
		yr_log_feed(log, data + at, piece < size - at ? piece : size - at, add, all);
	yr_log_end(log, add, all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A reader's memory is large, and after its end it is as new. */
	static struct yr_log *log, *other;
	AUTO_BUF struct yr_buf whole = { 0 }, pieces = { 0 }, upstream = { 0 };
	struct yr_log_event ev;

	if (!log)
		log = yr_log_new();
	if (!other)
		other = yr_log_new();
	if (!log || !other)
		abort();
	read_all(log, data, size, size ? size : 1, &whole);
	read_all(other, data, size, size ? data[0] % 61 + 1u : 1, &pieces);
	if (memcmp(yr_log_counts(log), yr_log_counts(other), sizeof(struct yr_log_counts)) != 0 ||
	    whole.len != pieces.len ||
	    (whole.len && memcmp(whole.data, pieces.data, whole.len) != 0))
		abort();
	/* A copy of the right size: reading past its end shows. */
	if (size) {
		char *copy = malloc(size);

		if (!copy)
			abort();
		memcpy(copy, data, size);
		for (int escapes = 0; escapes < 2; escapes++) {
			yr_log_parse(log, copy, size, escapes, &ev);
			yr_log_print_upstream(&upstream, "x", &ev);
		}
		free(copy);
	}
	return 0;
}
