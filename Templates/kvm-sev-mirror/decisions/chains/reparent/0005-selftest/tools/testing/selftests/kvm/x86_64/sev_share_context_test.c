// SPDX-License-Identifier: GPL-2.0-only

/* kpatch: include decisions/chains/shared/selftest.c */
