// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the test virtual machine: runs the tests of /tests/plan one by one,
 * reports them as KTAP on the second serial port, and powers off.
 *
 * Each line of the plan is "name timeout-seconds path [argument...]"; empty
 * lines and lines that start with '#' are passed over. The second serial port
 * carries the report and nothing else; the kernel's console is the first.
 */
#define _GNU_SOURCE

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#define __noreturn		__attribute__((__noreturn__))

#define PLAN_PATH		"/tests/plan"
#define KMEMLEAK_PATH		"/sys/kernel/debug/kmemleak"
/* kmemleak reports what is at least 5 s old (MSECS_MIN_AGE). */
#define KMEMLEAK_AGE_S		6
#define PROCESSORS_PATH		"/sys/devices/system/cpu"
#define RESULT_PATH		"/dev/ttyS1"
#define RESULT_CONSOLE		"ttyS1 "

#define MAX_TESTS		512
#define MAX_ARGS		32
#define MAX_PLAN_LINE		4096
#define MAX_TIMEOUT_S		86400

/* Longer lines of a test's output are cut. */
#define MAX_LINE		1000
/* Of a test's own chatter, and again of its result lines. */
#define MAX_OUTPUT		(1024 * 1024)

/*
 * How long a process may take to die of SIGKILL. One that takes longer is
 * stuck in the kernel and is left behind.
 */
#define KILL_GRACE_MS		3000

/* syslog(2): what is printed is below it, so informational messages are. */
#define SYSLOG_ACTION_CONSOLE_LEVEL	8
#define CONSOLE_LEVEL_INFO		7

/* kselftest's: the test can't be run on this machine. */
#define EXIT_SKIP		4

struct test {
	const char	*name;
	const char	*argv[MAX_ARGS + 2];
	int		timeout_s;
};

/* What a test's own KTAP lines add up to. */
struct output {
	char		line[MAX_LINE + 1];
	size_t		length;
	bool		line_cut;
	size_t		chatter;
	size_t		structure;
	bool		chatter_cut;
	bool		structure_cut;

	bool		planned;
	bool		replanned;
	bool		bailed_out;
	unsigned long	plan;
	unsigned long	passed;
	unsigned long	failed;
	char		skip_reason[MAX_LINE + 1];
	char		last_line[MAX_LINE + 1];
};

/* How a test's process ended. */
struct ending {
	bool		timed_out;
	bool		stuck;
	int		status;
	long		duration_ms;
};

static int result_fd = -1;

static struct test tests[MAX_TESTS];
static size_t test_count;

static void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(fd, data, length);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		data += n;
		length -= n;
	}
}

/* The boot was silent for speed; from here on the console has it all. */
static void raise_console_level(void)
{
	klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL, CONSOLE_LEVEL_INFO);
}

/* A line as the kernel itself would write it. */
static void log_kernel_line(const char *text)
{
	char line[MAX_LINE + 8];
	int fd;

	snprintf(line, sizeof(line), "<4>%s", text);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	write_all(fd, line, strlen(line));
	close(fd);
}

/* One line of the kernel's log, so that a splat can be told to a test. */
static __printf(1, 2) void log_kernel(const char *format, ...)
{
	char line[MAX_LINE];
	va_list args;
	int n;

	n = snprintf(line, sizeof(line), "kpatch: ");
	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - n, format, args);
	va_end(args);
	log_kernel_line(line);
}

/* One line of the report. */
static __printf(1, 2) void report(const char *format, ...)
{
	char line[2 * MAX_LINE];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	write_all(result_fd, line, n);
}

static __noreturn void power_off(void)
{
	if (result_fd >= 0)
		tcdrain(result_fd);
	sync();
	reboot(RB_POWER_OFF);
	/* PID 1 that exits is a panic, and a panic ends the virtual machine. */
	log_kernel("power off failed: %s", strerror(errno));
	_exit(1);
}

