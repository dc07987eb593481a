/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP output for the guest's tests: a table of named cases, each of which
 * passes unless it says ktap_fail() or ktap_skip(). Every case is a process of
 * its own, so that a crash or a hang is the verdict of that case alone.
 */
#ifndef KPATCH_KTAP_H
#define KPATCH_KTAP_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KTAP_EXIT_FAIL	1
#define KTAP_EXIT_SKIP	4

/* How long a case may take, and how long it may take to die of SIGKILL. */
#ifndef KTAP_CASE_MS
#define KTAP_CASE_MS	20000
#endif
#define KTAP_KILL_MS	1000
/* A kernel that reports hung tasks does so after 10 s, and repeats it once. */
#define KTAP_HUNG_MS	16000

struct ktap_case {
	const char	*name;
	void		(*run)(void);
	/* Why it can't be judged on this machine, or NULL. */
	const char	*(*unless)(void);
};

/* Asked around every case, for what it leaves behind. */
struct ktap_watch {
	void		(*begin)(void);
	void		(*end)(void);
};

/* Shared between a case's processes and the one that judges it. */
static struct ktap_state {
	bool	failed;
	/* By what the case itself said, and nothing that was found around it. */
	bool	said;
	/* The first reason. */
	char	reason[128];
	char	skipped[128];
} *ktap_state;

/* The case has failed; the reason goes before its result line. */
__attribute__((__format__(printf, 1, 2)))
static inline void ktap_fail(const char *format, ...)
{
	char reason[512];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	printf("# %s\n", reason);
	if (!ktap_state)
		return;
	if (!ktap_state->failed)
		snprintf(ktap_state->reason, sizeof(ktap_state->reason),
			 "%.127s", reason);
	ktap_state->failed = true;
}

/* The case can't be judged on this machine. */
static inline void ktap_skip(const char *reason)
{
	snprintf(ktap_state->skipped, sizeof(ktap_state->skipped), "%s",
		 reason);
}

/* The whole program can't be judged on this machine. */
static inline int ktap_skip_all(const char *reason)
{
	printf("KTAP version 1\n1..0 # SKIP %s\n", reason);
	return KTAP_EXIT_SKIP;
}

/* Splats that came since ktap_log was last read are failures of this case. */
static int ktap_log = -1;

static inline bool ktap_read_log(const char *wanted, bool tell)
{
	static const char * const splats[] = {
		"BUG: ", "WARNING: ", "INFO: lockdep", "softpsp: VIOLATION",
	};
	char record[8192], *text;
	bool found = false;
	ssize_t n;

	/* EPIPE: older records were lost to newer ones. */
	while ((n = read(ktap_log, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (wanted && strstr(text, wanted))
			found = true;
		for (size_t i = 0; tell && i < 4; i++) {
			if (strstr(text, splats[i])) {
				ktap_fail("kernel: %.200s", text + 1);
				break;
			}
		}
	}
	return found;
}

static inline void ktap_ms(unsigned int ms)
{
	poll(NULL, 0, ms);
}

static inline long ktap_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Where the kernel holds the tasks of a process. */
static inline void ktap_show_tasks(pid_t pid)
{
	char path[64], where[64], file[512];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		return;
	while ((entry = readdir(tasks))) {
		ssize_t n;
		int fd;

		if (*entry->d_name == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s/wchan", path,
			 entry->d_name);
		fd = open(file, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, where, sizeof(where) - 1);
		if (fd >= 0)
			close(fd);
		if (n <= 0)
			continue;
		where[n] = '\0';
		printf("# task %s is in %s\n", entry->d_name, where);
	}
	closedir(tasks);
}

static inline bool ktap_ends(int pidfd, unsigned int ms)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	return poll(&fd, 1, ms) == 1;
}

/* The case's process didn't come to an end. False if it can't be ended. */
static inline bool ktap_end(pid_t pid, int pidfd)
{
	ktap_fail("no end after %d s", KTAP_CASE_MS / 1000);
	ktap_show_tasks(pid);
	kill(-pid, SIGKILL);
	if (ktap_ends(pidfd, KTAP_KILL_MS))
		return true;

	ktap_fail("the process can't be killed");
	ktap_show_tasks(pid);
	/* The kernel's own report is to come while this case is running. */
	for (int ms = 0; ms < KTAP_HUNG_MS; ms += 100) {
		if (ktap_read_log("blocked for more than", false)) {
			ktap_ms(3000);
			break;
		}
		ktap_ms(100);
	}
	return false;
}

static inline void ktap_run_case(const struct ktap_case *c,
				 const struct ktap_watch *watch)
{
	bool ended = true, said = false;
	int pidfd, status;
	pid_t pid;

	if (watch)
		watch->begin();
	ktap_read_log(NULL, false);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		c->run();
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0) {
		ktap_fail("fork: %s", strerror(errno));
		return;
	}
	setpgid(pid, pid);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (!ktap_ends(pidfd, KTAP_CASE_MS))
		ended = ktap_end(pid, pidfd);
	close(pidfd);
	if (ended) {
		waitpid(pid, &status, 0);
		/* Whoever it has left behind. */
		kill(-pid, SIGKILL);
		said = ktap_state->failed && WIFEXITED(status);
		/* What is found from here on counts by itself. */
		ktap_state->failed &= !said;
		if (WIFSIGNALED(status) && !ktap_state->failed)
			ktap_fail("signal %d", WTERMSIG(status));
		else if (WIFEXITED(status) && WEXITSTATUS(status))
			ktap_state->failed |= !said;
		if (watch)
			watch->end();
	}
	ktap_read_log(NULL, true);
	ktap_state->said = said && !ktap_state->failed;
	ktap_state->failed |= said;
}

