/* SPDX-License-Identifier: GPL-2.0-only */

static inline bool sev_guest(struct kvm *kvm)
{
	/* kpatch: replace return sev->active; */
	return READ_ONCE(sev->active);
	/* kpatch: end */
}
