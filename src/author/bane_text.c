/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A description as a profile, in our words. With bane every file, program and mount that no line
 * denies is allowed; the list of what is allowed turns that round, and keeps all that bane denies
 * but ReadOnlyPaths, which say there what can be read.
 */
#include <stdarg.h>
#include <stdio.h>

#include "author/bane_parts.h"
#include "base/cleanup.h"

struct writing {
	const struct yr_bane *b;
	const bool *logged; /* NULL: as bane does it */
	struct yr_bane_text *to;
	enum yr_bane_field field; /* of the line that is written */
	size_t entry;
};

/* What a pattern has without quotes; commas between braces only. */
static bool needs_quotes(struct yr_str s)
{
	int depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		depth += (c == '{') - (c == '}');
		if (c == ',' ? depth < 1
			     : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
				 (c >= 'A' && c <= 'Z') || strchr("/._-+*?[]^{}@", c)))
			return true;
	}
	return depth != 0;
}

void yr_bane_put_path(struct yr_buf *b, struct yr_str path)
{
	bool quotes = needs_quotes(path);

	yr_buf_puts(b, quotes ? "\"" : "");
	yr_buf_put(b, path.at, path.len);
	yr_buf_puts(b, quotes ? "\"" : "");
}

/* The line is whole: it came from there. */
static void end_line(struct writing *w)
{
	struct yr_bane_line of = { w->field, w->entry };

	yr_buf_putc(&w->to->text, '\n');
	yr_buf_put(&w->to->lines, &of, sizeof(of));
}

/* Lines that always stand there. */
static void put_fixed(struct writing *w, const char *text)
{
	w->field = YR_BANE_FIELDS;
	for (const char *end; *text; text = end + 1) {
		end = strchr(text, '\n');
		yr_buf_put(&w->to->text, text, (size_t)(end - text));
		end_line(w);
	}
}

/* A line of the field: @before ENTRY @behind for each entry, below @heading. */
static void put_entries(struct writing *w, enum yr_bane_field f, const char *heading,
			const char *before, const char *behind)
{
	const struct yr_bane_values *v = &w->b->of[f];
	bool is_path = f >= YR_BANE_READ_ONLY && f <= YR_BANE_DENY_EXEC;

	if (v->n && heading)
		put_fixed(w, heading);
	for (size_t i = 0; i < v->n; i++) {
		struct yr_str s = v->at[i].text;

		w->field = f;
		w->entry = i;
		yr_buf_puts(&w->to->text, before);
		/* The old form of include is not for new text. */
		if (s.at[0] == '#') {
			s.at++;
			s.len--;
		}
		if (is_path)
			yr_bane_put_path(&w->to->text, s);
		else
			yr_buf_put(&w->to->text, s.at, s.len);
		yr_buf_puts(&w->to->text, behind);
		end_line(w);
	}
}

static void put_line_of(struct writing *w, enum yr_bane_field f, size_t entry, const char *fmt, ...)
{
	va_list ap;
	char line[128];

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	w->field = f;
	w->entry = entry;
	yr_buf_puts(&w->to->text, line);
	end_line(w);
}

static void put_denied_kinds(struct writing *w)
{
	static const struct {
		enum yr_bane_field field;
		const char *name;
	} kinds[] = { { YR_BANE_RAW, "raw" }, { YR_BANE_PACKET, "packet" } };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!w->b->of[kinds[i].field].truth)
			put_line_of(w, kinds[i].field, 0, "  deny network %s,", kinds[i].name);
}

/* Raw and Packet do not add to what Protocols leaves. */
static void put_network(struct writing *w)
{
	bool any = w->b->of[YR_BANE_PROTOCOLS].n;

	put_fixed(w, "\n  # The network.\n");
	put_entries(w, YR_BANE_PROTOCOLS, NULL, "  network inet ", ",");
	if (!any && !w->logged)
		put_fixed(w, "  network,\n");
	if (!any && w->logged && w->b->of[YR_BANE_RAW].truth)
		put_line_of(w, YR_BANE_RAW, 0, "  network inet raw,");
	if (!any && w->logged && w->b->of[YR_BANE_PACKET].truth)
		put_line_of(w, YR_BANE_PACKET, 0, "  network packet,");
	put_denied_kinds(w);
}

static void put_files(struct writing *w)
{
	put_fixed(w, "\n  # Files, programs and unmounting are free but for what is denied: a rule "
		     "that denies\n"
		     "  # wins over every rule that allows.\n"
		     "  file,\n"
		     "  umount,\n");
	put_entries(w, YR_BANE_READ_ONLY, "\n  # ReadOnlyPaths: no writing, no new names.\n",
		    "  deny ", " wl,");
	put_entries(w, YR_BANE_LOG_ON_WRITE,
		    "\n  # LogOnWritePaths: writing is allowed, and logged.\n", "  audit ", " w,");
	put_entries(w, YR_BANE_WRITABLE, "\n  # WritablePaths\n", "  ", " w,");
	put_entries(w, YR_BANE_ALLOW_EXEC,
		    "\n  # AllowExec: the program goes on under this profile.\n", "  ", " ix,");
}