static __noreturn __printf(1, 2) void bail_out(const char *format, ...)
{
	char reason[MAX_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);

	log_kernel("init gave up: %s", reason);
	if (result_fd >= 0)
		report("Bail out! %s", reason);
	power_off();
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void mount_file_systems(void)
{
	static const struct {
		const char	*type;
		const char	*path;
		unsigned long	flags;
	} mounts[] = {
		{ "devtmpfs",	"/dev",		MS_NOSUID | MS_NOEXEC },
		{ "proc",	"/proc",	MS_NOSUID | MS_NOEXEC | MS_NODEV },
		{ "sysfs",	"/sys",		MS_NOSUID | MS_NOEXEC | MS_NODEV },
		{ "tmpfs",	"/tmp",		MS_NOSUID | MS_NODEV },
		/* Where sem_open() keeps its semaphores. */
		{ "tmpfs",	"/dev/shm",	MS_NOSUID | MS_NODEV },
	};
	const char *failed = NULL;
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		if (mkdir(mounts[i].path, 0755) && errno != EEXIST) {
			failed = mounts[i].path;
			error = errno;
			continue;
		}
		/* EBUSY: the kernel was built to mount devtmpfs by itself. */
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type,
			  mounts[i].flags, NULL) && errno != EBUSY) {
			failed = mounts[i].path;
			error = errno;
		}
	}

	/* Told only now: without /dev there's no place to tell it. */
	if (failed) {
		result_fd = open(RESULT_PATH, O_RDWR | O_NOCTTY | O_CLOEXEC);
		bail_out("mounting %s: %s", failed, strerror(error));
	}
}

/* An initramfs without /dev/console leaves PID 1 without descriptors 0 to 2. */
static void open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			bail_out("opening /dev/null: %s", strerror(errno));
	} while (fd <= STDERR_FILENO);
	close(fd);
}

static void open_result_channel(void)
{
	struct termios settings;
	char line[256];
	FILE *consoles;

	result_fd = open(RESULT_PATH, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (result_fd < 0)
		bail_out("opening %s: %s", RESULT_PATH, strerror(errno));

	/* Raw, or the line discipline would add carriage returns. */
	if (tcgetattr(result_fd, &settings))
		bail_out("reading settings of %s: %s", RESULT_PATH,
			 strerror(errno));
	cfmakeraw(&settings);
	cfsetspeed(&settings, B115200);
	settings.c_cflag |= CLOCAL;
	if (tcsetattr(result_fd, TCSANOW, &settings))
		bail_out("changing settings of %s: %s", RESULT_PATH,
			 strerror(errno));

	consoles = fopen("/proc/consoles", "re");
	if (!consoles)
		bail_out("opening /proc/consoles: %s", strerror(errno));
	while (fgets(line, sizeof(line), consoles)) {
		if (!strncmp(line, RESULT_CONSOLE, strlen(RESULT_CONSOLE)))
			bail_out("%s is a kernel console; results would be mangled",
				 RESULT_PATH);
	}
	fclose(consoles);
}

static bool is_name(const char *s)
{
	if (!*s || strlen(s) > 128)
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("_.-/", *s))
			return false;
	}
	return true;
}

static void parse_plan_line(char *line, unsigned int number)
{
	static const char * const blanks = " \t\r\n";
	struct test *test = &tests[test_count];
	char *name, *timeout, *word, *end, *rest;
	unsigned long seconds;
	size_t argc = 0;

	name = strtok_r(line, blanks, &rest);
	if (!name || *name == '#')
		return;
	if (test_count == MAX_TESTS)
		bail_out("%s:%u: more than %d tests", PLAN_PATH, number,
			 MAX_TESTS);
	if (!is_name(name))
		bail_out("%s:%u: a test's name may hold letters, digits and _.-/ only",
			 PLAN_PATH, number);
	for (size_t i = 0; i < test_count; i++) {
		if (!strcmp(tests[i].name, name))
			bail_out("%s:%u: a second test named %s", PLAN_PATH,
				 number, name);
	}

	timeout = strtok_r(NULL, blanks, &rest);
	if (!timeout)
		bail_out("%s:%u: no timeout after %s", PLAN_PATH, number, name);
	errno = 0;
	seconds = strtoul(timeout, &end, 10);
	if (!isdigit((unsigned char)*timeout) || *end || errno || !seconds ||
	    seconds > MAX_TIMEOUT_S)
		bail_out("%s:%u: the timeout of %s isn't 1 to %d seconds",
			 PLAN_PATH, number, name, MAX_TIMEOUT_S);

	while ((word = strtok_r(NULL, blanks, &rest))) {
		if (argc == MAX_ARGS + 1)
			bail_out("%s:%u: more than %d arguments for %s",
				 PLAN_PATH, number, MAX_ARGS, name);
		test->argv[argc] = strdup(word);
		if (!test->argv[argc++])
			bail_out("out of memory");
	}
	if (!argc || test->argv[0][0] != '/')
		bail_out("%s:%u: no absolute path of a program for %s",
			 PLAN_PATH, number, name);
	test->argv[argc] = NULL;

	test->name = strdup(name);
	if (!test->name)
		bail_out("out of memory");
	test->timeout_s = seconds;
	test_count++;
}

