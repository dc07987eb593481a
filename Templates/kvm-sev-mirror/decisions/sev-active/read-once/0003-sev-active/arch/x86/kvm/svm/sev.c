/* SPDX-License-Identifier: GPL-2.0-only */

static int sev_guest_init(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	/* kpatch: replace sev->active = true; */
	WRITE_ONCE(sev->active, true);
	/* kpatch: end */
}
