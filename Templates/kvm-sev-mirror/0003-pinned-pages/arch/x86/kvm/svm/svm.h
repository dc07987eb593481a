/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_sev_info {
	/* kpatch: remove unsigned long pages_locked; */
	/* kpatch: end */
};
