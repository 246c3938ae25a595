/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading this machine may cost. The kernel is trusted not to lie; these bounds are for
 * scratch and container roots, where anybody may have put the files.
 */
#ifndef YR_HOST_LIMITS_H
#define YR_HOST_LIMITS_H

/* The features as one text: Debian's 7.3 kernel has 3 KiB. */
#define YR_LIMIT_FEATURES_BYTES (256u << 10)
/* Folders inside folders below features/: kernels go 4 deep. Bounds our recursion. */
#define YR_LIMIT_FEATURES_DEPTH 16
/* securityfs' profiles file: some 300,000 profiles, far beyond what a kernel has memory for. */
#define YR_LIMIT_PROFILE_LIST_BYTES (32u << 20)
/* A label: a stack of a few names of YR_LIMIT_NAME_BYTES; procfs gives a page at most. */
#define YR_LIMIT_LABEL_BYTES (64u << 10)
/* procfs and sysfs files of one word. */
#define YR_LIMIT_WORD_BYTES 4096
/* /proc/PID/cgroup: a line for each hierarchy, a path in each. */
#define YR_LIMIT_CGROUP_BYTES (256u << 10)
/* The kernel's PID_MAX_LIMIT on 64 bit. */
#define YR_LIMIT_PROCESSES (1u << 22)

#endif
