/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP output for the guest's tests: a table of named cases, each of which
 * passes unless it says ktap_fail() or ktap_skip().
 */
#ifndef KPATCH_KTAP_H
#define KPATCH_KTAP_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define KTAP_EXIT_FAIL	1
#define KTAP_EXIT_SKIP	4

struct ktap_case {
	const char	*name;
	void		(*run)(void);
};

static struct {
	bool		failed;
	const char	*skipped;
} ktap_state;

/* The case has failed; the reason goes before its result line. */
__attribute__((__format__(printf, 1, 2)))
static inline void ktap_fail(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	ktap_state.failed = true;
}

/* The case can't be judged on this machine. */
static inline void ktap_skip(const char *reason)
{
	ktap_state.skipped = reason;
}

/* The whole program can't be judged on this machine. */
static inline int ktap_skip_all(const char *reason)
{
	printf("KTAP version 1\n1..0 # SKIP %s\n", reason);
	return KTAP_EXIT_SKIP;
}

/* Runs the table; what main() returns. */
static inline int ktap_run(const struct ktap_case *cases, unsigned int count)
{
	bool failed = false;

	/* A case that crashes must not take its predecessors' results along. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);

	printf("KTAP version 1\n1..%u\n", count);
	for (unsigned int i = 0; i < count; i++) {
		ktap_state.failed = false;
		ktap_state.skipped = NULL;
		cases[i].run();
		if (ktap_state.failed)
			printf("not ok %u %s\n", i + 1, cases[i].name);
		else if (ktap_state.skipped)
			printf("ok %u %s # SKIP %s\n", i + 1, cases[i].name,
			       ktap_state.skipped);
		else
			printf("ok %u %s\n", i + 1, cases[i].name);
		failed |= ktap_state.failed;
	}
	return failed ? KTAP_EXIT_FAIL : 0;
}

#endif /* KPATCH_KTAP_H */
