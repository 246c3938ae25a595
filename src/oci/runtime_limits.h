/* SPDX-License-Identifier: Apache-2.0 */
/* What deciding about a container and loading its profile may cost. */
#ifndef YR_OCI_RUNTIME_LIMITS_H
#define YR_OCI_RUNTIME_LIMITS_H

/* The configuration: a full one has 2 KiB. */
#define YR_LIMIT_RUNTIME_CONF_BYTES (64u << 10)
/* Folders that profiles are looked for in: each is read whole when one is missing. */
#define YR_LIMIT_PROFILE_DIRS 32
/* Files of one such folder; Debian's full set has some 200, Ubuntu's some 300. */
#define YR_LIMIT_POLICY_FILES 20000
/* Files that hold the name of one profile and are parsed to see whether they define it. */
#define YR_LIMIT_NAME_FILES 200
/* Profiles stacked on each other for one container; engines ask for one, nested ones for two. */
#define YR_LIMIT_STACK 16
/*
 * The name of a profile that a container asks for: the kernel's own bound for a name in a path,
 * and short enough to be told whole in a message.
 */
#define YR_LIMIT_ASKED_NAME 255
/*
 * How long a start waits for another one that loads a profile: far longer than loading takes, so
 * that whoever waits in vain waits for something broken.
 */
#define YR_LIMIT_LOCK_SECONDS 60

#endif
