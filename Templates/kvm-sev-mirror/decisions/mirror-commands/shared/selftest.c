static void test_sharing(void)
{
	/* kpatch: replace expect_error(sev_command(KPATCH_mirror, KVM_SEV_GUEST_STATUS, &status), */
	TEST_ASSERT(!sev_command(KPATCH_mirror, KVM_SEV_GUEST_STATUS, &status),
		    "KVM_SEV_GUEST_STATUS failed, errno: %i", errno);
#if KPATCH_MIRROR_COMMANDS_ALLOW_LIST
	expect_error(sev_command(KPATCH_mirror, KVM_SEV_LAUNCH_FINISH, NULL),
		     KPATCH_errno, "KVM_SEV_LAUNCH_FINISH");
#endif
	/* kpatch: end */
	/* kpatch: after kvm_vm_free(source); */
	TEST_ASSERT(!sev_command(KPATCH_mirror, KVM_SEV_GUEST_STATUS, &status),
		    "the context is gone, errno: %i", errno);
	/* kpatch: end */
}
