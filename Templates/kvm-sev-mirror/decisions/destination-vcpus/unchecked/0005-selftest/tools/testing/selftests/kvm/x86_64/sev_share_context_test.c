// SPDX-License-Identifier: GPL-2.0-only

static void test_refusals(void)
{
	/* kpatch: remove vm_vcpu_add(plain, 0); */
	/* kpatch: end */
	/* kpatch: remove expect_error(share(plain, source) */
	/* kpatch: end */
}