static void put_writable(struct writing *w)
{
	const struct yr_bane_values *v = &w->b->of[YR_BANE_WRITABLE];

	if (v->n)
		put_fixed(w, "\n  # WritablePaths; logged where LogOnWritePaths has something of "
			     "them.\n");
	for (size_t i = 0; i < v->n; i++) {
		for (int audit = 0; audit <= (int)w->logged[i]; audit++) {
			w->field = YR_BANE_WRITABLE;
			w->entry = i;
			yr_buf_puts(&w->to->text, audit ? "  audit " : "  ");
			yr_bane_put_path(&w->to->text, v->at[i].text);
			yr_buf_puts(&w->to->text, audit ? " w," : w->logged[i] ? " rk," : " rwk,");
			end_line(w);
		}
	}
}

static void put_listed_files(struct writing *w)
{
	put_entries(w, YR_BANE_READ_ONLY, "\n  # ReadOnlyPaths: read, and loaded as libraries.\n",
		    "  ", " mr,");
	put_writable(w);
	put_entries(w, YR_BANE_ALLOW_EXEC,
		    "\n  # AllowExec: the program goes on under this profile.\n", "  ", " mrix,");
}

static void put_capabilities(struct writing *w)
{
	bool denied = w->b->of[YR_BANE_CAP_DENY].n, list = w->logged;

	if (denied && !list) {
		put_fixed(w, "\n  # Every capability but those of Deny: Allow is not looked at "
			     "then.\n"
			     "  capability,\n");
	} else {
		put_entries(w, YR_BANE_CAP_ALLOW, "\n  # Capabilities\n", "  capability ", ",");
	}
	put_entries(w, YR_BANE_CAP_DENY,
		    list ? "\n  # Capabilities, denied without a line in the log\n" : NULL,
		    "  deny capability ", ",");
}

/* The host's own files, as containers see them. */
static void put_hosts_files(struct writing *w)
{
	put_fixed(w,
		  "\n  # /proc is the host's but for the folders of processes: nothing is written "
		  "directly in\n"
		  "  # it, nor in folders whose names do not begin as numbers do (as far as bane "
		  "looks),\n"
		  "  deny @{PROC}/* w,\n"
		  "  deny @{PROC}/[^1-9]/** w,\n"
		  "  deny @{PROC}/[^1-9][^0-9]/** w,\n"
		  "  deny @{PROC}/[^1-9s][^0-9y][^0-9s]/** w,\n"
		  "  deny @{PROC}/[^1-9][^0-9][^0-9][^0-9]*/** w,\n"
		  "  # nor settings of the kernel but those of shared memory,\n"
		  "  deny @{PROC}/sys/[^k]** w,\n"
		  "  deny @{PROC}/sys/kernel/{?,??} w,\n"
		  "  deny @{PROC}/sys/kernel/[^s][^h][^m]** w,\n"
		  "  # and what reboots the host or is its memory is not even read.\n"
		  "  deny @{PROC}/{sysrq-trigger,mem,kmem,kcore} rwklx,\n"
		  "  # /sys is the host's but for control groups.\n"
		  "  deny /sys/{[^f]*,f[^s]*,fs/[^c]*,fs/c[^g]*,fs/cg[^r]*}/** wklx,\n"
		  "  deny /sys/{firmware/efi/efivars,kernel/security}/** rwklx,\n");
}

void yr_bane_put(const struct yr_bane *b, const bool *logged, struct yr_bane_text *ret)
{
	struct writing w = { .b = b, .logged = logged, .to = ret };

	put_fixed(&w, logged ? "# Written by yoroi learn --bane --allow-list: what the description "
			       "names, and nothing else.\n"
			     : "# Written by yoroi learn --bane: what bane means by the "
			       "description.\n");
	put_entries(&w, YR_BANE_IMPORTS, NULL, "", "");
	put_fixed(&w, "include <tunables/global>\n\n");
	yr_buf_printf(&ret->text, "profile %s flags=(attach_disconnected,mediate_deleted) {",
		      b->name);
	w.field = YR_BANE_NAME;
	w.entry = 0;
	end_line(&w);
	put_entries(&w, YR_BANE_INNER_IMPORTS, NULL, "  ", "");
	put_fixed(&w, "  include <abstractions/base>\n");
	put_network(&w);
	if (logged)
		put_listed_files(&w);
	else
		put_files(&w);
	put_entries(&w, YR_BANE_DENY_EXEC,
		    "\n  # DenyExec: neither executed nor read, written, linked or locked.\n",
		    "  deny ", " mrwklx,");
	put_capabilities(&w);
	if (!logged)
		put_fixed(&w, "\n  # A new mount could show a file under another name.\n"
			      "  deny mount,\n");
	put_hosts_files(&w);
	put_fixed(&w, "}\n");
}
