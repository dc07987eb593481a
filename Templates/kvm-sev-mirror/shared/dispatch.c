	/* This takes the locks of both VMs, and the firmware has no part in it. */
	if (sev_cmd.id == KPATCH_cmd) {
		sev_cmd.error = SEV_RET_SUCCESS;
		if (copy_to_user(argp, &sev_cmd, sizeof(struct kvm_sev_cmd)))
			return -EFAULT;

		return sev_share_asid(kvm, &sev_cmd);
	}
