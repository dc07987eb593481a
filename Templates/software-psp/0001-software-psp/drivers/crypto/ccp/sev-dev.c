/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after #include <linux/ccp.h> */
#include <linux/psp-sev-soft.h>
/* kpatch: end */

int __sev_do_cmd_locked(int cmd, void *data, int *psp_ret)
{
#if KPATCH_HAVE_BUFFER_TEST
	/* kpatch: after if (WARN_ON_ONCE(!data != !buf_len)) return -EINVAL; */
#else
	/* kpatch: after sev = psp->sev_data; */
#endif

	if (softpsp_enabled())
		return softpsp_do_cmd(cmd, data, psp_ret);
	/* kpatch: end */
}
