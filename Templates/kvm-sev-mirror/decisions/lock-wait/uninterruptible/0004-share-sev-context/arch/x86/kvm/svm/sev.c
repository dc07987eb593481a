/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_ERROR_LABELS_ONE
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace if (mutex_lock_killable(&kvm->lock)) */
	mutex_lock(&kvm->lock);
	/* kpatch: end */
	/* kpatch: replace if (mutex_lock_killable(&KPATCH_mirror_kvm->lock)) */
	mutex_lock(&KPATCH_mirror_kvm->lock);
	/* kpatch: end */
}
#else
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace ret = sev_lock_two_vms(kvm, KPATCH_peer_kvm); */
	sev_lock_two_vms(kvm, KPATCH_peer_kvm);
	/* kpatch: end */
	/* kpatch: remove if (ret) goto e_fput; */
	/* kpatch: end */
}
#endif

#if KPATCH_LOCKS_ORDERED
/* kpatch: replace whole function sev_lock_two_vms */
/*
 * The VM at the lower address first: tasks that share contexts in opposite
 * directions must not wait for each other.
 */
static void sev_lock_two_vms(struct kvm *a, struct kvm *b)
{
	if (a > b)
		swap(a, b);

	mutex_lock(&a->lock);
	mutex_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}
/* kpatch: end */
#elif KPATCH_LOCKS_UNORDERED
/* kpatch: replace function sev_lock_two_vms */
static void sev_lock_two_vms(struct kvm *a, struct kvm *b)
{
	mutex_lock(&a->lock);
	mutex_lock(&b->lock);
}
/* kpatch: end */
#endif
