// SPDX-License-Identifier: GPL-2.0-only

/* kpatch: before function __sev_mirror_create */
/* Whether mirrors are made by KPATCH_entry. */
static bool second_entry;

static int __sev_share(struct kvm_vm *vm, uint64_t fd)
{
	return __vm_enable_cap(vm, KPATCH_cap, fd);
}

/* kpatch: end */

static int __sev_mirror_create(struct kvm_vm *dst, struct kvm_vm *src)
{
	/* kpatch: at start */
	if (second_entry)
		return __sev_share(KPATCH_asked_end, KPATCH_named_end->fd);

	/* kpatch: end */
}

/* kpatch: before function test_sev_move_copy */
static void test_second_entry_parameters(void)
{
	struct kvm_vm *dst_vm, *moved_vm, *src_vm;
	int ret;

	src_vm = sev_vm_create(/* es= */ false);
	dst_vm = aux_vm_create(false);
	moved_vm = aux_vm_create(true);

	ret = __sev_share(KPATCH_asked_end_vm, (uint32_t)-1);
	TEST_ASSERT(ret == -1 && errno == EBADF,
		    "No file descriptor. ret: %d, errno: %d", ret, errno);

	ret = __sev_share(KPATCH_asked_end_vm,
			  (1ull << 32) | KPATCH_named_end_vm->fd);
	TEST_ASSERT(ret == -1 && errno == EINVAL,
		    "Not all bits are looked at. ret: %d, errno: %d",
		    ret, errno);

	/* A VM whose context was moved away is dead. */
	sev_migrate_from(moved_vm, src_vm);
	ret = __sev_share(KPATCH_dead_asks, KPATCH_dead_named->fd);
	TEST_ASSERT(ret == -1 && errno == EIO,
		    "Dead VM. ret: %d, errno: %d", ret, errno);

	kvm_vm_free(src_vm);
	kvm_vm_free(dst_vm);
	kvm_vm_free(moved_vm);
}

static void source_command(struct kvm_vm *vm, int cmd_id, void *data)
{
	KPATCH_source_command;
}

/* Without paging all memory is encrypted: no page table has to say so. */
static void test_sev_mirror_run(void)
{
	uint8_t blob[256], *code;
	struct kvm_sev_launch_measure measure = {
		.uaddr = (unsigned long)blob,
		.len = sizeof(blob),
	};
	struct kvm_sev_launch_update_data update = { .len = getpagesize() };
	struct kvm_userspace_memory_region region = {
		.memory_size = getpagesize(),
	};
	struct kvm_enc_region pinned = { .size = getpagesize() };
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_vm *dst_vm, *src_vm;
	struct kvm_sregs sregs;
	struct kvm_vcpu *vcpu;

	code = aligned_alloc(update.len, update.len);
	TEST_ASSERT(code, "aligned_alloc() failed");
	*code = 0xf4; /* HLT */
	update.uaddr = (unsigned long)code;
	region.userspace_addr = (unsigned long)code;
	pinned.addr = (unsigned long)code;

	src_vm = sev_vm_create(/* es= */ false);
	dst_vm = aux_vm_create(false);
	sev_mirror_create(dst_vm, src_vm);
	vm_ioctl(src_vm, KVM_MEMORY_ENCRYPT_REG_REGION, &pinned);
	source_command(src_vm, KVM_SEV_LAUNCH_UPDATE_DATA, &update);
	source_command(src_vm, KVM_SEV_LAUNCH_MEASURE, &measure);
	source_command(src_vm, KVM_SEV_LAUNCH_FINISH, NULL);

	vm_ioctl(dst_vm, KVM_SET_USER_MEMORY_REGION, &region);
	vcpu = __vm_vcpu_add(dst_vm, 0);
	vcpu_sregs_get(vcpu, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	vcpu_sregs_set(vcpu, &sregs);
	vcpu_regs_set(vcpu, &regs);
	vcpu_run(vcpu);
	TEST_ASSERT(vcpu->run->exit_reason == KVM_EXIT_HLT,
		    "The mirror left by exit reason %u",
		    vcpu->run->exit_reason);

	kvm_vm_free(src_vm);
	kvm_vm_free(dst_vm);
	free(code);
}

/* kpatch: end */

int main(int argc, char *argv[])
{
	/* kpatch: before return 0; */
	if (KPATCH_has_entry) {
		second_entry = true;
		test_second_entry_parameters();
		test_sev_mirror(/* es= */ false);
		if (have_sev_es)
			test_sev_mirror(/* es= */ true);
		test_sev_mirror_run();
		test_sev_mirror_parameters();
#if KPATCH_SNP_TESTS
		if (kvm_cpu_has(X86_FEATURE_SEV_SNP))
			test_sev_snp_mirror_reject();
#endif
		test_sev_move_copy();
	}
	/* kpatch: end */
}
