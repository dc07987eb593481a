/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_API_CAPABILITY
/* kpatch: before function svm_mem_enc_op */
#elif KPATCH_ERROR_LABELS_EACH
/* kpatch: before function sev_lock_two_vms */
#endif
/* The commands that a KPATCH_mirror may issue in the context it doesn't own. */
static bool sev_cmd_is_shared(u32 cmd_id)
{
	switch (cmd_id) {
	case KVM_SEV_GUEST_STATUS:
	case KVM_SEV_DBG_DECRYPT:
	case KVM_SEV_DBG_ENCRYPT:
		return true;
#if KPATCH_SHARES_ES
	case KVM_SEV_LAUNCH_UPDATE_VMSA:
		/* The vCPUs of the KPATCH_mirror are its own. */
		return true;
#endif
	default:
		return false;
	}
}

/* kpatch: end */

int svm_mem_enc_op(struct kvm *kvm, void __user *argp)
{
	/* kpatch: replace whole if (KPATCH_is_mirror(kvm)) */
	/* KPATCH_owner_only may issue the others. */
	if (KPATCH_is_mirror(kvm) && !sev_cmd_is_shared(sev_cmd.id)) {
		r = -KPATCH_errno;
		goto out;
	}
	/* kpatch: end */
}
