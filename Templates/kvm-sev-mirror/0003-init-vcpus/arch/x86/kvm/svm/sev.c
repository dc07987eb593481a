/* SPDX-License-Identifier: GPL-2.0-only */

static int sev_guest_init(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	/* kpatch: before ret = -EBUSY; */
	if (kvm->created_vcpus)
		return -EINVAL;

	/* kpatch: end */
}
