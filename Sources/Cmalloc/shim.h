/* SPDX-License-Identifier: GPL-2.0-only */
/* Swift's Glibc module leaves this header out. */
#include <malloc.h>
