/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#ifndef YR_HOST_HOST_H
#define YR_HOST_HOST_H

#include "base/buf.h"
#include "yoroi/host.h"

/* @paths with every member filled in. */
struct yr_host_paths yr_host_paths_full(const struct yr_host_paths *paths);

/*
 * Append the file's bytes, read to the end because the kernel's files do not tell their
 * size. 0 or -errno; -EFBIG: over @limit. A FIFO does not block.
 */
int yr_read_at(int dir_fd, const char *name, size_t limit, struct yr_buf *out);
/* The same for an open file, from where it stands. */
int yr_read_fd(int fd, size_t limit, struct yr_buf *out);

/* The first letter of the module parameter @name, or -errno. */
int yr_host_param(const struct yr_host_paths *full, const char *name);

/*
 * Why opening something in securityfs failed with @code: yr_host_state()'s words when it
 * has any. Returns -@code.
 */
int yr_host_explain(const struct yr_host_paths *full, int code, const char *what,
		    struct yr_err *err);

/*
 * Cut "name (mode)" at its last " (", since names may hold one too. @text loses its newline
 * and is cut in place. False: it is no such text, nor the plain "unconfined".
 */
bool yr_label_split(char *text, const char **ret_mode_word, enum yr_label_mode *ret_mode);

/* Why the kernel refuses this process: locked policy, user, confinement. */
void yr_host_refusal(const struct yr_host_paths *full, char *words, size_t size);

/* /proc/PID/attr/apparmor/FILE or what stands for it, below @pid_fd; see label.c. */
int yr_attr_read(const struct yr_host_paths *full, int pid_fd, struct yr_buf *out);

#endif
