/* SPDX-License-Identifier: GPL-2.0-only */

int sev_mem_enc_ioctl(struct kvm *kvm, void __user *argp)
{
	/* kpatch: replace if (sev_cmd.id == KPATCH_cmd) */
	if (sev_cmd.id == KPATCH_cmd)
		return sev_share_asid(kvm, &sev_cmd);
	/* kpatch: end */
}
