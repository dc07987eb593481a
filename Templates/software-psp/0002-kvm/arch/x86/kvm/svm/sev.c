/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after #include <linux/psp-sev.h> */
#include <linux/psp-sev-soft.h>
/* kpatch: end */

static int KPATCH_alloc_asid(void)
{
	/* kpatch: after __set_bit( */
	softpsp_asid_new(KPATCH_new_asid);
	/* kpatch: end */
}

static void sev_asid_free(int asid)
{
	/* kpatch: after __set_bit( */
	softpsp_asid_free(KPATCH_freed_asid);
	/* kpatch: end */
}

#if KPATCH_HAVE_SEV_OF_CPUID
void __init sev_set_cpu_caps(void)
{
	/* kpatch: after if (!sev_enabled) kvm_cpu_cap_clear(X86_FEATURE_SEV); */
	else if (softpsp_enabled())
		kvm_cpu_cap_set(X86_FEATURE_SEV);
	/* kpatch: end */
}
#endif

void __init sev_hardware_setup(void)
{
#if KPATCH_HAVE_CPUID_ONCE
#if KPATCH_HAVE_NRIPS_TEST
	/* kpatch: replace if (!sev_enabled || !npt_enabled || !nrips) goto out; */
	if (!sev_enabled || !npt_enabled || (!nrips && !softpsp_enabled()))
		goto out;
	/* kpatch: end */
#endif

	/* kpatch: after cpuid(0x8000001f, &eax, &ebx, &ecx, &edx); */
	ebx = softpsp_c_bit(ebx);
	ecx = softpsp_max_asid(ecx);
	edx = softpsp_min_asid(edx);
	/* kpatch: end */
#else
	/* kpatch: replace max_sev_asid = cpuid_ecx(0x8000001F); */
	max_sev_asid = softpsp_max_asid(cpuid_ecx(0x8000001F));
	/* kpatch: end */

	/* kpatch: replace min_sev_asid = cpuid_edx(0x8000001F); */
	min_sev_asid = softpsp_min_asid(cpuid_edx(0x8000001F));
	/* kpatch: end */
#endif
}

void pre_sev_run(struct vcpu_svm *svm, int cpu)
{
	/* kpatch: replace KPATCH_vmrun_asid = asid; */
	KPATCH_vmrun_asid = softpsp_vmrun(asid);
	/* kpatch: end */
}
