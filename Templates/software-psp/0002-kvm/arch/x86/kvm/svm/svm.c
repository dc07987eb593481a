/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after #include <linux/psp-sev.h> */
#include <linux/psp-sev-soft.h>
/* kpatch: end */

static int svm_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	switch (msr_info->index) {
	/* kpatch: before case MSR_STAR: */
	case MSR_AMD64_SEV:
		/* Hardware answers this one in the guest. */
		if (!softpsp_enabled() || !KPATCH_is_sev_guest)
			return kvm_get_msr_common(vcpu, msr_info);
		msr_info->data = MSR_AMD64_SEV_ENABLED;
		break;
	/* kpatch: end */
	}
}

#if KPATCH_HAVE_NO_DECODE
static bool KPATCH_check_emulate(struct kvm_vcpu *vcpu, int emul_type,
				 void *insn, int insn_len)
{
	/* kpatch: after if (emul_type & EMULTYPE_NO_DECODE) */

	/*
	 * The processor under the model has no decode assists, and the guest's
	 * memory isn't encrypted: fetch the instruction from there.
	 */
	if (softpsp_enabled())
		return KPATCH_can_emulate;
	/* kpatch: end */
}
#endif
