// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit FILE: runs a test of kvm-unit-tests in a virtual machine of this one's
 * KVM, and reports what it says as KTAP.
 *
 * FILE has a line for each file that has to begin with a text, "check
 * PATH=TEXT", then the line "run", then the emulator's path and its arguments,
 * one a line.
 *
 * The test writes "PASS: name", "FAIL: name" and the like (lib/report.c of
 * kvm-unit-tests) to its serial port, which is the emulator's output, and ends
 * it through the debug exit device: the emulator's status is twice the test's
 * own plus one. A test that can't be run ends with half of 77, so that the
 * emulator's status is automake's for that.
 *
 * Whatever else it ends with is a failure of its own, since what the test would
 * still have reported is lost. A status of 1 is the test's success, or that the
 * emulator could not start: then it says so, and not as a warning
 * (scripts/vmm.bash of kvm-unit-tests).
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

#define MAX_WORDS		256
/* init cuts longer ones. */
#define MAX_LINE		1000

/* kselftest's, and the emulator's: the test can't be run here. */
#define EXIT_SKIP		4
#define EMULATOR_EXIT_SKIP	77

static unsigned int results, failures;

/* The file begins with the text; the reason why not goes to the report. */
static bool check(const char *words)
{
	char path[256], found[256] = "";
	const char *text = strchr(words, '=');
	FILE *file;

	if (!text || text - words >= (long)sizeof(path))
		return false;
	snprintf(path, sizeof(path), "%.*s", (int)(text - words), words);
	text++;
	file = fopen(path, "re");
	if (file) {
		if (!fgets(found, sizeof(found), file))
			*found = '\0';
		fclose(file);
	}
	if (!strncmp(found, text, strlen(text)))
		return true;
	printf("not exercised: %s doesn't begin with %s\n", path, text);
	return false;
}

/* A test's name as a result line may have it. */
static void put_name(const char *name)
{
	for (; *name; name++) {
		if (*name == '#')
			putchar('\\');
		putchar(*name);
	}
	putchar('\n');
}

static void take_line(char *line)
{
	static const struct {
		const char	*word;
		const char	*result;
		const char	*directive;
	} words[] = {
		{ "PASS: ",	"ok",		"" },
		{ "FAIL: ",	"not ok",	"" },
		{ "SKIP: ",	"ok",		"# SKIP " },
		{ "XFAIL: ",	"not ok",	"# XFAIL " },
		{ "KFAIL: ",	"not ok",	"# XFAIL " },
		{ "XPASS: ",	"not ok",	"" },
	};

	line[strcspn(line, "\r\n")] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(line, words[i].word, n) || !line[n])
			continue;
		printf("%s %u %s", words[i].result, ++results,
		       words[i].directive);
		put_name(line + n);
		if (*words[i].result == 'n' && !*words[i].directive)
			failures++;
		return;
	}
	if (*line)
		printf("# %s\n", line);
}

/* Shows what the emulator says of itself; whether any of it is no warning. */
static bool has_complaint(FILE *errors)
{
	bool found = false;
	size_t size = 0;
	char *line = NULL;

	rewind(errors);
	while (getline(&line, &size, errors) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!*line)
			continue;
		printf("# %s\n", line);
		found |= !strcasestr(line, "warning");
	}
	free(line);
	return found;
}

/* Why the program didn't come to its end; false if it did. */
static bool ended_early(int status, bool complaint, char *why, size_t size)
{
	int code;

	if (!WIFEXITED(status)) {
		snprintf(why, size, "signal %d", WTERMSIG(status));
		return true;
	}
	code = WEXITSTATUS(status);
	/* Even: it came to no end of its own; a triple fault resets it. */
	if (!(code & 1) || (code == 1 && complaint)) {
		snprintf(why, size, "the emulator ended with status %d", code);
		return true;
	}
	if (code == 1 || code == EMULATOR_EXIT_SKIP || (code == 3 && failures))
		return false;
	snprintf(why, size, "the test ended with status %d", code >> 1);
	return true;
}

int main(int argc, char *argv[])
{
	static char lines[MAX_WORDS][MAX_LINE];
	char *words[MAX_WORDS + 1] = { NULL };
	size_t size = 0;
	char *line = NULL;
	size_t count = 0;
	bool running = false;
	char why[64];
	int output[2];
	FILE *file, *errors;
	int status;
	pid_t pid;

	if (argc != 2) {
		fprintf(stderr, "usage: unit FILE\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	file = fopen(argv[1], "re");
	if (!file) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	while (count < MAX_WORDS && fgets(lines[count], MAX_LINE, file)) {
		char *word = lines[count];

		word[strcspn(word, "\n")] = '\0';
		if (running)
			words[count++] = word;
		else if (!strcmp(word, "run"))
			running = true;
		else if (!strncmp(word, "check ", 6) && !check(word + 6))
			return EXIT_SKIP;
	}
	fclose(file);
	if (!count) {
		fprintf(stderr, "%s: nothing to run\n", argv[1]);
		return 1;
	}

	/* A file, so that nobody has to read two pipes at once. */
	errors = tmpfile();
	if (!errors || pipe(output)) {
		fprintf(stderr, "making a file and a pipe: %s\n", strerror(errno));
		return 1;
	}
	pid = fork();
	if (!pid) {
		dup2(output[1], STDOUT_FILENO);
		dup2(fileno(errors), STDERR_FILENO);
		close(output[0]);
		close(output[1]);
		execv(words[0], words);
		fprintf(stderr, "running %s: %s\n", words[0], strerror(errno));
		_exit(127);
	}
	close(output[1]);
	file = fdopen(output[0], "r");
	if (pid < 0 || !file) {
		fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
		return 1;
	}
	while (getline(&line, &size, file) > 0)
		take_line(line);
	if (waitpid(pid, &status, 0) != pid) {
		fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
		return 1;
	}

	if (ended_early(status, has_complaint(errors), why, sizeof(why))) {
		failures++;
		printf("not ok %u comes to its end # %s\n", ++results, why);
	}
	if (results)
		printf("1..%u\n", results);
	if (!failures && WEXITSTATUS(status) == EMULATOR_EXIT_SKIP)
		return EXIT_SKIP;
	return failures ? 1 : 0;
}
