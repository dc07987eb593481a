/* SPDX-License-Identifier: GPL-2.0-only */

static int sev_guest_init(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	/* kpatch: replace INIT_LIST_HEAD(&sev->regions_list); */
	/* kpatch: end */
}
