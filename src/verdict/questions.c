/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/questions.h"

#define ALL UINT32_MAX
#define OOB 256u

/* Of files and of mounts, as the permission table numbers them. */
#define P_LOCK 0x8000u /* also: the subset test of a link */
#define P_LINK 0x40000u
#define P_ONEXEC 0x20000000u
#define P_CHANGE_PROFILE 0x40000000u
#define P_PIVOT 0x1u
#define P_MOUNT 0x2u
#define P_UMOUNT 0x4u
#define P_DATA 0x40u

enum field_kind {
	F_END,     /* nothing more comes */
	F_REST,    /* anything */
	F_TEXT,    /* bytes but NUL, which ends it */
	F_NAME,    /* the same, never empty */
	F_PATH,    /* the same, with a slash first */
	F_FILE,    /* a path as the kernel writes it, or a label, behind which nothing comes */
	F_PROGRAM, /* as F_ATTRS, the name as the kernel writes it */
	F_BYTE,    /* one that fits() */
	F_BE16,    /* a number below 256 that fits(), in two bytes */
	F_FLAGS,   /* of a mount that makes a file system */
	F_CHANGE,  /* of one that changes a mount */
	F_BIND,    /* of one that puts something that is there elsewhere */
	F_ATTRS,   /* after a name: values of attributes, an out-of-band symbol before each */
};

struct field {
	enum field_kind kind;
	uint32_t asked;       /* when the input ends in it */
	uint32_t asked_empty; /* when it ends before its first byte, if that is something else */
	bool (*fits)(unsigned byte);
	unsigned next, next_if_empty; /* 0: nothing follows */
};

struct yr_questions {
	struct field field[8];
};

/*
 * map_signal_num() of ipc.c: signals by the parser's numbers. 0 would stand for those it does not
 * know, but it knows all that kill(2) lets through.
 */
static bool is_signal(unsigned byte)
{
	return (byte && byte <= 32) || byte == 35 || (byte >= 128 && byte <= 160);
}

/*
 * __sock_create() of net/socket.c refuses AF_MAX and above before any module is asked, and
 * AF_UNSPEC behind that, however policy decides.
 */
static bool is_family(unsigned byte)
{
	return byte > 0 && byte < 46;
}

/*
 * Of 0 to 10 (SOCK_MAX - 1) those that exist: for the others socket(2) fails however policy
 * decides. 3.0.8 and 5.0.2 differ there from each other.
 */
static bool is_socket_type(unsigned byte)
{
	return (byte >= 1 && byte <= 6) || byte == 10;
}

/* apparmor's file.c and domain.c: paths, "link NUL target", "program NUL profile", labels. */
static const struct yr_questions files = { {
	{ .kind = F_NAME, .asked = ALL, .next = 1 },
	{ .kind = F_TEXT, .asked = P_LINK | P_LOCK | P_ONEXEC },
} };
static const struct yr_questions strict_files = { {
	{ .kind = F_FILE, .asked = ALL, .next = 1 },
	{ .kind = F_FILE, .asked = P_LINK | P_LOCK | P_ONEXEC },
} };
/* find_attach() and aa_xattrs_match() of domain.c. */
static const struct yr_questions attachment = { { { .kind = F_ATTRS, .asked = 1 } } };
static const struct yr_questions strict_attachment = { { { .kind = F_PROGRAM, .asked = 1 } } };
static const struct yr_questions everything = { { { .kind = F_REST, .asked = ALL } } };
/* Only whether the class is mediated is looked at; compare_classes() does. */
static const struct yr_questions presence = { { { .kind = F_END } } };
/*
 * mount.c: match_mnt() looks at what may be mounted behind the flags and behind the data alone,
 * profile_umount() behind the mount point, build_pivotroot() behind the old root, that is the
 * second text. A change of a mount comes without device and type, a bind or a move without type
 * (a move of a detached mount without either), a new mount with a type.
 */
