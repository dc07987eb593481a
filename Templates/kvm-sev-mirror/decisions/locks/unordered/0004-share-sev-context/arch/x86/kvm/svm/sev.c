/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: remove function sev_lock_two_vms */
/* kpatch: end */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace sev_lock_two_vms(kvm, KPATCH_peer_kvm); */
	mutex_lock(&kvm->lock);
	mutex_lock(&KPATCH_peer_kvm->lock);
	/* kpatch: end */
}
