// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOTAL	(100 * 1024 * 1024)

int main(void)
{
	static char line[900];
	int fd = open("/dev/kmsg", O_WRONLY);

	memset(line, 'x', sizeof(line) - 1);
	printf("KTAP version 1\n1..1\n");
	for (size_t sent = 0; sent < TOTAL; sent += sizeof(line)) {
		puts(line);
		if (write(fd, line, sizeof(line) - 1) < 0)
			return 2;
	}
	printf("ok 1 floods\n");
	return 0;
}
