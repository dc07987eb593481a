/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after #include <linux/irqreturn.h> */
#include <linux/psp-sev-soft.h>
/* kpatch: end */

void psp_pci_init(void)
{
	/* kpatch: before psp_master = psp_get_master_device(); */
	/* The master is the model, which has no sp_device. */
	if (softpsp_enabled())
		return;

	/* kpatch: end */
}

void psp_pci_exit(void)
{
	/* kpatch: before if (!psp_master) */
	if (softpsp_enabled())
		return;

	/* kpatch: end */
}
