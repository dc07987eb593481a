// SPDX-License-Identifier: GPL-2.0-only

/* kpatch: include decisions/mirror-commands/shared/selftest.c */
