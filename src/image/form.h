/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/image share: numbers of the kernel's binary form. */
#ifndef YR_IMAGE_FORM_H
#define YR_IMAGE_FORM_H

#include "image/image.h"

/* Types of the items in the stream. */
enum yr_item {
	YR_ITEM_U8,
	YR_ITEM_U16,
	YR_ITEM_U32,
	YR_ITEM_U64,
	YR_ITEM_NAME, /* of the item behind it */
	YR_ITEM_STRING,
	YR_ITEM_BLOB,
	YR_ITEM_STRUCT,
	YR_ITEM_STRUCTEND,
	YR_ITEM_LIST,
	YR_ITEM_LISTEND,
	YR_ITEM_ARRAY,
	YR_ITEM_ARRAYEND,
};

/* The automaton in its blob. All numbers in it are big-endian. */
#define YR_DFA_MAGIC 0x1b5e783du
#define YR_DFA_VERSION "notflex" /* with its NUL */
#define YR_DFA_HEADER 24         /* what is written; read: whatever the header says */
#define YR_DFA_HEADER_MIN 16
#define YR_DFA_FLAG_DIFF 1u
#define YR_DFA_FLAG_OOB 2u
#define YR_DFA_TABLE_HEADER 12

enum yr_table_id {
	YR_TABLE_ACCEPT = 1,
	YR_TABLE_BASE,
	YR_TABLE_CHECK,
	YR_TABLE_DEF,
	YR_TABLE_CLASSES,
	YR_TABLE_META, /* never used; refused by the kernel */
	YR_TABLE_ACCEPT2,
	YR_TABLE_NEXT,
	YR_TABLE_IDS,
};

/* ACCEPT2 beside a permission table: the entry behind is for those who do not own the file. */
#define YR_ACCEPT2_OWNER 1u

/*
 * Permissions in the kernel's newest numbering (its include/perms.h), as far as the
 * expansion of the packed form needs them.
 */
#define YR_KP_EXEC 0x1u
#define YR_KP_WRITE 0x2u
#define YR_KP_READ 0x4u
#define YR_KP_APPEND 0x8u
#define YR_KP_CREATE 0x10u
#define YR_KP_DELETE 0x20u
#define YR_KP_OPEN 0x40u
#define YR_KP_SETATTR 0x100u
#define YR_KP_GETATTR 0x200u
#define YR_KP_CHMOD 0x1000u
#define YR_KP_CHOWN 0x2000u
#define YR_KP_LOCK 0x8000u /* on the pair of a link: subset */
#define YR_KP_MMAP 0x10000u
#define YR_KP_LINK 0x40000u
#define YR_KP_ONEXEC 0x20000000u
#define YR_KP_CHANGE_PROFILE 0x40000000u

#define YR_XI_TYPE (YR_XI_TABLE | YR_XI_NAME)

/* Which of a profile's three automata: their packed permissions differ. */
enum yr_pdb_kind { YR_PDB_XMATCH, YR_PDB_POLICYDB, YR_PDB_FILE };

/*
 * Fill in perms, owner and other of @pdb, whose tables are read, from packed permissions
 * as the kernel does it for the version word @version. @accept2 has one word a state.
 * 0 or -ENOMEM.
 */
int yr_kperms_expand(struct yr_image_pdb *pdb, enum yr_pdb_kind kind, uint32_t version,
		     const uint32_t *accept2, struct yr_arena *arena);
/*
 * What the kernel makes of the packed words of one state of a file automaton, for the owner of
 * the file and for the others.
 */
void yr_kperms_file(uint32_t accept, uint32_t accept2, struct yr_kperms *ret_owner,
		    struct yr_kperms *ret_other);
/* Permissions of a file in the packed numbering, in the newest one. */
uint32_t yr_kperms_map_file(uint32_t packed);
/* What the kernel demands of an entry that came in a permission table. */
bool yr_kperms_sound(const struct yr_kperms *p);

/* The bits of the policydb's high permissions in the packed form, and back. */
#define YR_FOLD_LOW 0x7fu
#define YR_FOLD_TOP 0x80000000u
uint32_t yr_kperms_unfold(uint32_t x);
uint32_t yr_kperms_fold(uint32_t perms);
/* What yr_kperms_fold() has room for. */
#define YR_FOLD_ROOM (YR_FOLD_LOW | 0x300u | 0x700000u | 0x3000000u)

#endif
