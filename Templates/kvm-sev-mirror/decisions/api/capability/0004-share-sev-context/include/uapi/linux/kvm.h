/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after macro run KVM_CAP_ */
#define KPATCH_cap KPATCH_cap_number
/* kpatch: end */
