/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
#if KPATCH_ERROR_LABELS_ONE
	/* kpatch: before unsigned int asid */
	struct kvm *owner = kvm;
	/* kpatch: end */
	/* kpatch: replace whole if (KPATCH_is_mirror(kvm)) */
	/* The first owner keeps the ASID alive, not a KPATCH_mirror. */
	if (KPATCH_src_sev->enc_context_owner)
		owner = KPATCH_src_sev->enc_context_owner;
	/* kpatch: end */
	/* kpatch: replace kvm_get_kvm(kvm); */
	kvm_get_kvm(owner);
	/* kpatch: end */
	if (mutex_lock_killable(&KPATCH_mirror_kvm->lock)) {
		/* kpatch: replace kvm_put_kvm(kvm); */
		kvm_put_kvm(owner);
		/* kpatch: end */
	}
	/* kpatch: replace KPATCH_dst_sev->enc_context_owner = kvm; */
	KPATCH_dst_sev->enc_context_owner = owner;
	/* kpatch: end */
#else
	/* kpatch: remove if (KPATCH_is_mirror(KPATCH_src_kvm)) */
	/* kpatch: end */
#endif
#if KPATCH_ERROR_LABELS_EACH && KPATCH_OWNER_FILE_REF
	/* kpatch: replace KPATCH_dst_sev->enc_context_file = get_file(KPATCH_peer_file); */
	/* The file of the first owner keeps the ASID alive, not a KPATCH_mirror's. */
	if (KPATCH_src_sev->enc_context_file)
		KPATCH_dst_sev->enc_context_file = KPATCH_src_sev->enc_context_file;
	else
		KPATCH_dst_sev->enc_context_file = KPATCH_peer_file;
	get_file(KPATCH_dst_sev->enc_context_file);
	/* kpatch: end */
#elif KPATCH_ERROR_LABELS_EACH
	/* kpatch: replace kvm_get_kvm(KPATCH_src_kvm); */
	/* The first owner keeps the ASID alive, not a KPATCH_mirror. */
	if (KPATCH_src_sev->enc_context_owner)
		KPATCH_dst_sev->enc_context_owner = KPATCH_src_sev->enc_context_owner;
	else
		KPATCH_dst_sev->enc_context_owner = KPATCH_src_kvm;
	/* kpatch: end */
	/* kpatch: replace KPATCH_dst_sev->enc_context_owner = KPATCH_src_kvm; */
	kvm_get_kvm(KPATCH_dst_sev->enc_context_owner);
	/* kpatch: end */
#endif
}
