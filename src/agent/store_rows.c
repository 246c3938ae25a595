/* SPDX-License-Identifier: Apache-2.0 */
/* Pods, containers and events in the store. */
#include <errno.h>
#include <string.h>

#include "agent/limits.h"
#include "agent/store_sql.h"

static const char cannot[] = "cannot write to the store of Pods";
static const char unreadable[] = "cannot read the store of Pods";

/* Room for one more in an array of the arena; sizes double. NULL: memory is out. */
static void *grow(struct yr_arena *arena, void *at, size_t n, size_t size)
{
	void *more;

	if (n && (n & (n - 1)))
		return at;
	more = yr_arena_array(arena, n ? 2 * n : 1, size);
	if (more && n)
		memcpy(more, at, n * size);
	return more;
}

int yr_store_pods(struct yr_store *s, const char *ns, const char *name, struct yr_arena *arena,
		  struct yr_pod_rows *ret, struct yr_err *err)
{
	sqlite3_stmt *q =
		yr_sql(s, err,
		       "SELECT uid, ns, name, json, status, era, source, gate_off, created,"
		       " deleted, grace, addresses, net_since FROM pods WHERE (?1 OR ns = ?2) AND "
		       "(?3 OR name = ?4)"
		       " ORDER BY ns, name",
		       "isis", (int64_t)!ns, ns, (int64_t)!name, name);
	bool ok = true;
	int rc, r = 0;

	*ret = (struct yr_pod_rows){ 0 };
	if (!q)
		return -err->code;
	while (ok && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct yr_pod_row *at = grow(arena, ret->at, ret->n, sizeof(*at));

		if (!at) {
			ok = false;
			break;
		}
		ret->at = at;
		at += ret->n++;
		*at = (struct yr_pod_row){ .uid = yr_sql_text(q, 0, arena, &ok),
					   .ns = yr_sql_text(q, 1, arena, &ok),
					   .name = yr_sql_text(q, 2, arena, &ok),
					   .json = yr_sql_text(q, 3, arena, &ok),
					   .status = yr_sql_text(q, 4, arena, &ok),
					   .era = yr_sql_text(q, 5, arena, &ok),
					   .source = yr_sql_text(q, 6, arena, &ok),
					   .gate_off = sqlite3_column_int(q, 7),
					   .created = sqlite3_column_int64(q, 8),
					   .deleted = sqlite3_column_int64(q, 9),
					   .grace = sqlite3_column_int64(q, 10),
					   .addresses = yr_sql_text(q, 11, arena, &ok),
					   .net_since = sqlite3_column_int64(q, 12) };
	}
	if (!ok)
		r = yr_err_set(err, ENOMEM, "out of memory");
	else if (rc != SQLITE_DONE)
		r = yr_sql_failed(s, rc, unreadable, err);
	sqlite3_finalize(q);
	return r;
}

int yr_store_add(struct yr_store *s, const struct yr_pod_row *p, struct yr_err *err)
{
	sqlite3_stmt *q = yr_sql(s, err, "SELECT count(*) FROM pods", "");
	int64_t n;

	if (!q)
		return -err->code;
	n = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	if (n >= YR_LIMIT_NODE_PODS)
		return yr_err_set(err, ENOSPC, "this node has %d Pods, and takes no more",
				  YR_LIMIT_NODE_PODS);
	return yr_sql_do(s,
			 yr_sql(s, err,
				"INSERT INTO pods(uid, ns, name, json, status, era, source,"
				" gate_off, created, deleted, grace)"
				" VALUES(?,?,?,?,?,?,?,?,?,?,?)",
				"sssssssiiii", p->uid, p->ns, p->name, p->json, p->status, p->era,
				p->source, (int64_t)p->gate_off, p->created, p->deleted, p->grace),
			 cannot, err);
}

int yr_store_source(struct yr_store *s, const char *uid, const char *source, struct yr_err *err)
{
	return yr_sql_do(
		s, yr_sql(s, err, "UPDATE pods SET source = ?2 WHERE uid = ?1", "ss", uid, source),
		cannot, err);
}

