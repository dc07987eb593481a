// SPDX-License-Identifier: GPL-2.0-only
/*
 * exercised COUNTER PROGRAM [ARGUMENT...]: runs a program that exits with 0
 * even where it could not do what it is for. If it does, and the number in the
 * file COUNTER is what it was before, the test was not exercised.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* kselftest's: the test can't be run on this machine. */
#define EXIT_SKIP	4

static long count(const char *path)
{
	long number = -1;
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

int main(int argc, char *argv[])
{
	long before;
	int status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: exercised COUNTER PROGRAM [ARGUMENT...]\n");
		return 2;
	}

	before = count(argv[1]);
	pid = fork();
	if (!pid) {
		execv(argv[2], argv + 2);
		fprintf(stderr, "running %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
		return 1;
	}

	/* As it ended, init should see it end. */
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
		return 1;
	}
	if (WEXITSTATUS(status))
		return WEXITSTATUS(status);
	if (before < 0) {
		printf("not exercised: there is no %s\n", argv[1]);
		return EXIT_SKIP;
	}
	if (count(argv[1]) == before) {
		printf("not exercised: %s stayed at %ld\n", argv[1], before);
		return EXIT_SKIP;
	}
	return 0;
}