/*
 * The kernel comes with one processor (maxcpus=1). While it sets itself up it
 * changes its own code in hundreds of places, KVM's static calls among them,
 * and for each all other processors are interrupted; under TCG that was a
 * quarter of the boot.
 */
static void start_processors(void)
{
	char path[64];
	int fd;

	for (int cpu = 1;; cpu++) {
		snprintf(path, sizeof(path), PROCESSORS_PATH "/cpu%d", cpu);
		if (access(path, F_OK))
			return;
		snprintf(path, sizeof(path), PROCESSORS_PATH "/cpu%d/online",
			 cpu);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		/* Tests of races would pass on one. */
		if (fd < 0 || write(fd, "1", 1) < 0)
			bail_out("starting processor %d: %s", cpu,
				 strerror(errno));
		close(fd);
	}
}

static void read_plan(void)
{
	char line[MAX_PLAN_LINE];
	unsigned int number = 0;
	FILE *plan;

	plan = fopen(PLAN_PATH, "re");
	if (!plan)
		bail_out("opening %s: %s", PLAN_PATH, strerror(errno));
	while (fgets(line, sizeof(line), plan)) {
		number++;
		if (!strchr(line, '\n') && !feof(plan))
			bail_out("%s:%u: longer than %d bytes", PLAN_PATH,
				 number, MAX_PLAN_LINE - 2);
		parse_plan_line(line, number);
	}
	if (ferror(plan))
		bail_out("reading %s: %s", PLAN_PATH, strerror(errno));
	fclose(plan);

	if (!test_count)
		bail_out("%s holds no test", PLAN_PATH);
}

static const char *skip_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) ? NULL : s + n;
}

/* The text after a directive such as "# SKIP", or NULL if there's none. */
static const char *directive(const char *line, const char *name)
{
	const char *s = line;

	while ((s = strchr(s, '#'))) {
		s++;
		while (*s == ' ')
			s++;
		if (!strncasecmp(s, name, strlen(name)) &&
		    !isalnum((unsigned char)s[strlen(name)])) {
			s += strlen(name);
			while (*s == ' ' || *s == ':')
				s++;
			return s;
		}
	}
	return NULL;
}

/* "ok 3 …" or "not ok 3 …"; chatter such as "ok then" is neither. */
static bool is_result(const char *line, bool *passed)
{
	const char *s = skip_prefix(line, "not ok");

	*passed = !s;
	if (!s)
		s = skip_prefix(line, "ok");
	if (!s || *s != ' ')
		return false;
	while (*s == ' ')
		s++;
	return isdigit((unsigned char)*s) || *s == '-' || *s == '#';
}

static bool is_plan(const char *line, unsigned long *count)
{
	const char *s = skip_prefix(line, "1..");
	char *end;

	if (!s || !isdigit((unsigned char)*s))
		return false;
	*count = strtoul(s, &end, 10);
	while (*end == ' ')
		end++;
	return !*end || *end == '#';
}

static void remember(char *to, const char *text)
{
	snprintf(to, MAX_LINE + 1, "%s", text);
}

static void forward(struct output *out, bool structure, const char *prefix)
{
	size_t *used = structure ? &out->structure : &out->chatter;
	bool *cut = structure ? &out->structure_cut : &out->chatter_cut;

	if (*cut)
		return;
	*used += out->length + strlen(prefix) + 1;
	if (*used > MAX_OUTPUT) {
		*cut = true;
		report("  # output cut");
		return;
	}
	report("%s%s%s", prefix, out->line, out->line_cut ? " [cut]" : "");
}

/* Takes out->line, which is complete and printable. */
static void take_line(struct output *out)
{
	const char *line = out->line + strspn(out->line, " ");
	bool outermost = line == out->line;
	unsigned long count;
	const char *reason;
	bool passed;

	out->line[out->length] = '\0';
	if (!out->length)
		return;

	if (skip_prefix(line, "KTAP version ") ||
	    skip_prefix(line, "TAP version ")) {
		forward(out, true, "  ");
	} else if (is_plan(line, &count)) {
		forward(out, true, "  ");
		if (!outermost)
			return;
		out->replanned = out->planned;
		out->planned = true;
		out->plan = count;
		reason = directive(line, "SKIP");
		if (reason)
			remember(out->skip_reason, reason);
	} else if (is_result(line, &passed)) {
		forward(out, true, "  ");
		if (!outermost)
			return;
		reason = directive(line, "SKIP");
		if (reason)
			remember(out->skip_reason, reason);
		if (passed || reason || directive(line, "TODO") ||
		    directive(line, "XFAIL"))
			out->passed++;
		else
			out->failed++;
	} else if (*line == '#') {
		forward(out, false, "  ");
	} else {
		/* "Bail out!" is init's own word: a test's is a comment. */
		if (outermost && skip_prefix(line, "Bail out!"))
			out->bailed_out = true;
		remember(out->last_line, line);
		forward(out, false, "  # ");
	}
}

