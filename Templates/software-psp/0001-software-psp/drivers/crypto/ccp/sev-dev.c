/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after #include <linux/ccp.h> */
#include <linux/psp-sev-soft.h>
/* kpatch: end */

int __sev_do_cmd_locked(int cmd, void *data, int *psp_ret)
{
	/* kpatch: after if (WARN_ON_ONCE(!data != !buf_len)) return -EINVAL; */

	if (softpsp_enabled())
		return softpsp_do_cmd(cmd, data, psp_ret);
	/* kpatch: end */
}
