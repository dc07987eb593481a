/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_MIRROR_COMMANDS_ALLOW_LIST
int svm_mem_enc_op(struct kvm *kvm, void __user *argp)
{
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* KPATCH_owner_only may issue the others. */
	if (KPATCH_is_mirror(kvm) && !sev_cmd_is_shared(sev_cmd.id))
		return -KPATCH_errno;

	/* kpatch: end */
	/* kpatch: remove if (KPATCH_is_mirror(kvm) && !sev_cmd_is_shared(sev_cmd.id)) */
	/* kpatch: end */
}
#elif KPATCH_MIRROR_COMMANDS_NONE
int svm_mem_enc_op(struct kvm *kvm, void __user *argp)
{
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* KPATCH_guard_reason */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;

	/* kpatch: end */
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
}
#endif

#if KPATCH_MIRROR_REGIONS_REFUSE && KPATCH_REGISTER_LOCK_UNTOUCHED
int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
	/* kpatch: replace whole if (KPATCH_is_mirror(kvm)) */
	/* If kvm KPATCH_is_mirroring encryption context it isn't responsible for it */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;
	/* kpatch: end */
}
#elif KPATCH_MIRROR_REGIONS_REFUSE
int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* If kvm KPATCH_is_mirroring encryption context it isn't responsible for it */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;

	/* kpatch: end */
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
}
#endif

#if KPATCH_MIRROR_REGIONS_REFUSE
int svm_unregister_enc_region(struct kvm *kvm,
			      struct kvm_enc_region *range)
{
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* If kvm KPATCH_is_mirroring encryption context it isn't responsible for it */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;

	/* kpatch: end */
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
}
#endif
