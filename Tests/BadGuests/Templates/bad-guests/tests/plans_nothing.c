// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

int main(void)
{
	printf("ok 1 believe_me\n");
	return 0;
}
