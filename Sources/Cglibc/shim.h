/* SPDX-License-Identifier: GPL-2.0-only */
/* What Swift's Glibc module leaves out. */
#include <malloc.h>

/* stdio.h has them with _GNU_SOURCE only. */
int renameat2(int old_folder, const char *old_path, int new_folder, const char *new_path, unsigned int flags);
static const unsigned int RenameExchange = 2;