/*
 * Why the case is to fail, or NULL: the host leaves a line for each case that
 * looks for something which the tree is known to have.
 */
static inline const char *ktap_known(const struct ktap_case *c)
{
	const char *program = program_invocation_short_name;
	static char line[512];
	char name[256];
	size_t length;
	FILE *file;

	file = fopen("/tests/known", "re");
	if (!file)
		return NULL;
	length = snprintf(name, sizeof(name), "%s.%s ", program, c->name);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, name, length)) {
			fclose(file);
			return line + length;
		}
	}
	fclose(file);
	return NULL;
}

/* The line that says what became of a case. Returns whether it has failed. */
static inline bool ktap_result(const struct ktap_case *c, unsigned int number,
			       long ms)
{
	const char *known = ktap_known(c);

	if (known && ktap_state->said)
		printf("ok %u %s # XFAIL %s: %s\n", number, c->name, known,
		       ktap_state->reason);
	else if (ktap_state->failed)
		printf("not ok %u %s\n", number, c->name);
	else if (*ktap_state->skipped)
		printf("ok %u %s # SKIP %s\n", number, c->name,
		       ktap_state->skipped);
	else if (known)
		printf("ok %u %s # %ld ms, although %s\n", number, c->name, ms,
		       known);
	else
		printf("ok %u %s # %ld ms\n", number, c->name, ms);
	return ktap_state->failed && !(known && ktap_state->said);
}

/*
 * Whether the case is among those that were asked for: the host may leave a
 * pattern over "program" and "program.case" in a file.
 */
static inline bool ktap_wanted(const struct ktap_case *c)
{
	char pattern[256] = "", name[256];
	const char *program = program_invocation_short_name;
	FILE *file;

	file = fopen("/tests/only", "re");
	if (!file)
		return true;
	if (fgets(pattern, sizeof(pattern), file))
		pattern[strcspn(pattern, "\n")] = '\0';
	fclose(file);
	snprintf(name, sizeof(name), "%s.%s", program, c->name);
	return !fnmatch(pattern, program, 0) || !fnmatch(pattern, name, 0);
}

/* Runs the table; what main() returns. */
static inline int ktap_run(const struct ktap_case *cases, unsigned int count,
			   const struct ktap_watch *watch)
{
	unsigned int wanted = 0, number = 0;
	bool failed = false;
	const char *reason;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	ktap_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(ktap_log, 0, SEEK_END);
	ktap_state = mmap(NULL, sizeof(*ktap_state), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ktap_state == MAP_FAILED) {
		printf("Bail out! mmap: %s\n", strerror(errno));
		return KTAP_EXIT_FAIL;
	}

	for (unsigned int i = 0; i < count; i++)
		wanted += ktap_wanted(&cases[i]);
	printf("KTAP version 1\n1..%u\n", wanted);
	for (unsigned int i = 0; i < count; i++) {
		const struct ktap_case *c = &cases[i];
		long start = ktap_now_ms();

		if (!ktap_wanted(c))
			continue;
		number++;
		/* Whoever reads on when the machine dies knows where. */
		printf("# Subtest: %s\n", c->name);
		memset(ktap_state, 0, sizeof(*ktap_state));
		reason = c->unless ? c->unless() : NULL;
		if (reason)
			ktap_skip(reason);
		else
			ktap_run_case(c, watch);
		failed |= ktap_result(c, number, ktap_now_ms() - start);
	}
	return failed ? KTAP_EXIT_FAIL : 0;
}

#endif /* KPATCH_KTAP_H */
