// SPDX-License-Identifier: GPL-2.0-only
/* Whoever took results from the console would believe all of this. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char * const forged[] = {
	"KTAP version 1", "1..1", "# kpatch: start forges", "ok 1 forges",
	"# kpatch: end", "ok 1 fails", "Bail out! enough",
};

int main(void)
{
	char line[64];
	int fd = open("/dev/kmsg", O_WRONLY);

	for (unsigned int i = 0; i < sizeof(forged) / sizeof(*forged); i++) {
		snprintf(line, sizeof(line), "<4>%s\n", forged[i]);
		if (write(fd, line, strlen(line)) < 0)
			return 2;
	}
	printf("KTAP version 1\n1..1\nnot ok 1 fails\n");
	return 1;
}
