/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage FILE COMMAND...: run a command and write "user-seconds peak-KiB" to FILE; ends as the
 * command does. A small program of its own, because the kernel counts a parent's memory into the
 * peak of the child that it becomes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage used;
	int status;
	pid_t pid;
	FILE *out;

	if (argc < 3) {
		fprintf(stderr, "usage: usage FILE COMMAND...\n");
		return 2;
	}
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "usage: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0)
		return 126;
	out = fopen(argv[1], "w");
	if (!out ||
	    fprintf(out, "%ld.%06ld %ld\n", (long)used.ru_utime.tv_sec, (long)used.ru_utime.tv_usec,
		    used.ru_maxrss) < 0 ||
	    fclose(out))
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
