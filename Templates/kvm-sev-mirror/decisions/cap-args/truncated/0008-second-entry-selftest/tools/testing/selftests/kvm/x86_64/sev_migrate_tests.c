// SPDX-License-Identifier: GPL-2.0-only

static void test_second_entry_parameters(void)
{
	/* kpatch: remove blank line before ret = __sev_share(KPATCH_asked_end_vm, (1ull << 32) */
	/* kpatch: end */
	/* kpatch: remove ret = __sev_share(KPATCH_asked_end_vm, (1ull << 32) */
	/* kpatch: end */
	/* kpatch: remove TEST_ASSERT(ret == -1 && errno == EINVAL, */
	/* kpatch: end */
}
