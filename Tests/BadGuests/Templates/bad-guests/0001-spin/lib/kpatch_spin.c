// SPDX-License-Identifier: GPL-2.0-only
/* Stops all processors, interrupts off, when its parameter is written to. */
#include <linux/irqflags.h>
#include <linux/moduleparam.h>
#include <linux/processor.h>
#include <linux/smp.h>

static void spin(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int spin_everywhere(const char *value, const struct kernel_param *param)
{
	on_each_cpu(spin, NULL, 0);
	return 0;
}

module_param_call(spin, spin_everywhere, NULL, NULL, 0200);
