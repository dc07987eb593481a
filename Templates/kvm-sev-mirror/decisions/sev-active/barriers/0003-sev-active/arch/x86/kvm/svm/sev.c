/* SPDX-License-Identifier: GPL-2.0-only */

static int sev_guest_init(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	/* kpatch: replace sev->active = true; */
	/* kpatch: end */

	/* kpatch: before return 0; */
	/* Pairs with smp_load_acquire() in sev_guest(). */
	smp_store_release(&sev->active, true);

	/* kpatch: end */
}
