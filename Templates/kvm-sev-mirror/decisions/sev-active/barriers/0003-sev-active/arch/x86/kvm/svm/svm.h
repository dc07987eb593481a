/* SPDX-License-Identifier: GPL-2.0-only */

static inline bool sev_guest(struct kvm *kvm)
{
	/* kpatch: replace return sev->active; */
	/* Pairs with smp_store_release() where a VM becomes an SEV guest. */
	return smp_load_acquire(&sev->active);
	/* kpatch: end */
}
