/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/limits.h"
#include "agent/store_sql.h"

/* Of the file, in its header: nobody takes another program's database for ours. */
#define APPLICATION 0x79726f69
#define VERSION 2

static const char schema[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE pods(uid TEXT PRIMARY KEY, ns TEXT NOT NULL, name TEXT NOT NULL,"
	" json TEXT NOT NULL, status TEXT NOT NULL, era TEXT NOT NULL, source TEXT NOT NULL,"
	" gate_off INTEGER NOT NULL, created INTEGER NOT NULL, deleted INTEGER NOT NULL,"
	" grace INTEGER NOT NULL, addresses TEXT NOT NULL DEFAULT '',"
	" net_since INTEGER NOT NULL DEFAULT 0, UNIQUE(ns, name)) WITHOUT ROWID;"
	"CREATE TABLE containers(uid TEXT NOT NULL REFERENCES pods ON DELETE CASCADE,"
	" name TEXT NOT NULL, attempt INTEGER NOT NULL, stage INTEGER NOT NULL,"
	" backoff INTEGER NOT NULL, failures INTEGER NOT NULL, retry INTEGER NOT NULL,"
	" id TEXT NOT NULL, profile TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,"
	" last TEXT NOT NULL, image_id TEXT NOT NULL, started INTEGER NOT NULL,"
	" finished INTEGER NOT NULL, exit_code INTEGER NOT NULL,"
	" PRIMARY KEY(uid, name)) WITHOUT ROWID;"
	"CREATE TABLE events(id INTEGER PRIMARY KEY, uid TEXT NOT NULL, ns TEXT NOT NULL,"
	" name TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, type TEXT NOT NULL,"
	" reason TEXT NOT NULL, message TEXT NOT NULL, component TEXT NOT NULL,"
	" host TEXT NOT NULL, count INTEGER NOT NULL, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, UNIQUE(uid, path, type, reason, message));"
	"CREATE INDEX events_last ON events(last);"
	"CREATE INDEX events_name ON events(ns, name);";

/* What each version has that the one before had not; nobody goes back. */
static const char *const upgrades[VERSION] = {
	[1] = "ALTER TABLE pods ADD COLUMN addresses TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE pods ADD COLUMN net_since INTEGER NOT NULL DEFAULT 0;"
	      "PRAGMA user_version = 2",
};

int yr_sql_failed(struct yr_store *s, int rc, const char *what, struct yr_err *err)
{
	int code = rc == SQLITE_NOMEM                                                    ? ENOMEM
		   : rc == SQLITE_FULL                                                   ? ENOSPC
		   : rc == SQLITE_BUSY                                                   ? EBUSY
		   : rc == SQLITE_CONSTRAINT                                             ? EEXIST
		   : rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT                         ? EBADMSG
		   : rc == SQLITE_READONLY || rc == SQLITE_PERM || rc == SQLITE_CANTOPEN ? EACCES
											 : EIO;

	return yr_err_set(err, code, "%s: %s", what,
			  s && s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
}

sqlite3_stmt *yr_sql(struct yr_store *s, struct yr_err *err, const char *sql, const char *types,
		     ...)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	va_list ap;

	va_start(ap, types);
	for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
		if (types[i] == 's') {
			const char *text = va_arg(ap, const char *);

			rc = sqlite3_bind_text(q, i + 1, text ? text : "", -1, SQLITE_TRANSIENT);
		} else {
			rc = sqlite3_bind_int64(q, i + 1, va_arg(ap, int64_t));
		}
	}
	va_end(ap);
	if (rc == SQLITE_OK)
		return q;
	yr_sql_failed(s, rc, "the store of Pods", err);
	sqlite3_finalize(q);
	return NULL;
}

int yr_sql_do(struct yr_store *s, sqlite3_stmt *q, const char *what, struct yr_err *err)
{
	int rc, r = 0;

	if (!q)
		return err && err->code ? -err->code : -EIO;
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		r = yr_sql_failed(s, rc, what, err);
	sqlite3_finalize(q);
	return r;
}

const char *yr_sql_text(sqlite3_stmt *q, int column, struct yr_arena *arena, bool *ok)
{
	const char *text = (const char *)sqlite3_column_text(q, column);
	const char *copy = text ? yr_arena_strndup(arena, text, strlen(text)) : NULL;

	if (!copy)
		*ok = false;
	return copy ? copy : "";
}

static int64_t number(struct yr_store *s, const char *sql, struct yr_err *err)
{
	sqlite3_stmt *q = yr_sql(s, err, sql, "");
	int64_t n = -1;
	int rc;

	if (!q)
		return -1;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		n = sqlite3_column_int64(q, 0);
	else
		yr_sql_failed(s, rc, "the store of Pods", err);
	sqlite3_finalize(q);
	return n;
}

int64_t yr_store_version(struct yr_store *s)
{
	return number(s, "PRAGMA data_version", NULL);
}

static int exec(struct yr_store *s, const char *sql, const char *what, struct yr_err *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : yr_sql_failed(s, rc, what, err);
}

int yr_store_begin(struct yr_store *s, struct yr_err *err)
{
	return exec(s, "BEGIN IMMEDIATE", "cannot write to the store of Pods", err);
}

int yr_store_commit(struct yr_store *s, struct yr_err *err)
{
	int r = exec(s, "COMMIT", "cannot write to the store of Pods", err);

	if (r < 0)
		yr_store_rollback(s);
	return r;
}

void yr_store_rollback(struct yr_store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

static int make(struct yr_store *s, struct yr_err *err)
{
	unsigned char random[8];
	char word[2 * sizeof(random) + 1], sql[160];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return yr_err_set(err, errno, "no random numbers: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(word + 2 * i, 3, "%02x", random[i]);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO meta VALUES('id', '%s');"
		 "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 word, APPLICATION, VERSION);
	return exec(s, schema, "cannot make the store of Pods", err) < 0
		       ? -err->code
		       : exec(s, sql, "cannot make the store of Pods", err);
}

/* From the version before, all of it or nothing. Another process may have been faster. */
static int upgrade(struct yr_store *s, int64_t *version, struct yr_err *err)
{
	int r = yr_store_begin(s, err);

	if (r < 0)
		return r;
	*version = number(s, "PRAGMA user_version", err);
	while (r == 0 && *version > 0 && *version < VERSION) {
		r = exec(s, upgrades[*version], "cannot bring the store of Pods up to date", err);
		++*version;
	}
	if (r == 0)
		r = yr_store_commit(s, err);
	yr_store_rollback(s);
	return r;
}

/* Two that come first at once: one makes it, the other finds it made. */
static int prepare(struct yr_store *s, const char *path, struct yr_err *err)
{
	int64_t application, version;
	sqlite3_stmt *q;
	int r;

	r = exec(s,
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		 "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
		 path, err);
	if (r < 0)
		return r;
	application = number(s, "PRAGMA application_id", err);
	if (application != APPLICATION) {
		r = yr_store_begin(s, err);
		if (r < 0)
			return r;
		application = number(s, "PRAGMA application_id", err);
		if (!application && !number(s, "SELECT count(*) FROM sqlite_master", err))
			r = make(s, err);
		else if (application != APPLICATION)
			r = yr_err_set(err, EBADMSG, "%s: this is no store of Pods", path);
		if (r == 0)
			r = yr_store_commit(s, err);
		yr_store_rollback(s);
		if (r < 0)
			return r;
	}
	version = number(s, "PRAGMA user_version", err);
	if (version > 0 && version < VERSION) {
		r = upgrade(s, &version, err);
		if (r < 0)
			return r;
	}
	if (version != VERSION)
		return yr_err_set(err, EBADMSG,
				  "%s: the store has version %lld, this program knows %d", path,
				  (long long)version, VERSION);
	q = yr_sql(s, err, "SELECT value FROM meta WHERE key = 'id'", "");
	if (!q)
		return -err->code;
	if (sqlite3_step(q) == SQLITE_ROW)
		snprintf(s->id, sizeof(s->id), "%s", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return *s->id ? 0 : yr_err_set(err, EBADMSG, "%s: the store has no name", path);
}

/* Whoever may write it has any container run as root. */
static int check_owner(const char *path, struct yr_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0
				       : yr_err_set(err, errno, "%s: %s", path, strerror(errno));
	if ((st.st_uid && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return yr_err_set(err, EPERM,
				  "%s: others may write the store of Pods, so that it is not used; "
				  "see what is in it, then 'chown root' and 'chmod 600' it",
				  path);
	return 0;
}

int yr_store_open(const char *path, struct yr_store **ret, struct yr_err *err)
{
	AUTO_FREE char *folder = strdup(path);
	struct yr_store *s = calloc(1, sizeof(*s));
	struct yr_err own = { 0 };
	char *slash;
	mode_t mask;
	int rc, r;

	if (!err)
		err = &own;
	if (!s || !folder) {
		free(s);
		return yr_err_set(err, ENOMEM, "out of memory");
	}
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST) {
			r = yr_err_set(err, errno, "cannot make '%s': %s", folder, strerror(errno));
			free(s);
			return r;
		}
	}
	r = check_owner(path, err);
	if (r < 0) {
		free(s);
		return r;
	}
	/* Pods may have secrets in their environment; its -wal and -shm take its mode. */
	mask = umask(077);
	rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(s->db, YR_LIMIT_STORE_MS);
	r = rc == SQLITE_OK ? prepare(s, path, err) : yr_sql_failed(s, rc, path, err);
	umask(mask);
	if (r < 0) {
		yr_store_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

struct yr_store *yr_store_free(struct yr_store *s)
{
	if (s)
		sqlite3_close(s->db);
	free(s);
	return NULL;
}

const char *yr_store_id(const struct yr_store *s)
{
	return s->id;
}
