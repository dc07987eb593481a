	/* This takes the locks of both VMs. */
	if (sev_cmd.id == KPATCH_cmd) {
		r = sev_share_asid(kvm, &sev_cmd);
		if (copy_to_user(argp, &sev_cmd, sizeof(struct kvm_sev_cmd)))
			r = -EFAULT;
		return r;
	}
