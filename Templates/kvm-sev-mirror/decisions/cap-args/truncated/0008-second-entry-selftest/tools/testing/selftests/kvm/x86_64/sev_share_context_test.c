// SPDX-License-Identifier: GPL-2.0-only

static void test_refusals(void)
{
	/* kpatch: remove expect_error(__vm_enable_cap(source, KPATCH_cap, */
	/* kpatch: end */
}
