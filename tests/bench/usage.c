/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage [--each N] FILE COMMAND...: run a command and write what it cost to FILE: seconds of user
 * CPU, of system CPU and of wall time, and its peak in KiB. With --each the last N arguments are
 * given one at a time, a process for each; seconds are summed, the peak is the largest. Ends as
 * the command does, at the first that fails. A small program of its own, because the kernel counts
 * a parent's memory into the peak of the child that it becomes, and because an interpreter that
 * starts hundreds of processes would be measured with them.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct cost {
	struct timeval user;
	struct timeval system;
	double wall;
	long peak;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Run a command to its end; its status as a shell would tell it. */
static int run(char **argv, struct cost *c)
{
	double start = now();
	struct rusage used;
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (r) {
		fprintf(stderr, "usage: %s: %s\n", argv[0], strerror(r));
		return 127;
	}
	if (wait4(pid, &status, 0, &used) < 0)
		return 126;
	c->wall += now() - start;
	timeradd(&c->user, &used.ru_utime, &c->user);
	timeradd(&c->system, &used.ru_stime, &c->system);
	if (used.ru_maxrss > c->peak)
		c->peak = used.ru_maxrss;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One process for each of the last @n of @argc arguments. */
static int run_each(char **argv, int argc, int n, struct cost *c)
{
	int last = argc - n, status = 0;
	char **one = calloc((size_t)last + 2, sizeof(*one));

	if (!one)
		return 126;
	memcpy(one, argv, (size_t)last * sizeof(*one));
	for (int i = last; i < argc && !status; i++) {
		one[last] = argv[i];
		status = run(one, c);
		if (status)
			fprintf(stderr, "usage: %s: %s\n", argv[0], argv[i]);
	}
	free(one);
	return status;
}

static int write_cost(const char *path, const struct cost *c)
{
	FILE *out = fopen(path, "w");

	if (!out)
		return -1;
	fprintf(out, "%ld.%06ld %ld.%06ld %.6f %ld\n", (long)c->user.tv_sec, (long)c->user.tv_usec,
		(long)c->system.tv_sec, (long)c->system.tv_usec, c->wall, c->peak);
	return fclose(out);
}

int main(int argc, char **argv)
{
	struct cost c = { 0 };
	int each = 0, status;

	if (argc > 2 && !strcmp(argv[1], "--each")) {
		each = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (each < 0 || argc < 3 + each) {
		fprintf(stderr, "usage: usage [--each N] FILE COMMAND...\n");
		return 2;
	}
	if (each)
		status = run_each(argv + 2, argc - 2, each, &c);
	else
		status = run(argv + 2, &c);
	if (write_cost(argv[1], &c) < 0)
		return 126;
	return status;
}
