/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the store share. */
#ifndef YR_AGENT_STORE_SQL_H
#define YR_AGENT_STORE_SQL_H

#include <sqlite3.h>

#include "agent/store.h"

struct yr_store {
	sqlite3 *db;
	char id[40];
};

/* Says what @what was, and why it failed. */
int yr_sql_failed(struct yr_store *s, int rc, const char *what, struct yr_err *err);
/* @types: a letter for each value: s(tring), i(nt64_t). NULL: said in @err. */
sqlite3_stmt *yr_sql(struct yr_store *s, struct yr_err *err, const char *sql, const char *types,
		     ...);
/* Runs it to its end and frees it; NULL fails. */
int yr_sql_do(struct yr_store *s, sqlite3_stmt *q, const char *what, struct yr_err *err);
/* A column's text in @arena; "" also when memory is out, which *ok then says. */
const char *yr_sql_text(sqlite3_stmt *q, int column, struct yr_arena *arena, bool *ok);

#endif
