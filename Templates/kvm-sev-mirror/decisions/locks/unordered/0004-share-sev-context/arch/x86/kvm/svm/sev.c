/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: replace whole function sev_lock_two_vms */
static int sev_lock_two_vms(struct kvm *a, struct kvm *b)
{
	if (mutex_lock_killable(&a->lock))
		return -EINTR;

	if (mutex_lock_killable(&b->lock)) {
		mutex_unlock(&a->lock);
		return -EINTR;
	}

	return 0;
}
/* kpatch: end */