int yr_store_delete(struct yr_store *s, const char *uid, int64_t now, int64_t grace,
		    struct yr_err *err)
{
	return yr_sql_do(
		s,
		yr_sql(s, err,
		       "UPDATE pods SET grace = CASE WHEN deleted THEN min(grace, ?3) ELSE ?3 "
		       "END, deleted = CASE WHEN deleted THEN deleted ELSE ?2 END "
		       "WHERE uid = ?1",
		       "sii", uid, now, grace),
		cannot, err);
}

int yr_store_forget(struct yr_store *s, const char *uid, struct yr_err *err)
{
	return yr_sql_do(s, yr_sql(s, err, "DELETE FROM pods WHERE uid = ?", "s", uid), cannot,
			 err);
}

int yr_store_status(struct yr_store *s, const char *uid, const char *json, struct yr_err *err)
{
	return yr_sql_do(
		s, yr_sql(s, err, "UPDATE pods SET status = ?2 WHERE uid = ?1", "ss", uid, json),
		cannot, err);
}

int yr_store_addresses(struct yr_store *s, const char *uid, const char *addresses,
		       int64_t net_since, struct yr_err *err)
{
	return yr_sql_do(s,
			 yr_sql(s, err,
				"UPDATE pods SET addresses = ?2, net_since = ?3 WHERE uid = ?1",
				"ssi", uid, addresses, net_since),
			 cannot, err);
}

int yr_store_container(struct yr_store *s, const char *uid, const char *name,
		       struct yr_arena *arena, struct yr_container_row *ret, struct yr_err *err)
{
	sqlite3_stmt *q = yr_sql(
		s, err,
		"SELECT attempt, stage, backoff, failures, retry, id, profile, reason, message,"
		" last, image_id, started, finished, exit_code FROM containers"
		" WHERE uid = ? AND name = ?",
		"ss", uid, name);
	bool ok = true;
	int rc, r = 0;

	*ret = (struct yr_container_row){
		.id = "", .profile = "", .reason = "", .message = "", .last = "", .image_id = ""
	};
	if (!q)
		return -err->code;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*ret = (struct yr_container_row){ .attempt = (unsigned)sqlite3_column_int(q, 0),
						  .stage = sqlite3_column_int(q, 1),
						  .backoff = (unsigned)sqlite3_column_int(q, 2),
						  .failures = (unsigned)sqlite3_column_int(q, 3),
						  .retry = sqlite3_column_int64(q, 4),
						  .id = yr_sql_text(q, 5, arena, &ok),
						  .profile = yr_sql_text(q, 6, arena, &ok),
						  .reason = yr_sql_text(q, 7, arena, &ok),
						  .message = yr_sql_text(q, 8, arena, &ok),
						  .last = yr_sql_text(q, 9, arena, &ok),
						  .image_id = yr_sql_text(q, 10, arena, &ok),
						  .started = sqlite3_column_int64(q, 11),
						  .finished = sqlite3_column_int64(q, 12),
						  .exit_code = sqlite3_column_int64(q, 13) };
	else if (rc != SQLITE_DONE)
		r = yr_sql_failed(s, rc, unreadable, err);
	if (!ok)
		r = yr_err_set(err, ENOMEM, "out of memory");
	sqlite3_finalize(q);
	return r;
}

int yr_store_put_container(struct yr_store *s, const char *uid, const char *name,
			   const struct yr_container_row *c, struct yr_err *err)
{
	return yr_sql_do(s,
			 yr_sql(s, err,
				"INSERT OR REPLACE INTO containers VALUES"
				"(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
				"ssiiiiissssssiii", uid, name, (int64_t)c->attempt,
				(int64_t)c->stage, (int64_t)c->backoff, (int64_t)c->failures,
				c->retry, c->id, c->profile, c->reason, c->message, c->last,
				c->image_id, c->started, c->finished, c->exit_code),
			 cannot, err);
}