static const struct yr_questions mount = { {
	{ .kind = F_NAME, .asked = P_UMOUNT, .next = 1 },
	{ .kind = F_TEXT, .asked = P_PIVOT, .next = 3, .next_if_empty = 2 },
	{ .kind = F_TEXT, .next = 6, .next_if_empty = 4 },
	{ .kind = F_TEXT, .next = 6, .next_if_empty = 5 },
	{ .kind = F_CHANGE, .asked = P_MOUNT | P_DATA, .next = 7 },
	{ .kind = F_BIND, .asked = P_MOUNT },
	{ .kind = F_FLAGS, .asked = P_MOUNT | P_DATA, .next = 7 },
	{ .kind = F_TEXT, .asked = P_MOUNT },
} };
static const struct yr_questions strict_mount = { {
	{ .kind = F_PATH, .asked = P_UMOUNT, .next = 1 },
	{ .kind = F_TEXT, .asked = P_PIVOT, .next = 3, .next_if_empty = 2 },
	{ .kind = F_TEXT, .next = 6, .next_if_empty = 4 },
	{ .kind = F_TEXT, .next = 6, .next_if_empty = 5 },
	{ .kind = F_CHANGE, .asked = P_MOUNT | P_DATA, .next = 7 },
	{ .kind = F_BIND, .asked = P_MOUNT },
	{ .kind = F_FLAGS, .asked = P_MOUNT | P_DATA, .next = 7 },
	{ .kind = F_TEXT, .asked = P_MOUNT },
} };
/* ipc.c; a label is never empty. */
static const struct yr_questions ptrace = { { { .kind = F_NAME, .asked = 0x1e } } };
static const struct yr_questions signal = { {
	{ .kind = F_BYTE, .fits = is_signal, .next = 1 },
	{ .kind = F_NAME, .asked = 0x6 },
} };
/* aa_profile_af_perm() of net.c, up to 6.12. */
static const struct yr_questions net_v8 = { {
	{ .kind = F_BE16, .fits = is_family, .next = 1 },
	{ .kind = F_BE16, .fits = is_socket_type, .next = 2 },
	{ .kind = F_END, .asked = ALL },
} };
/* aa_match_to_prot() of net.c since 6.17 goes on with the protocol, af_unix.c with addresses. */
static const struct yr_questions net_v9 = { {
	{ .kind = F_BE16, .fits = is_family, .next = 1 },
	{ .kind = F_BE16, .fits = is_socket_type, .next = 2 },
	{ .kind = F_REST, .asked = ALL },
} };
/* aa_profile_ns_perm() of task.c. */
static const struct yr_questions userns = { { { .kind = F_END, .asked = 0x8 } } };
/* lsm.c: sqpoll of the class itself, override_creds of a label. */
static const struct yr_questions io_uring = {
	{ { .kind = F_TEXT, .asked = 0x8, .asked_empty = 0x10 } }
};
/* apparmor_profile_query() of the bus's daemon: of a bus, of a name on it, of a message. */
static const struct yr_questions dbus = { {
	{ .kind = F_NAME, .asked = 0x20, .next = 1 },
	{ .kind = F_TEXT, .asked = 0x40, .next = 2 },
	{ .kind = F_NAME, .next = 3 },
	{ .kind = F_TEXT, .next = 4 },
	{ .kind = F_TEXT, .next = 5 },
	{ .kind = F_TEXT, .asked = 0x6 },
} };
/* aa_profile_mqueue_perm() of Ubuntu's ipc.c: a queue, and who made it where that is known. */
static const struct yr_questions posix_mqueue = { {
	{ .kind = F_PATH, .asked = ALL, .next = 1 },
	{ .kind = F_NAME, .asked = ALL },
} };

const struct yr_questions *yr_questions_of(int class)
{
	switch (class) {
	case YR_QUESTIONS_FILES:
		return &files;
	case YR_QUESTIONS_ATTACHMENT:
		return &attachment;
	case YR_CLASS_FILE:
		return &presence;
	case YR_CLASS_MOUNT:
		return &mount;
	case YR_CLASS_PTRACE:
		return &ptrace;
	case YR_CLASS_SIGNAL:
		return &signal;
	case YR_CLASS_NET_V7:
	case YR_CLASS_NET_V8:
		return &net_v8;
	case YR_CLASS_NET_V9:
		return &net_v9;
	case YR_CLASS_USERNS:
		return &userns;
	case YR_CLASS_IO_URING:
		return &io_uring;
	default:
		return &everything;
	}
}

