/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */

/* kpatch: after macro run KVM_CAP_ */
#define KVM_CAP_VM_SEAL KPATCH_capability_number
/* kpatch: end */