int yr_store_event(struct yr_store *s, const struct yr_event_row *e, struct yr_err *err)
{
	return yr_sql_do(
		s,
		yr_sql(s, err,
		       "INSERT INTO events(uid, ns, name, kind, path, type, reason, message,"
		       " component, host, count, first, last)"
		       " VALUES(?,?,?,?,?,?,?,?,?,?,1,?11,?11)"
		       " ON CONFLICT(uid, path, type, reason, message)"
		       " DO UPDATE SET count = count + 1, last = ?11",
		       "ssssssssssi", e->uid, e->ns, e->name, e->kind, e->path, e->type, e->reason,
		       e->message, e->component, e->host, e->last),
		cannot, err);
}

int yr_store_find_event(struct yr_store *s, const struct yr_event_row *e, int64_t *ret_count,
			int64_t *ret_last, struct yr_err *err)
{
	sqlite3_stmt *q = yr_sql(s, err,
				 "SELECT count, last FROM events WHERE uid = ? AND path = ? AND"
				 " type = ? AND reason = ? AND message = ?",
				 "sssss", e->uid, e->path, e->type, e->reason, e->message);
	int rc, r = 0;

	*ret_count = *ret_last = 0;
	if (!q)
		return -err->code;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		*ret_count = sqlite3_column_int64(q, 0);
		*ret_last = sqlite3_column_int64(q, 1);
	} else if (rc != SQLITE_DONE) {
		r = yr_sql_failed(s, rc, unreadable, err);
	}
	sqlite3_finalize(q);
	return r;
}

int yr_store_events(struct yr_store *s, const char *ns, const char *name, struct yr_arena *arena,
		    struct yr_event_rows *ret, struct yr_err *err)
{
	sqlite3_stmt *q =
		yr_sql(s, err,
		       "SELECT uid, ns, name, kind, path, type, reason, message, component,"
		       " host, count, first, last, id FROM events"
		       " WHERE (?1 OR ns = ?2) AND (?3 OR name = ?4) ORDER BY last, id",
		       "isis", (int64_t)!ns, ns, (int64_t)!name, name);
	bool ok = true;
	int rc, r = 0;

	*ret = (struct yr_event_rows){ 0 };
	if (!q)
		return -err->code;
	while (ok && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct yr_event_row *at = grow(arena, ret->at, ret->n, sizeof(*at));

		if (!at) {
			ok = false;
			break;
		}
		ret->at = at;
		at += ret->n++;
		*at = (struct yr_event_row){ .uid = yr_sql_text(q, 0, arena, &ok),
					     .ns = yr_sql_text(q, 1, arena, &ok),
					     .name = yr_sql_text(q, 2, arena, &ok),
					     .kind = yr_sql_text(q, 3, arena, &ok),
					     .path = yr_sql_text(q, 4, arena, &ok),
					     .type = yr_sql_text(q, 5, arena, &ok),
					     .reason = yr_sql_text(q, 6, arena, &ok),
					     .message = yr_sql_text(q, 7, arena, &ok),
					     .component = yr_sql_text(q, 8, arena, &ok),
					     .host = yr_sql_text(q, 9, arena, &ok),
					     .count = sqlite3_column_int64(q, 10),
					     .first = sqlite3_column_int64(q, 11),
					     .last = sqlite3_column_int64(q, 12),
					     .id = sqlite3_column_int64(q, 13) };
	}
	if (!ok)
		r = yr_err_set(err, ENOMEM, "out of memory");
	else if (rc != SQLITE_DONE)
		r = yr_sql_failed(s, rc, unreadable, err);
	sqlite3_finalize(q);
	return r;
}

int yr_store_prune(struct yr_store *s, int64_t before, struct yr_err *err)
{
	/* What a Pod that is there has to tell of itself stays. */
	return yr_sql_do(
		s,
		yr_sql(s, err,
		       "DELETE FROM events WHERE (last < ?1 AND uid NOT IN (SELECT uid FROM "
		       "pods)) OR id IN (SELECT id FROM events ORDER BY last DESC LIMIT -1 "
		       "OFFSET ?2)",
		       "ii", before, (int64_t)YR_LIMIT_EVENTS),
		cannot, err);
}
