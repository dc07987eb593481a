/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software model of the AMD SEV firmware, for tests only
 *
 * What the SEV driver and KVM call where hardware would act.  Without
 * softpsp.enable=1 every one of these does nothing.
 */

#ifndef __PSP_SEV_SOFT_H__
#define __PSP_SEV_SOFT_H__

#include <linux/types.h>

#ifdef CONFIG_CRYPTO_DEV_SP_PSP_SOFT

/* Whether the model stands in for the secure processor. */
bool softpsp_enabled(void);

/* Instead of the mailbox: runs a command on its buffer, in place. */
int softpsp_do_cmd(int cmd, void *data, int *psp_ret);

/* After all caches of all processors were written back. */
void softpsp_wbinvd(void);
#if KPATCH_HAVE_WBNOINVD
/* After those of some processors were, of which there is at least one. */
void softpsp_writeback(void);
#endif

/* CPUID 0x8000001f: what the processor says, and what the model makes of it. */
unsigned int softpsp_c_bit(unsigned int ebx);
unsigned int softpsp_max_asid(unsigned int ecx);
unsigned int softpsp_min_asid(unsigned int edx);

/* KVM took an ASID out of its pool, or put one back. */
void softpsp_asid_new(unsigned int asid);
void softpsp_asid_free(unsigned int asid);

/* The ASID that VMRUN gets: zero, which it refuses, for one that isn't valid. */
unsigned int softpsp_vmrun(unsigned int asid);

#else

static inline bool softpsp_enabled(void) { return false; }

static inline int softpsp_do_cmd(int cmd, void *data, int *psp_ret) { return 0; }

static inline void softpsp_wbinvd(void) { }
#if KPATCH_HAVE_WBNOINVD

static inline void softpsp_writeback(void) { }
#endif

static inline unsigned int softpsp_c_bit(unsigned int ebx) { return ebx; }

static inline unsigned int softpsp_max_asid(unsigned int ecx) { return ecx; }

static inline unsigned int softpsp_min_asid(unsigned int edx) { return edx; }

static inline void softpsp_asid_new(unsigned int asid) { }

static inline void softpsp_asid_free(unsigned int asid) { }

static inline unsigned int softpsp_vmrun(unsigned int asid) { return asid; }

#endif	/* CONFIG_CRYPTO_DEV_SP_PSP_SOFT */

#endif	/* __PSP_SEV_SOFT_H__ */
