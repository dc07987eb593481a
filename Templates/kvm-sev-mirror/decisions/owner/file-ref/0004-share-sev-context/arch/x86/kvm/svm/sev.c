/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace kvm_get_kvm(KPATCH_src_kvm); */
	KPATCH_dst_sev->enc_context_file = get_file(KPATCH_peer_file);
	/* kpatch: end */
	/* kpatch: remove KPATCH_dst_sev->enc_context_owner = KPATCH_src_kvm; */
	/* kpatch: end */
}
