/* SPDX-License-Identifier: Apache-2.0 */
#include "questions.h"

#define ALL UINT32_MAX
#define OOB 256u

/* Of files and of mounts, as the permission table numbers them. */
#define P_LOCK 0x8000u /* also: the subset test of a link */
#define P_LINK 0x40000u
#define P_ONEXEC 0x20000000u
#define P_PIVOT 0x1u
#define P_MOUNT 0x2u
#define P_UMOUNT 0x4u
#define P_DATA 0x40u

enum field_kind {
	F_END,   /* nothing more comes */
	F_REST,  /* anything */
	F_TEXT,  /* bytes but NUL, which ends it */
	F_NAME,  /* the same, never empty */
	F_BYTE,  /* one that fits() */
	F_BE16,  /* a number below 256 that fits(), in two bytes */
	F_FLAGS, /* numbers of flags, ascending */
	F_ATTRS, /* after a name: values of attributes, an out-of-band symbol before each */
};

struct field {
	enum field_kind kind;
	uint32_t asked; /* when the input ends in it */
	bool (*fits)(unsigned byte);
};

struct questions {
	struct field field[8];
};

/* map_signal_num() of ipc.c: signals by the parser's numbers; 0 stands for unknown ones. */
static bool is_signal(unsigned byte)
{
	return byte <= 32 || byte == 35 || (byte >= 128 && byte <= 160);
}

/* __sock_create() of net/socket.c refuses AF_MAX and above before any module is asked. */
static bool is_family(unsigned byte)
{
	return byte < 46;
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
static const struct questions files = { { { F_NAME, ALL, NULL },
					  { F_TEXT, P_LINK | P_LOCK | P_ONEXEC, NULL } } };
/* find_attach() and aa_xattrs_match() of domain.c. */
static const struct questions attachment = { { { F_ATTRS, 1, NULL } } };
static const struct questions everything = { { { F_REST, ALL, NULL } } };
/* Only whether the class is mediated is looked at; compare_classes() does. */
static const struct questions presence = { { { F_END, 0, NULL } } };
/*
 * mount.c: match_mnt() looks at what may be mounted behind the flags and behind the data alone,
 * profile_umount() behind the mount point, build_pivotroot() behind the old root, that is the
 * second text.
 */
static const struct questions mount = { {
	{ F_NAME, P_UMOUNT, NULL },
	{ F_TEXT, P_PIVOT, NULL },
	{ F_TEXT, 0, NULL },
	{ F_FLAGS, P_MOUNT | P_DATA, NULL },
	{ F_TEXT, P_MOUNT, NULL },
} };
/* ipc.c; a label is never empty. */
static const struct questions ptrace = { { { F_NAME, 0x1e, NULL } } };
static const struct questions signal = { { { F_BYTE, 0, is_signal }, { F_NAME, 0x6, NULL } } };
/* aa_profile_af_perm() of net.c, up to 6.12. */
static const struct questions net_v8 = {
	{ { F_BE16, 0, is_family }, { F_BE16, 0, is_socket_type }, { F_END, ALL, NULL } }
};
/* aa_match_to_prot() of net.c since 6.17 goes on with the protocol, af_unix.c with addresses. */
static const struct questions net_v9 = {
	{ { F_BE16, 0, is_family }, { F_BE16, 0, is_socket_type }, { F_REST, ALL, NULL } }
};
/* aa_profile_ns_perm() of task.c. */
static const struct questions userns = { { { F_END, 0x8, NULL } } };
/* lsm.c: sqpoll of the class itself, override_creds of a label. */
static const struct questions io_uring = { { { F_TEXT, 0x18, NULL } } };

const struct questions *questions_of(int class)
{
	switch (class) {
	case QUESTIONS_FILES:
		return &files;
	case QUESTIONS_ATTACHMENT:
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

/* A place is the number of a field and how far into it: bytes, 1 for many, or the last flag. */
static int place_of(unsigned field, unsigned at)
{
	return (int)(field << 8 | at);
}

static int next_field(const struct questions *q, unsigned field)
{
	bool more = field + 1 < sizeof(q->field) / sizeof(q->field[0]) &&
		    (q->field[field + 1].kind != F_END || q->field[field + 1].asked);

	return more ? place_of(field + 1, 0) : QUESTION_NONE;
}

static int step_be16(const struct questions *q, unsigned n, unsigned at, unsigned byte)
{
	if (!at)
		return byte ? QUESTION_NONE : place_of(n, 1);
	return q->field[n].fits(byte) ? next_field(q, n) : QUESTION_NONE;
}

/* The bit's number and one: match_mnt_flags() goes through them in order. */
static int step_flags(const struct questions *q, unsigned n, unsigned at, unsigned byte)
{
	if (!byte)
		return next_field(q, n);
	return byte > at && byte <= 32 ? place_of(n, byte) : QUESTION_NONE;
}

/* 0: nothing yet, 1: in the name, 2: a NUL must come, 3: in a value */
static int step_attrs(unsigned n, unsigned at, unsigned symbol)
{
	if (symbol == OOB)
		return at == 1 || at == 3 ? place_of(n, 2) : QUESTION_NONE;
	if (at == 2)
		return symbol ? QUESTION_NONE : place_of(n, 3);
	return symbol || at == 3 ? place_of(n, at ? at : 1) : QUESTION_NONE;
}

int questions_step(const struct questions *q, int place, unsigned symbol)
{
	unsigned n = (unsigned)place >> 8, at = (unsigned)place & 0xff;
	const struct field *f = &q->field[n];

	if (symbol == OOB && f->kind != F_ATTRS && f->kind != F_REST)
		return QUESTION_NONE;
	switch (f->kind) {
	case F_END:
		return QUESTION_NONE;
	case F_REST:
		return place;
	case F_NAME:
		if (!symbol && !at)
			return QUESTION_NONE;
		/* fall through */
	case F_TEXT:
		return symbol ? place_of(n, 1) : next_field(q, n);
	case F_BYTE:
		return f->fits(symbol) ? next_field(q, n) : QUESTION_NONE;
	case F_BE16:
		return step_be16(q, n, at, symbol);
	case F_FLAGS:
		return step_flags(q, n, at, symbol);
	case F_ATTRS:
		return step_attrs(n, at, symbol);
	}
	return QUESTION_NONE;
}

uint32_t questions_asked(const struct questions *q, int place)
{
	unsigned n = (unsigned)place >> 8, at = (unsigned)place & 0xff;
	const struct field *f = &q->field[n];

	if (f->kind == F_NAME && !at)
		return 0;
	if (f->kind == F_ATTRS && at != 1 && at != 3)
		return 0;
	return f->asked;
}
