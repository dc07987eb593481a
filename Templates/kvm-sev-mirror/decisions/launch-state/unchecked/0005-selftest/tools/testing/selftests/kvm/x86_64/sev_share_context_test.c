// SPDX-License-Identifier: GPL-2.0-only

static void test_refusals(void)
{
	/* kpatch: remove expect_error(share(KPATCH_mirror, sev) */
	/* kpatch: end */
}
