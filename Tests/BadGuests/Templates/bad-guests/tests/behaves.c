// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

int main(void)
{
	printf("KTAP version 1\n1..1\nok 1 passes\n");
	return 0;
}
