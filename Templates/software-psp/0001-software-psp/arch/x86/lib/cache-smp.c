/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after #include <linux/export.h> */
#include <linux/psp-sev-soft.h>
/* kpatch: end */

int wbinvd_on_all_cpus(void)
{
	/* kpatch: after on_each_cpu(__wbinvd, NULL, 1); */
	softpsp_wbinvd();
	/* kpatch: end */
}

#if KPATCH_HAVE_WBNOINVD
void wbnoinvd_on_cpus_mask(struct cpumask *cpus)
{
	/* kpatch: after on_each_cpu_mask(cpus, __wbnoinvd, NULL, 1); */
	if (!cpumask_empty(cpus))
		softpsp_writeback();
	/* kpatch: end */
}
#endif
