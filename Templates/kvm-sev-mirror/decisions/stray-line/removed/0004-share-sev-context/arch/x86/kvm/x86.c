/* SPDX-License-Identifier: GPL-2.0-only */

static int kvm_vcpu_ioctl_enable_cap(struct kvm_vcpu *vcpu,
				     struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: remove blank line before default: */
	/* kpatch: end */
	}
}