static void end_line(struct output *out)
{
	take_line(out);
	out->length = 0;
	out->line_cut = false;
}

static void take_output(struct output *out, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = data[i];

		if (c == '\n') {
			end_line(out);
			continue;
		}
		if (c == '\r')
			continue;
		if (out->length == MAX_LINE) {
			out->line_cut = true;
			continue;
		}
		if (c == '\t')
			c = ' ';
		out->line[out->length++] = c < ' ' || c > '~' ? '?' : c;
	}
}

/* Reads what there is; false once every writer is gone. */
static bool drain(int fd, struct output *out)
{
	char data[16384];
	ssize_t n;

	n = read(fd, data, sizeof(data));
	if (n > 0)
		take_output(out, data, n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static __noreturn void exec_test(const struct test *test, int output_fd)
{
	static char * const environment[] = {
		"PATH=/bin:/sbin", "HOME=/tmp", "TMPDIR=/tmp", "LC_ALL=C", NULL
	};
	static const struct rlimit no_core;

	setsid();
	setrlimit(RLIMIT_CORE, &no_core);
	if (dup2(output_fd, STDOUT_FILENO) < 0 ||
	    dup2(output_fd, STDERR_FILENO) < 0 || chdir("/tmp")) {
		dprintf(output_fd, "setting up %s: %s\n", test->name,
			strerror(errno));
		_exit(127);
	}
	execve(test->argv[0], (char * const *)test->argv, environment);
	dprintf(output_fd, "running %s: %s\n", test->argv[0], strerror(errno));
	_exit(127);
}

/*
 * The stacks of all blocked tasks go to the console: where the kernel holds a
 * process that SIGKILL doesn't end is what one wants to know.
 */
static void show_blocked_tasks(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write_all(fd, "w", 1);
	close(fd);
}

enum reaped {
	REAPED_ALL	= 1,	/* no child is left */
	REAPED_TEST	= 2,	/* the test's own process was among them */
};

static unsigned int reap(pid_t pid, int *status)
{
	unsigned int reaped = 0;
	pid_t child;
	int s;

	while ((child = waitpid(-1, &s, WNOHANG)) > 0) {
		if (child != pid)
			continue;
		*status = s;
		reaped |= REAPED_TEST;
	}
	if (child < 0 && errno == ECHILD)
		reaped |= REAPED_ALL;
	return reaped;
}

/* Collects output until the test's process ends or its time is up. */
static void watch(pid_t pid, int pidfd, int output_fd, long deadline,
		  struct output *out, struct ending *ending)
{
	struct pollfd fds[] = {
		{ .fd = pidfd,		.events = POLLIN },
		{ .fd = output_fd,	.events = POLLIN },
	};

	for (;;) {
		long left = deadline - now_ms();

		if (left <= 0) {
			ending->timed_out = true;
			return;
		}
		if (poll(fds, ARRAY_SIZE(fds), left) < 0) {
			if (errno == EINTR)
				continue;
			bail_out("waiting for a test: %s", strerror(errno));
		}
		if (fds[1].revents && !drain(output_fd, out))
			fds[1].fd = -1;
		if (fds[0].revents) {
			reap(pid, &ending->status);
			return;
		}
	}
}

/*
 * PID 1 has no other children than a test's: all of them go, those too that
 * left the test's process group.
 */
static void clear_away(pid_t pid, int output_fd, struct output *out,
		       struct ending *ending)
{
	struct pollfd fds = { .fd = output_fd, .events = POLLIN };
	static bool left_behind;
	bool running = ending->timed_out;
	unsigned int reaped = 0;
	long deadline;

	kill(-1, SIGKILL);
	deadline = now_ms() + KILL_GRACE_MS;
	while (now_ms() < deadline) {
		reaped = reap(pid, &ending->status);
		if (reaped & REAPED_TEST)
			running = false;
		if (fds.fd >= 0 && poll(&fds, 1, 10) > 0 &&
		    !drain(output_fd, out))
			fds.fd = -1;
		if (fds.fd >= 0)
			continue;
		/* What an earlier test left behind isn't worth the wait. */
		if (reaped & REAPED_ALL || (left_behind && !running))
			break;
		usleep(1000);
	}
	if (out->length)
		end_line(out);

	ending->stuck = running || fds.fd >= 0 ||
			(!left_behind && !(reaped & REAPED_ALL));
	if (ending->stuck) {
		left_behind = true;
		report("  # a process of this test can't be killed");
		show_blocked_tasks();
	}
}

/* Why the test has failed, in the words of its result line. */
static bool has_failed(const struct test *test, const struct output *out,
		       const struct ending *ending, char *why, size_t size)
{
	unsigned long results = out->passed + out->failed;
	int code = WEXITSTATUS(ending->status);

	if (ending->timed_out)
		return snprintf(why, size, "TIMEOUT %d s", test->timeout_s);
	if (WIFSIGNALED(ending->status))
		return snprintf(why, size, "signal %d",
				WTERMSIG(ending->status));
	if (ending->stuck)
		return snprintf(why, size, "a process can't be killed");
	if (out->failed)
		return snprintf(why, size, "%lu of %lu failed", out->failed,
				results);
	if (code && code != EXIT_SKIP)
		return snprintf(why, size, "exit status %d", code);
	if (out->bailed_out)
		return snprintf(why, size, "bailed out");
	if (out->structure_cut)
		return snprintf(why, size, "results cut");
	if (out->replanned)
		return snprintf(why, size, "more than one plan");
	if (!out->planned && results)
		return snprintf(why, size, "results without a plan");
	if (code != EXIT_SKIP && out->planned && results != out->plan)
		return snprintf(why, size, "plan not met: %lu of %lu",
				results, out->plan);
	return false;
}

static void judge(size_t number, const struct test *test,
		  const struct output *out, const struct ending *ending)
{
	const char *reason;
	char why[64];

	if (has_failed(test, out, ending, why, sizeof(why))) {
		report("not ok %zu %s # %s", number, test->name, why);
	} else if (WEXITSTATUS(ending->status) == EXIT_SKIP) {
		reason = *out->skip_reason ? out->skip_reason : out->last_line;
		report("ok %zu %s # SKIP %s", number, test->name,
		       *reason ? reason : "exit status 4");
	} else {
		report("ok %zu %s # %ld ms", number, test->name,
		       ending->duration_ms);
	}
}

static void run(size_t number, const struct test *test)
{
	static struct output out;
	struct ending ending = { 0 };
	int output[2], pidfd;
	long start;
	pid_t pid;

	memset(&out, 0, sizeof(out));
	log_kernel("start %s", test->name);
	report("# kpatch: start %s", test->name);

	if (pipe2(output, O_CLOEXEC | O_NONBLOCK))
		bail_out("making a pipe: %s", strerror(errno));
	/* Only this end: a test doesn't expect EAGAIN from its output. */
	if (fcntl(output[1], F_SETFL, 0))
		bail_out("setting up a pipe: %s", strerror(errno));

	start = now_ms();
	pid = fork();
	if (pid < 0)
		bail_out("starting a process: %s", strerror(errno));
	if (!pid)
		exec_test(test, output[1]);
	close(output[1]);

	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		bail_out("pidfd_open: %s", strerror(errno));
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);

	watch(pid, pidfd, output[0], start + test->timeout_s * 1000L, &out,
	      &ending);
	ending.duration_ms = now_ms() - start;
	clear_away(pid, output[0], &out, &ending);
	close(pidfd);
	close(output[0]);

	judge(number, test, &out, &ending);
	log_kernel("end %s", test->name);
}

/*
 * Where the kernel has kmemleak: what the tests left behind goes to the
 * console. An object is told of when two scans found nothing that points to it.
 */
static void look_for_leaks(void)
{
	char line[MAX_LINE];
	FILE *leaks;
	int fd;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	fd = open(KMEMLEAK_PATH, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	write_all(fd, "scan", 4);
	sleep(KMEMLEAK_AGE_S);
	write_all(fd, "scan", 4);
	close(fd);

	leaks = fopen(KMEMLEAK_PATH, "re");
	if (!leaks)
		return;
	while (fgets(line, sizeof(line), leaks)) {
		line[strcspn(line, "\n")] = '\0';
		log_kernel_line(line);
	}
	fclose(leaks);
}

int main(void)
{
	if (getpid() != 1) {
		fprintf(stderr, "kpatch init: must be the first process of a virtual machine\n");
		return 2;
	}

	/* The result channel's reader may come and go. */
	signal(SIGHUP, SIG_IGN);
	umask(022);

	raise_console_level();
	mount_file_systems();
	open_standard_descriptors();
	open_result_channel();
	start_processors();
	read_plan();

	report("KTAP version 1");
	report("1..%zu", test_count);
	for (size_t i = 0; i < test_count; i++)
		run(i + 1, &tests[i]);
	look_for_leaks();
	report("# kpatch: end");
	log_kernel("end");
	power_off();
}