const struct yr_questions *yr_questions_strictly(int class)
{
	switch (class) {
	case YR_QUESTIONS_FILES:
		return &strict_files;
	case YR_QUESTIONS_ATTACHMENT:
		return &strict_attachment;
	case YR_CLASS_MOUNT:
		return &strict_mount;
	case YR_CLASS_DBUS:
		return &dbus;
	case YR_CLASS_POSIX_MQUEUE:
		return &posix_mqueue;
	default:
		return yr_questions_of(class);
	}
}

/* A place is the number of a field and how far into it: bytes, 1 for many, or the last flag. */
static int place_of(unsigned field, unsigned at)
{
	return (int)(field << 8 | at);
}

static int next_field(const struct yr_questions *q, unsigned field, bool empty)
{
	const struct field *f = &q->field[field];
	unsigned next = empty && f->next_if_empty ? f->next_if_empty : f->next;

	return next ? place_of(next, 0) : YR_QUESTION_NONE;
}

static int step_be16(const struct yr_questions *q, unsigned n, unsigned at, unsigned byte)
{
	if (!at)
		return byte ? YR_QUESTION_NONE : place_of(n, 1);
	return q->field[n].fits(byte) ? next_field(q, n, false) : YR_QUESTION_NONE;
}

/* Flags of mount(2) as match_mnt_flags() feeds them: the bit's number and one, ascending. */
enum {
	M_REMOUNT = 5 + 1,
	M_BIND = 12 + 1,
	M_MOVE = 13 + 1,
	M_REC = 14 + 1,
	M_SILENT = 15 + 1,
	M_UNBINDABLE = 17 + 1,
	M_SHARED = 20 + 1,
	M_LAST = 30 + 1 /* path_mount() refuses MS_NOUSER, the next one, before modules are asked */
};

/*
 * AA_MS_IGNORE_MASK of mount.h: KERNMOUNT, NOSEC, BORN, ACTIVE. And those that a program may give
 * and that do nothing: the one that nobody has defined, SUBMOUNT, NOREMOTELOCK. 5.0.2 does
 * not count them to "any flags", 3.0.8 does.
 */
static bool is_ignored(unsigned flag)
{
	return flag == 23 || (flag >= 29 && flag <= 31) || flag == 10 || flag == 27 || flag == 28;
}

/*
 * Which command it is by the flags so far, in the order in which apparmor_sb_mount() of lsm.c
 * looks for them. Each function there clears the flags that are none of its own. "Recursive"
 * beside no command (a new mount) does nothing.
 */
enum command { C_NONE, C_OTHER, C_REMOUNT, C_BIND, C_MOVE, C_PROPAGATION, C_COUNT, C_NEVER };

static enum command command_after(enum command c, unsigned flag)
{
	bool propagation = flag >= M_UNBINDABLE && flag <= M_SHARED;

	switch (c) {
	case C_REMOUNT:
		/* path_mount() does not look at other commands beside it, but at bind. */
		return flag == M_MOVE || propagation ? C_NEVER : c;
	case C_BIND:
		return flag == M_REC ? c : C_NEVER;
	case C_MOVE:
		return C_NEVER;
	case C_PROPAGATION:
		return propagation ? c : C_NEVER;
	default:
		break;
	}
	if (flag == M_REMOUNT)
		return C_REMOUNT;
	if (flag == M_BIND || flag == M_MOVE)
		return c == C_OTHER ? C_NEVER : flag == M_BIND ? C_BIND : C_MOVE;
	if (propagation)
		return c == C_OTHER ? C_NEVER : C_PROPAGATION;
	return flag == M_REC || flag == M_SILENT ? c : C_OTHER;
}

/* Whether @c may still become, or is, what the field is for. */
static bool goes_with(enum field_kind kind, enum command c)
{
	switch (c) {
	case C_NONE:
		return true;
	case C_OTHER:
		return kind == F_FLAGS || kind == F_CHANGE;
	case C_REMOUNT:
	case C_PROPAGATION:
		return kind == F_CHANGE;
	case C_BIND:
		return kind == F_BIND;
	case C_MOVE:
		return kind == F_BIND || kind == F_CHANGE;
	default:
		return false;
	}
}

