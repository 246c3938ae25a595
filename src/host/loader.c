/* SPDX-License-Identifier: Apache-2.0 */
#include "yoroi/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/compress.h"
#include "host/host.h"

struct yr_loader {
	int dir_fd;
	bool set_load;              /* the kernel takes several profiles as one */
	bool compressed_load;       /* and images under zstd */
	struct yr_host_paths paths; /* copies */
	char *store;
};

static const char *const op_file[] = {
	[YR_LOAD_ADD] = ".load",
	[YR_LOAD_REPLACE] = ".replace",
};

/*
 * What the kernel means, from aa_replace_profiles(), aa_remove_profiles() and aa_unpack().
 * EACCES and EPERM have words of their own. The rest is strerror()'s.
 */
static const struct {
	int code;
	const char *words;
} load_words[] = {
	{ EEXIST, "a profile of that name is loaded already (replace it instead)" },
	{ ENOENT, "the parent of one of its profiles is not loaded" },
	{ EPROTONOSUPPORT, "this kernel does not know the version that the image is written for" },
	{ EPROTO, "this kernel does not take the image: it is damaged, or for another kernel" },
	{ EBADMSG, "this kernel does not take the image: it is damaged, or for another kernel" },
	{ EINVAL, "this kernel does not take the image: it is damaged, or for another kernel" },
	{ ENOSPC, "no space for the image" },
	{ ENOMEM, "the kernel has no memory for the image" },
	{ EBUSY, "the kernel is busy with this policy" },
	{ ENXIO, "nobody is at the other end of this file" },
	{ EAGAIN, "nobody takes the image at the other end of this file" },
};

static const char *words_for(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(load_words); i++) {
		if (load_words[i].code == code)
			return load_words[i].words;
	}
	return strerror(code);
}

/* All in one block: [loader's copies of] securityfs, proc, params. */
static bool copy_paths(struct yr_loader *l, const struct yr_host_paths *p)
{
	size_t a = strlen(p->securityfs) + 1, b = strlen(p->proc) + 1, c = strlen(p->params) + 1;

	l->store = malloc(a + b + c);
	if (!l->store)
		return false;
	l->paths.securityfs = memcpy(l->store, p->securityfs, a);
	l->paths.proc = memcpy(l->store + a, p->proc, b);
	l->paths.params = memcpy(l->store + a + b, p->params, c);
	return true;
}

