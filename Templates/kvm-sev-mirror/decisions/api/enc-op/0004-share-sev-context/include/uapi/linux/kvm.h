/* SPDX-License-Identifier: GPL-2.0-only */

enum sev_cmd_id {
	/* kpatch: remove blank line before KVM_SEV_NR_MAX */
	/* kpatch: end */
	/* kpatch: before KVM_SEV_NR_MAX */
	/* Context sharing command */
#if KPATCH_CMD_FOLLOWS
	KPATCH_cmd,
#else
	KPATCH_cmd = KPATCH_cmd_id,
#endif

	/* kpatch: end */
};

/* kpatch: after struct kvm_sev_dbg */

struct KPATCH_cmd_struct {
	__u32 KPATCH_cmd_fd;
	__u32 flags;
	__u64 pad0[4];
};
/* kpatch: end */
