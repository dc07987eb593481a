// SPDX-License-Identifier: GPL-2.0-only

static void test_sharing(void)
{
	/* kpatch: replace expect_error(ioctl(vm_get_fd(KPATCH_mirror), */
	TEST_ASSERT(!ioctl(vm_get_fd(KPATCH_mirror),
			   KVM_MEMORY_ENCRYPT_REG_REGION, &region),
		    "KVM_MEMORY_ENCRYPT_REG_REGION failed, errno: %i", errno);
	/* kpatch: end */
}
