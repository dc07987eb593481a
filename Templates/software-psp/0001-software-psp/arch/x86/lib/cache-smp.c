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