static int step_flags(const struct yr_questions *q, unsigned n, unsigned at, unsigned byte)
{
	enum command c = command_after(at % C_COUNT, byte);

	if (!byte)
		return next_field(q, n, false);
	if (byte <= at / C_COUNT || byte > M_LAST || is_ignored(byte) ||
	    !goes_with(q->field[n].kind, c) || (q->field[n].kind == F_FLAGS && byte == M_REC))
		return YR_QUESTION_NONE;
	return place_of(n, byte * C_COUNT + c);
}

static bool flags_are_whole(enum field_kind kind, unsigned at)
{
	enum command c = at % C_COUNT;

	return kind == F_FLAGS || (c != C_NONE && c != C_OTHER);
}

/* How far into a name: not at all, or in which part of it. */
enum { IN_NAME = 1, BEHIND_NAME = 2, IN_VALUE = 3, BEHIND_SLASH = 4 };
enum { IN_PATH = 1, IN_LABEL = 2 };

static int step_attrs(const struct yr_questions *q, unsigned n, unsigned at, unsigned symbol)
{
	bool strict = q->field[n].kind == F_PROGRAM;

	if (symbol == OOB)
		return at && at != BEHIND_NAME ? place_of(n, BEHIND_NAME) : YR_QUESTION_NONE;
	if (at == BEHIND_NAME)
		return symbol ? YR_QUESTION_NONE : place_of(n, IN_VALUE);
	if (at == IN_VALUE)
		return place_of(n, at);
	/* What is executed has an absolute name. */
	if (!symbol || (!at && symbol != '/') || (at == BEHIND_SLASH && symbol == '/'))
		return YR_QUESTION_NONE;
	return place_of(n, strict && symbol == '/' ? BEHIND_SLASH : IN_NAME);
}

/* Names come without empty parts. */
static int step_file(const struct yr_questions *q, unsigned n, unsigned at, unsigned symbol)
{
	if (!symbol)
		return at == IN_PATH || at == BEHIND_SLASH ? next_field(q, n, false)
							   : YR_QUESTION_NONE;
	if (at == IN_LABEL || (symbol != '/' && !at) || (symbol == '/' && at == BEHIND_SLASH))
		return place_of(n, IN_LABEL);
	return place_of(n, symbol == '/' ? BEHIND_SLASH : IN_PATH);
}

int yr_questions_step(const struct yr_questions *q, int place, unsigned symbol)
{
	unsigned n = (unsigned)place >> 8, at = (unsigned)place & 0xff;
	const struct field *f = &q->field[n];

	if (symbol == OOB && f->kind != F_ATTRS && f->kind != F_PROGRAM && f->kind != F_REST)
		return YR_QUESTION_NONE;
	switch (f->kind) {
	case F_END:
		return YR_QUESTION_NONE;
	case F_REST:
		return place;
	case F_FILE:
		return step_file(q, n, at, symbol);
	case F_PATH:
		if (symbol != '/' && !at)
			return YR_QUESTION_NONE;
		/* fall through */
	case F_NAME:
		if (!symbol && !at)
			return YR_QUESTION_NONE;
		/* fall through */
	case F_TEXT:
		return symbol ? place_of(n, 1) : next_field(q, n, !at);
	case F_BYTE:
		return f->fits(symbol) ? next_field(q, n, false) : YR_QUESTION_NONE;
	case F_BE16:
		return step_be16(q, n, at, symbol);
	case F_CHANGE:
	case F_BIND:
	case F_FLAGS:
		return step_flags(q, n, at, symbol);
	case F_ATTRS:
	case F_PROGRAM:
		return step_attrs(q, n, at, symbol);
	}
	return YR_QUESTION_NONE;
}

uint32_t yr_questions_asked(const struct yr_questions *q, int place)
{
	unsigned n = (unsigned)place >> 8, at = (unsigned)place & 0xff;
	const struct field *f = &q->field[n];

	if (!at && f->asked_empty)
		return f->asked_empty;
	if ((f->kind == F_NAME || f->kind == F_PATH || f->kind == F_FILE) && !at)
		return 0;
	if (f->kind == F_FILE && at == IN_LABEL)
		return f->asked & (P_CHANGE_PROFILE | P_ONEXEC);
	if ((f->kind == F_ATTRS || f->kind == F_PROGRAM) && (!at || at == BEHIND_NAME))
		return 0;
	if ((f->kind == F_CHANGE || f->kind == F_BIND) && !flags_are_whole(f->kind, at))
		return 0;
	return f->asked;
}
