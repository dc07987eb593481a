static void test_sharing(void)
{
	/* kpatch: replace expect_error(share(other, KPATCH_mirror) */
	TEST_ASSERT(!share(other, KPATCH_mirror),
		    "sharing a shared context failed, errno: %i", errno);
	/* kpatch: end */
}