int yr_loader_open(const struct yr_host_paths *paths, struct yr_loader **ret_loader,
		   struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_CLOSE int fd = -1;
	struct yr_loader *l;

	fd = open(p.securityfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return yr_host_explain(&p, errno, "cannot load policy", err);
	l = calloc(1, sizeof(*l));
	if (!l || !copy_paths(l, &p)) {
		free(l);
		return yr_err_set(err, ENOMEM, "out of memory");
	}
	l->set_load = faccessat(fd, "features/policy/set_load", F_OK, 0) == 0;

	l->compressed_load = faccessat(fd, "features/policy/compressed_load", F_OK, 0) == 0;

	/* Nothing below can fail, so ownership may move now. */
	l->dir_fd = yr_take_fd(&fd);
	*ret_loader = l;
	return 0;
}

/* Where a write went wrong. */
struct wrote {
	bool opened;
	size_t bytes;
};

/*
 * One open, one write: the kernel takes what one write brings as one policy. @content: what is
 * in @data when it is compressed, for Linux 7.3 answers with the length of that; else 0.
 */
static int write_once(struct yr_loader *l, const char *file, const void *data, size_t len,
		      size_t content, struct wrote *ret_wrote)
{
	AUTO_CLOSE int fd = -1;
	ssize_t n;

	/* Non-blocking for what is not securityfs: a FIFO would hold us for ever. */
	fd = openat(l->dir_fd, file, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret_wrote->opened = true;
	n = write(fd, data, len);
	if (n < 0)
		return -errno;
	ret_wrote->bytes = (size_t)n;
	return (size_t)n == len || (content && (size_t)n == content) ? 0 : -EIO;
}

/* What a failure leaves, in words that follow the reason. */
static const char *left_over(const struct yr_loader *l)
{
	return l->set_load ? "what was loaded before is still in force"
			   : "what was loaded before is still in force, but this kernel takes an "
			     "image of several profiles one by one";
}

/* @words: what @code means here; @after: what is the case now. */
static int write_failed(struct yr_loader *l, int code, const char *file, struct wrote wrote,
			const char *words, const char *after, struct yr_err *err)
{
	char refusal[300];

	if (!wrote.opened && code == ENOENT)
		words = "no such file: this is not AppArmor's folder of securityfs";
	/* No kernel is known to do this; it may have taken it all the same. */
	if (wrote.bytes)
		return yr_err_set(
			err, code,
			"write '%s/%s': a short write: not all bytes were taken; what is in "
			"force now is not known, list the profiles to see it",
			l->paths.securityfs, file);
	if (code == EROFS)
		words = "securityfs is mounted read-only";
	if (code == EACCES || code == EPERM) {
		yr_host_refusal(&l->paths, refusal, sizeof(refusal));
		return yr_err_set(err, code, "write '%s/%s': no permission: %s; %s",
				  l->paths.securityfs, file, refusal, after);
	}
	return yr_err_set(err, code, "write '%s/%s': %s; %s", l->paths.securityfs, file, words,
			  after);
}

/* What goes to the kernel: @owned when it was made here. */
struct parcel {
	const void *at;
	void *owned;
	size_t len, content; /* content: see write_once() */
};

/* Put @made, when there is any, in the place of what is in @p. */
static void repack(struct parcel *p, void *made, size_t len, size_t content)
{
	if (!made)
		return;
	free(p->owned);
	*p = (struct parcel){ .at = made, .owned = made, .len = len, .content = content };
}

/*
 * As the kernel takes it. What came compressed is taken apart in any case: it may be a series of
 * frames, of which the kernel would take the first.
 */
static int wrap(const struct yr_loader *l, const void *blob, size_t len, struct parcel *p,
		struct yr_err *err)
{
	void *made = NULL;
	size_t n = 0;
	int r = 0;

	*p = (struct parcel){ .at = blob, .len = len };
	if (yr_image_is_compressed(blob, len)) {
		r = yr_image_decompress(blob, len, &made, &n, err);
		if (r < 0)
			return r;
		repack(p, made, n, 0);
	}
	if (!l->compressed_load)
		return 0;
	r = yr_image_compress(p->at, p->len, YR_COMPRESS_LEVEL, false, &made, &n, err);
	if (!r)
		repack(p, made, n, p->len);
	else
		free(p->owned);
	return r;
}

int yr_loader_push(struct yr_loader *l, enum yr_load_op op, const void *blob, size_t len,
		   struct yr_err *err)
{
	struct wrote wrote = { 0 };
	struct parcel p;
	int r;

	if (!len)
		return yr_err_set(err, EINVAL, "the image is empty");
	if (len > YR_LIMIT_IMAGE_BYTES)
		return yr_err_set(err, EFBIG,
				  "the image has %zu bytes, more than YR_LIMIT_IMAGE_BYTES (%u)",
				  len, YR_LIMIT_IMAGE_BYTES);
	r = wrap(l, blob, len, &p, err);
	if (r < 0)
		return r;
	r = write_once(l, op_file[op], p.at, p.len, p.content, &wrote);
	free(p.owned);
	if (!r)
		return 0;
	return write_failed(l, -r, op_file[op], wrote, words_for(-r), left_over(l), err);
}

/* ":ns:" and ":ns" name a namespace, and removing one removes all that is in it. */
static bool names_a_profile(const char *name)
{
	const char *end;

	if (!*name || strlen(name) > YR_LIMIT_NAME_BYTES)
		return false;
	if (*name != ':')
		return true;
	end = strchr(name + 1, ':');
	if (!end || end == name + 1)
		return false;
	end++;
	if (!strncmp(end, "//", 2))
		end += 2;
	return *end != '\0';
}

int yr_loader_remove(struct yr_loader *l, const char *name, struct yr_err *err)
{
	struct wrote wrote = { 0 };
	char words[300];
	int r;

	if (!names_a_profile(name))
		return yr_err_set(err, EINVAL, "'%.200s' is not the name of a profile", name);
	r = write_once(l, ".remove", name, strlen(name), 0, &wrote);
	if (!r)
		return 0;
	if (wrote.opened && r == -ENOENT)
		return yr_err_set(err, ENOENT, "no profile '%.200s' is loaded", name);
	snprintf(words, sizeof(words), "profile '%.200s': %s", name, strerror(-r));
	return write_failed(l, -r, ".remove", wrote, words, "nothing was removed", err);
}

struct yr_loader *yr_loader_free(struct yr_loader *l)
{
	if (l) {
		close(l->dir_fd);
		free(l->store);
		free(l);
	}
	return NULL;
}
