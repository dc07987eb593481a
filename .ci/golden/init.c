// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of .ci/golden-logs: does what golden= on the command line says in a
 * child, waits as long as seconds= says, and powers off. leak:NAME is looked for
 * by kmemleak, sysrq:X is the kernel's own, oom eats all memory, exit is init's;
 * anything else is what golden.c has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		;
	close(fd);
}

static void say(const char *text)
{
	char line[1200];

	snprintf(line, sizeof(line), "<4>%s", text);
	put("/dev/kmsg", line);
}

static void do_wrong(const char *name)
{
	int fd = open("/proc/golden", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, name, strlen(name)) < 0)
		say("golden: not here");
}

static void look_for_leaks(void)
{
	char line[1000];
	FILE *leaks;

	sleep(6);
	for (int i = 0; i < 2; i++) {
		put("/sys/kernel/debug/kmemleak", "scan");
		sleep(1);
	}
	leaks = fopen("/sys/kernel/debug/kmemleak", "re");
	while (leaks && fgets(line, sizeof(line), leaks)) {
		line[strcspn(line, "\n")] = 0;
		say(line);
	}
}

static void eat(void)
{
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(1);
		memset(p, 1, 1 << 20);
	}
}

int main(void)
{
	const char *what = getenv("golden");
	int seconds = atoi(getenv("seconds") ?: "2");
	char line[200];
	pid_t child;

	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	put("/proc/sys/kernel/hung_task_timeout_secs", "4");
	put("/proc/sys/kernel/hung_task_check_interval_secs", "2");
	put("/proc/sys/kernel/watchdog_thresh", "4");
	klogctl(8, NULL, 8);
	if (!what)
		what = "nothing";
	snprintf(line, sizeof(line), "kpatch: start %s", what);
	say(line);
	if (!strcmp(what, "exit"))
		_exit(1);
	child = fork();
	if (!child) {
		if (!strcmp(what, "oom"))
			eat();
		else if (!strncmp(what, "leak:", 5))
			do_wrong(what + 5);
		else if (!strncmp(what, "sysrq:", 6))
			put("/proc/sysrq-trigger", what + 6);
		else
			do_wrong(what);
		_exit(0);
	}
	for (int i = 0; i < seconds * 10; i++) {
		if (waitpid(child, NULL, WNOHANG) == child)
			break;
		usleep(100000);
	}
	if (!strncmp(what, "leak:", 5))
		look_for_leaks();
	/* What comes from other threads. */
	usleep(300000);
	say("kpatch: end");
	reboot(RB_POWER_OFF);
	_exit(0);
}
