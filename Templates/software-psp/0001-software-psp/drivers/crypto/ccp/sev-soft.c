// SPDX-License-Identifier: GPL-2.0-only
/*
 * Software model of the AMD SEV firmware, for tests only
 *
 * It stands behind __sev_do_cmd_locked(): /dev/sev, the driver's view of the
 * platform, its locking and all of KVM's SEV code run as they do on hardware.
 * Memory is not encrypted: LAUNCH_UPDATE_DATA only digests it, DBG_* and
 * SEND_*, RECEIVE_* copy it.  Digests and MACs are FNV-1a, not SHA-256.
 *
 * A command that breaks a rule gets the firmware's status code.  Where user
 * space can't be the one who broke it, a line "softpsp: VIOLATION: ..." says
 * that the kernel did, and is counted.
 */

#define pr_fmt(fmt) "softpsp: " fmt

#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/psp-sev.h>
#include <linux/psp-sev-soft.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "psp-dev.h"
#include "sev-dev.h"

#define SOFTPSP_API_MAJOR	0
#define SOFTPSP_API_MINOR	24
#define SOFTPSP_BUILD		1

#define SOFTPSP_MAX_GUESTS	128
#define SOFTPSP_MAX_ASIDS	255
/* Where the encryption bit is on all processors with SEV so far. */
#define SOFTPSP_C_BIT		51

/* Bits of a guest's policy. */
#define SOFTPSP_POLICY_NODBG	BIT(0)
#define SOFTPSP_POLICY_NOKS	BIT(1)
#define SOFTPSP_POLICY_ES	BIT(2)
#define SOFTPSP_POLICY_NOSEND	BIT(3)
#define SOFTPSP_POLICY_DOMAIN	BIT(4)
#define SOFTPSP_POLICY_SEV	BIT(5)
#define SOFTPSP_POLICY_RESERVED	GENMASK(15, 6)

/* Lengths of what goes in and out through memory. */
#define SOFTPSP_CERT_LEN	0x824
#define SOFTPSP_CHAIN_LEN	(3 * SOFTPSP_CERT_LEN)
#define SOFTPSP_ID_LEN		64
#define SOFTPSP_TMR_LEN		SZ_1M
#define SOFTPSP_NV_LEN		SZ_32K
#define SOFTPSP_VMSA_LEN	SZ_4K
/* LAUNCH_SECRET, SEND_UPDATE and RECEIVE_UPDATE work in a buffer of this size. */
#define SOFTPSP_SCRATCH_LEN	0x5000

enum softpsp_guest_state {
	SOFTPSP_INVALID,
	SOFTPSP_LUPDATE,
	SOFTPSP_LSECRET,
	SOFTPSP_RUNNING,
	SOFTPSP_SUPDATE,
	SOFTPSP_RUPDATE,
	SOFTPSP_SENT,
};

/* What LAUNCH_MEASURE writes. */
struct softpsp_measurement {
	u8 mac[32];
	u8 nonce[16];
} __packed;

/* What SEND_START writes and RECEIVE_START reads. */
struct softpsp_session {
	u8 nonce[16];
	u8 wrapped_keys[32];
	u8 iv[16];
	u8 mac[32];
	u8 policy_mac[32];
} __packed;

/* In front of a packet of SEND_UPDATE, RECEIVE_UPDATE and LAUNCH_SECRET. */
struct softpsp_header {
	u32 flags;
	u8 iv[16];
	u8 mac[32];
} __packed;

#if KPATCH_HAVE_ATTESTATION
/* What ATTESTATION writes. */
struct softpsp_report {
	u8 mnonce[16];
	u8 digest[32];
	u32 policy;
	u32 sig_usage;
	u32 sig_algo;
	u32 reserved;
	u8 signature[144];
} __packed;

#endif
struct softpsp_guest {
	u32 handle;		/* never used again, so that a stale one shows */
	u32 policy;
	unsigned int asid;	/* zero: not activated */
	u8 state;
	u64 digest;
	u64 key;		/* of the transport, from the session's nonce */
};

struct softpsp_asid {
	u32 handle;		/* of the guest that is active on it, or zero */
	bool runnable;		/* that guest's launch is finished */
	bool dirty;		/* wants DF_FLUSH before the next ACTIVATE */
	bool taken;		/* out of KVM's pool */
	bool stuck;		/* DEACTIVATE was made to fail */
	bool reported;		/* VMRUN was complained of already */
};

/* Guests and the platform's state are under sev_cmd_mutex. */
static struct softpsp_guest softpsp_guests[SOFTPSP_MAX_GUESTS];
static u32 softpsp_next_handle = 1;
static int softpsp_state = SEV_STATE_UNINIT;
static bool softpsp_es_platform;

/* ASIDs are looked at where VMRUN is near and interrupts are off. */
static DEFINE_SPINLOCK(softpsp_lock);
static struct softpsp_asid softpsp_asids[SOFTPSP_MAX_ASIDS + 1];
static bool softpsp_wbinvd_done;

static DEFINE_SPINLOCK(softpsp_violations_lock);

static unsigned int softpsp_enable;
static unsigned int softpsp_nr_asids = 15;
static unsigned int softpsp_es;
static unsigned int softpsp_nr_guests;
static unsigned int softpsp_nr_active;
static unsigned int softpsp_nr_violations;
static unsigned int softpsp_nr_df_flushes;
static unsigned int softpsp_nr_wbinvds;
static unsigned int softpsp_nr_writebacks;
static unsigned int softpsp_nr_commands;
static unsigned int softpsp_fail_command;
static unsigned int softpsp_fail_code;
static unsigned int softpsp_fail_late;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "softpsp."

module_param_named(enable, softpsp_enable, uint, 0444);
MODULE_PARM_DESC(enable, " 1: answer SEV commands in software");
module_param_named(asids, softpsp_nr_asids, uint, 0444);
MODULE_PARM_DESC(asids, " number of ASIDs that CPUID reports");
module_param_named(es, softpsp_es, uint, 0444);
MODULE_PARM_DESC(es, " 1: report SEV-ES, with a third of the ASIDs");
module_param_named(guests, softpsp_nr_guests, uint, 0444);
MODULE_PARM_DESC(guests, " guests that the firmware knows");
module_param_named(active, softpsp_nr_active, uint, 0444);
MODULE_PARM_DESC(active, " guests that are active on an ASID");
module_param_named(violations, softpsp_nr_violations, uint, 0444);
MODULE_PARM_DESC(violations, " rules that the kernel broke");
module_param_named(df_flushes, softpsp_nr_df_flushes, uint, 0444);
MODULE_PARM_DESC(df_flushes, " successful DF_FLUSH commands");
module_param_named(wbinvds, softpsp_nr_wbinvds, uint, 0444);
MODULE_PARM_DESC(wbinvds, " WBINVDs on all processors");
module_param_named(writebacks, softpsp_nr_writebacks, uint, 0444);
MODULE_PARM_DESC(writebacks, " WBNOINVDs on some processors");
module_param_named(commands, softpsp_nr_commands, uint, 0444);
MODULE_PARM_DESC(commands, " commands, failed ones included");
module_param_named(fail_command, softpsp_fail_command, uint, 0644);
MODULE_PARM_DESC(fail_command, " make the next command with this number fail");
module_param_named(fail_code, softpsp_fail_code, uint, 0644);
MODULE_PARM_DESC(fail_code, " the status code that it fails with");
module_param_named(fail_late, softpsp_fail_late, uint, 0644);
MODULE_PARM_DESC(fail_late, " 1: carry the command out before it fails");

static __printf(1, 2) void softpsp_violation(const char *fmt, ...)
{
	unsigned long flags;
	struct va_format vaf;
	va_list args;

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_err("VIOLATION: %pV [%s/%d]\n", &vaf, current->comm,
	       task_pid_nr(current));
	va_end(args);

	spin_lock_irqsave(&softpsp_violations_lock, flags);
	softpsp_nr_violations++;
	spin_unlock_irqrestore(&softpsp_violations_lock, flags);
}

static u64 softpsp_hash(u64 hash, const void *data, size_t len)
{
	const u8 *byte = data;

	while (len--)
		hash = (hash ^ *byte++) * 0x100000001b3ULL;

	return hash;
}

static u64 softpsp_hash_init(void)
{
	return 0xcbf29ce484222325ULL;
}

/* The kernel's address of what a command points at, or NULL. */
static void *softpsp_memory(u64 address, u32 len)
{
	address = __sme_clr(address);
	if (!address || !len)
		return NULL;

	if (!pfn_valid(PHYS_PFN(address)) ||
	    !pfn_valid(PHYS_PFN(address + len - 1))) {
		softpsp_violation("%u bytes at %#llx are no memory", len,
				  address);
		return NULL;
	}

	return __va(address);
}

static struct softpsp_guest *softpsp_find(u32 handle)
{
	int i;

	if (!handle)
		return NULL;

	for (i = 0; i < SOFTPSP_MAX_GUESTS; i++) {
		if (softpsp_guests[i].handle == handle)
			return &softpsp_guests[i];
	}

	return NULL;
}

/*
 * The guest of a command whose handle comes from the kernel.  That is zero
 * while user space has not created the guest.
 */
static int softpsp_get_guest(int cmd, u32 handle, struct softpsp_guest **guest)
{
	*guest = softpsp_find(handle);
	if (!*guest && handle)
		softpsp_violation("command %#x for guest %u, which doesn't exist",
				  cmd, handle);

	if (softpsp_state != SEV_STATE_WORKING)
		return SEV_RET_INVALID_PLATFORM_STATE;

	return *guest ? SEV_RET_SUCCESS : SEV_RET_INVALID_GUEST;
}

/* KVM activates a guest before user space can do anything to it. */
static int softpsp_inactive(int cmd, struct softpsp_guest *guest)
{
	softpsp_violation("command %#x for guest %u, which isn't active", cmd,
			  guest->handle);
	return SEV_RET_INACTIVE;
}

static struct softpsp_guest *softpsp_new_guest(u32 policy, u8 state)
{
	struct softpsp_guest *guest = NULL;
	int i;

	for (i = 0; i < SOFTPSP_MAX_GUESTS && !guest; i++) {
		if (!softpsp_guests[i].handle)
			guest = &softpsp_guests[i];
	}
	if (!guest)
		return NULL;

	memset(guest, 0, sizeof(*guest));
	guest->handle = softpsp_next_handle++;
	guest->policy = policy;
	guest->state = state;
	guest->digest = softpsp_hash_init();
	softpsp_nr_guests++;
	softpsp_state = SEV_STATE_WORKING;

	return guest;
}

/* A guest's launch or migration is over, it may be run. */
static void softpsp_set_running(struct softpsp_guest *guest)
{
	unsigned long flags;

	guest->state = SOFTPSP_RUNNING;

	spin_lock_irqsave(&softpsp_lock, flags);
	softpsp_asids[guest->asid].runnable = true;
	spin_unlock_irqrestore(&softpsp_lock, flags);
}

/* The firmware forgets all guests; every ASID wants a flush. */
static void softpsp_clear(void)
{
	unsigned long flags;
	int i;

	memset(softpsp_guests, 0, sizeof(softpsp_guests));
	softpsp_nr_guests = 0;
	softpsp_nr_active = 0;

	spin_lock_irqsave(&softpsp_lock, flags);
	for (i = 1; i <= SOFTPSP_MAX_ASIDS; i++) {
		softpsp_asids[i].handle = 0;
		softpsp_asids[i].runnable = false;
		softpsp_asids[i].dirty = true;
	}
	softpsp_wbinvd_done = false;
	spin_unlock_irqrestore(&softpsp_lock, flags);
}

static int softpsp_init_platform(u32 flags, u64 tmr_address, u32 tmr_len)
{
	if (softpsp_state != SEV_STATE_UNINIT) {
		softpsp_violation("INIT in platform state %d", softpsp_state);
		return SEV_RET_INVALID_PLATFORM_STATE;
	}

	if (flags & SEV_INIT_FLAGS_SEV_ES) {
		if (!IS_ALIGNED(tmr_address, SOFTPSP_TMR_LEN)) {
			softpsp_violation("INIT with a TMR at %#llx",
					  tmr_address);
			return SEV_RET_INVALID_ADDRESS;
		}
		if (tmr_len != SOFTPSP_TMR_LEN) {
			softpsp_violation("INIT with a TMR of %u bytes",
					  tmr_len);
			return SEV_RET_INVALID_LEN;
		}
	}

	softpsp_clear();
	softpsp_es_platform = flags & SEV_INIT_FLAGS_SEV_ES;
	softpsp_state = SEV_STATE_INIT;

	return SEV_RET_SUCCESS;
}

static int softpsp_init(struct sev_data_init *data)
{
	return softpsp_init_platform(data->flags, data->tmr_address,
				     data->tmr_len);
}

#if KPATCH_HAVE_INIT_EX
static int softpsp_init_ex(struct sev_data_init_ex *data)
{
	if (data->length != sizeof(*data))
		return SEV_RET_INVALID_LEN;
	if (data->nv_address) {
		if (!PAGE_ALIGNED(data->nv_address))
			return SEV_RET_INVALID_ADDRESS;
		if (data->nv_len != SOFTPSP_NV_LEN)
			return SEV_RET_INVALID_LEN;
	}

	return softpsp_init_platform(data->flags, data->tmr_address,
				     data->tmr_len);
}

#endif
static int softpsp_shutdown(void)
{
	if (softpsp_nr_guests)
		softpsp_violation("SHUTDOWN with %u guests", softpsp_nr_guests);

	softpsp_clear();
	softpsp_state = SEV_STATE_UNINIT;

	return SEV_RET_SUCCESS;
}

static int softpsp_platform_status(struct sev_user_data_status *data)
{
	memset(data, 0, sizeof(*data));
	data->api_major = SOFTPSP_API_MAJOR;
	data->api_minor = SOFTPSP_API_MINOR;
	data->build = SOFTPSP_BUILD;
	data->state = softpsp_state;
	if (softpsp_state != SEV_STATE_UNINIT) {
		data->flags = softpsp_es_platform ?
			      SEV_STATUS_FLAGS_CONFIG_ES : 0;
		data->guest_count = softpsp_nr_guests;
	}

	return SEV_RET_SUCCESS;
}

static int softpsp_pek_csr(struct sev_data_pek_csr *data)
{
	void *csr;

	if (softpsp_state == SEV_STATE_UNINIT)
		return SEV_RET_INVALID_PLATFORM_STATE;

	if (data->len < SOFTPSP_CERT_LEN) {
		data->len = SOFTPSP_CERT_LEN;
		return SEV_RET_INVALID_LEN;
	}

	csr = softpsp_memory(data->address, SOFTPSP_CERT_LEN);
	if (!csr)
		return SEV_RET_INVALID_ADDRESS;

	memset(csr, 0, SOFTPSP_CERT_LEN);
	data->len = SOFTPSP_CERT_LEN;

	return SEV_RET_SUCCESS;
}

/* There are no keys here that a certificate could be signed with. */
static int softpsp_pek_cert_import(struct sev_data_pek_cert_import *data)
{
	if (softpsp_state != SEV_STATE_INIT)
		return SEV_RET_INVALID_PLATFORM_STATE;

	if (data->pek_cert_len != SOFTPSP_CERT_LEN ||
	    data->oca_cert_len != SOFTPSP_CERT_LEN)
		return SEV_RET_INVALID_LEN;

	return SEV_RET_INVALID_CERTIFICATE;
}

static int softpsp_pdh_cert_export(struct sev_data_pdh_cert_export *data)
{
	void *pdh, *chain;
	int ret;

	if (softpsp_state == SEV_STATE_UNINIT)
		return SEV_RET_INVALID_PLATFORM_STATE;

	ret = SEV_RET_INVALID_LEN;
	if (data->pdh_cert_len < SOFTPSP_CERT_LEN ||
	    data->cert_chain_len < SOFTPSP_CHAIN_LEN)
		goto out;

	pdh = softpsp_memory(data->pdh_cert_address, SOFTPSP_CERT_LEN);
	chain = softpsp_memory(data->cert_chain_address, SOFTPSP_CHAIN_LEN);
	if (!pdh || !chain)
		return SEV_RET_INVALID_ADDRESS;

	memset(pdh, 0, SOFTPSP_CERT_LEN);
	memset(chain, 0, SOFTPSP_CHAIN_LEN);
	ret = SEV_RET_SUCCESS;
out:
	data->pdh_cert_len = SOFTPSP_CERT_LEN;
	data->cert_chain_len = SOFTPSP_CHAIN_LEN;

	return ret;
}

static int softpsp_get_id(struct sev_data_get_id *data)
{
	void *id;

	if (data->len < SOFTPSP_ID_LEN) {
		data->len = SOFTPSP_ID_LEN;
		return SEV_RET_INVALID_LEN;
	}

	id = softpsp_memory(data->address, SOFTPSP_ID_LEN);
	if (!id)
		return SEV_RET_INVALID_ADDRESS;

	memset(id, 0x5e, SOFTPSP_ID_LEN);
	data->len = SOFTPSP_ID_LEN;

	return SEV_RET_SUCCESS;
}

static int softpsp_df_flush(void)
{
	unsigned long flags;
	bool done;
	int i;

	spin_lock_irqsave(&softpsp_lock, flags);
	done = softpsp_wbinvd_done;
	for (i = 1; done && i <= SOFTPSP_MAX_ASIDS; i++)
		softpsp_asids[i].dirty = false;
	spin_unlock_irqrestore(&softpsp_lock, flags);

	if (!done) {
		softpsp_violation("DF_FLUSH without WBINVD since the last DEACTIVATE");
		return SEV_RET_WBINVD_REQUIRED;
	}

	softpsp_nr_df_flushes++;

	return SEV_RET_SUCCESS;
}

static int softpsp_may_activate(struct softpsp_guest *guest,
				unsigned int nr, struct softpsp_asid *asid)
{
	bool wants_es = guest->policy & SOFTPSP_POLICY_ES;
	bool is_es = nr < softpsp_min_asid(0);

	if (!asid->taken)
		softpsp_violation("ACTIVATE of ASID %u, which is in KVM's pool",
				  nr);

	/* Not a violation as such: a second LAUNCH_START of user space. */
	if (asid->handle)
		return SEV_RET_ASID_OWNED;

	if (guest->asid) {
		softpsp_violation("ACTIVATE of guest %u, which is active on ASID %u",
				  guest->handle, guest->asid);
		return SEV_RET_ACTIVE;
	}

	if (guest->state == SOFTPSP_SENT)
		return SEV_RET_INVALID_GUEST_STATE;

	if (asid->dirty) {
		softpsp_violation("ACTIVATE of ASID %u, which wants DF_FLUSH",
				  nr);
		return SEV_RET_DFFLUSH_REQUIRED;
	}

	/* User space may want another policy than it initialised the VM for. */
	if (wants_es != is_es)
		return SEV_RET_INVALID_ASID;

	return SEV_RET_SUCCESS;
}

static int softpsp_activate(struct sev_data_activate *data)
{
	struct softpsp_guest *guest;
	struct softpsp_asid *asid;
	unsigned long flags;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_ACTIVATE, data->handle, &guest);
	if (ret)
		return ret;

	if (!data->asid || data->asid > softpsp_max_asid(0)) {
		softpsp_violation("ACTIVATE of ASID %u", data->asid);
		return SEV_RET_INVALID_ASID;
	}

	asid = &softpsp_asids[data->asid];

	spin_lock_irqsave(&softpsp_lock, flags);
	ret = softpsp_may_activate(guest, data->asid, asid);
	if (!ret) {
		asid->handle = guest->handle;
		asid->runnable = guest->state == SOFTPSP_RUNNING ||
				 guest->state == SOFTPSP_SUPDATE;
		asid->reported = false;
		asid->stuck = false;
		guest->asid = data->asid;
		softpsp_nr_active++;
	}
	spin_unlock_irqrestore(&softpsp_lock, flags);

	return ret;
}

static int softpsp_deactivate(struct sev_data_deactivate *data)
{
	struct softpsp_guest *guest;
	struct softpsp_asid *asid;
	unsigned long flags;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_DEACTIVATE, data->handle, &guest);
	if (ret)
		return ret;

	if (!guest->asid)
		return softpsp_inactive(SEV_CMD_DEACTIVATE, guest);

	asid = &softpsp_asids[guest->asid];

	spin_lock_irqsave(&softpsp_lock, flags);
	asid->handle = 0;
	asid->runnable = false;
	asid->dirty = true;
	softpsp_wbinvd_done = false;
	spin_unlock_irqrestore(&softpsp_lock, flags);

	guest->asid = 0;
	softpsp_nr_active--;

	return SEV_RET_SUCCESS;
}

static int softpsp_decommission(struct sev_data_decommission *data)
{
	struct softpsp_guest *guest;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_DECOMMISSION, data->handle, &guest);
	if (ret)
		return ret;

	if (guest->asid) {
		if (!softpsp_asids[guest->asid].stuck)
			softpsp_violation("DECOMMISSION of guest %u, which is active on ASID %u",
					  guest->handle, guest->asid);
		return SEV_RET_ACTIVE;
	}

	memset(guest, 0, sizeof(*guest));
	if (!--softpsp_nr_guests)
		softpsp_state = SEV_STATE_INIT;

	return SEV_RET_SUCCESS;
}

static int softpsp_guest_status(struct sev_data_guest_status *data)
{
	struct softpsp_guest *guest;

	if (softpsp_state == SEV_STATE_UNINIT)
		return SEV_RET_INVALID_PLATFORM_STATE;

	guest = softpsp_find(data->handle);
	data->state = guest ? guest->state : SOFTPSP_INVALID;
	data->asid = guest ? guest->asid : 0;
	data->policy = guest ? guest->policy : 0;

	return SEV_RET_SUCCESS;
}

/* A guest may use the key of another one of the same policy. */
static int softpsp_may_share(u32 handle, u32 policy)
{
	struct softpsp_guest *other;

	if (!handle)
		return SEV_RET_SUCCESS;

	other = softpsp_find(handle);
	if (!other)
		return SEV_RET_INVALID_GUEST;

	if (other->policy != policy || other->policy & SOFTPSP_POLICY_NOKS)
		return SEV_RET_POLICY_FAILURE;

	return SEV_RET_SUCCESS;
}

/* What a guest owner's session vouches for. */
static int softpsp_check_policy(u32 policy)
{
	unsigned int major = policy >> 16 & 0xff;
	unsigned int minor = policy >> 24;

	if (policy & SOFTPSP_POLICY_RESERVED)
		return SEV_RET_POLICY_FAILURE;

	if (major > SOFTPSP_API_MAJOR ||
	    (major == SOFTPSP_API_MAJOR && minor > SOFTPSP_API_MINOR))
		return SEV_RET_POLICY_FAILURE;

	return SEV_RET_SUCCESS;
}

static int softpsp_start_guest(u32 *handle, u32 policy, u8 state, u64 key)
{
	struct softpsp_guest *guest;
	int ret;

	ret = softpsp_may_share(*handle, policy);
	if (ret)
		return ret;

	if (policy & SOFTPSP_POLICY_ES && !softpsp_es_platform)
		return SEV_RET_UNSUPPORTED;

	guest = softpsp_new_guest(policy, state);
	if (!guest)
		return SEV_RET_RESOURCE_LIMIT;

	guest->key = key;
	*handle = guest->handle;

	return SEV_RET_SUCCESS;
}

static int softpsp_launch_start(struct sev_data_launch_start *data)
{
	u32 handle = data->handle;
	int ret;

	if (softpsp_state == SEV_STATE_UNINIT)
		return SEV_RET_INVALID_PLATFORM_STATE;

	if (data->dh_cert_address) {
		if (data->session_len != sizeof(struct softpsp_session) ||
		    data->dh_cert_len != SOFTPSP_CERT_LEN)
			return SEV_RET_INVALID_LEN;

		ret = softpsp_check_policy(data->policy);
		if (ret)
			return ret;
	}

	ret = softpsp_start_guest(&handle, data->policy, SOFTPSP_LUPDATE, 0);
	data->handle = handle;

	return ret;
}

static int softpsp_launch_update(int cmd, u32 handle, u64 address, u32 len)
{
	struct softpsp_guest *guest;
	void *memory;
	int ret;

	if (cmd == SEV_CMD_LAUNCH_UPDATE_VMSA && len != SOFTPSP_VMSA_LEN)
		return SEV_RET_INVALID_LEN;

	ret = softpsp_get_guest(cmd, handle, &guest);
	if (ret)
		return ret;

	if (guest->state != SOFTPSP_LUPDATE)
		return SEV_RET_INVALID_GUEST_STATE;

	if (cmd == SEV_CMD_LAUNCH_UPDATE_VMSA &&
	    !(guest->policy & SOFTPSP_POLICY_ES))
		return SEV_RET_UNSUPPORTED;

	if (!guest->asid)
		return softpsp_inactive(cmd, guest);

	if (!IS_ALIGNED(address, 16))
		return SEV_RET_INVALID_ADDRESS;

	if (!len || !IS_ALIGNED(len, 16))
		return SEV_RET_INVALID_LEN;

	memory = softpsp_memory(address, len);
	if (!memory)
		return SEV_RET_INVALID_ADDRESS;

	guest->digest = softpsp_hash(guest->digest, memory, len);

	return SEV_RET_SUCCESS;
}

static int softpsp_launch_measure(struct sev_data_launch_measure *data)
{
	struct softpsp_measurement *measurement;
	struct softpsp_guest *guest;
	u64 mac;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_LAUNCH_MEASURE, data->handle, &guest);
	if (ret)
		return ret;

	if (guest->state != SOFTPSP_LUPDATE)
		return SEV_RET_INVALID_GUEST_STATE;

	if (data->len < sizeof(*measurement)) {
		data->len = sizeof(*measurement);
		return SEV_RET_INVALID_LEN;
	}

	measurement = softpsp_memory(data->address, sizeof(*measurement));
	if (!measurement)
		return SEV_RET_INVALID_ADDRESS;

	memset(measurement, 0, sizeof(*measurement));
	get_random_bytes(measurement->nonce, sizeof(measurement->nonce));
	mac = softpsp_hash(guest->digest, &guest->policy,
			   sizeof(guest->policy));
	mac = softpsp_hash(mac, measurement->nonce, sizeof(measurement->nonce));
	memcpy(measurement->mac, &mac, sizeof(mac));

	data->len = sizeof(*measurement);
	guest->state = SOFTPSP_LSECRET;

	return SEV_RET_SUCCESS;
}

/* The header's MAC isn't looked at: the guest owner's keys are not known. */
static int softpsp_launch_secret(struct sev_data_launch_secret *data)
{
	struct softpsp_guest *guest;
	void *to, *from;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_LAUNCH_UPDATE_SECRET, data->handle,
				&guest);
	if (ret)
		return ret;

	if (!IS_ALIGNED(data->guest_address, 16))
		return SEV_RET_INVALID_ADDRESS;

	if (data->hdr_len != sizeof(struct softpsp_header) ||
	    !data->guest_len || !IS_ALIGNED(data->guest_len, 16) ||
	    data->guest_len > SOFTPSP_SCRATCH_LEN ||
	    data->guest_len != data->trans_len)
		return SEV_RET_INVALID_LEN;

	if (guest->state != SOFTPSP_LSECRET)
		return SEV_RET_INVALID_GUEST_STATE;

	if (!guest->asid)
		return softpsp_inactive(SEV_CMD_LAUNCH_UPDATE_SECRET, guest);

	to = softpsp_memory(data->guest_address, data->guest_len);
	from = softpsp_memory(data->trans_address, data->trans_len);
	if (!to || !from)
		return SEV_RET_INVALID_ADDRESS;

	memmove(to, from, data->guest_len);

	return SEV_RET_SUCCESS;
}

static int softpsp_launch_finish(struct sev_data_launch_finish *data)
{
	struct softpsp_guest *guest;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_LAUNCH_FINISH, data->handle, &guest);
	if (ret)
		return ret;

	if (guest->state != SOFTPSP_LSECRET)
		return SEV_RET_INVALID_GUEST_STATE;

	softpsp_set_running(guest);

	return SEV_RET_SUCCESS;
}

#if KPATCH_HAVE_ATTESTATION
static int softpsp_attestation(struct sev_data_attestation_report *data)
{
	struct softpsp_report *report;
	struct softpsp_guest *guest;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_ATTESTATION_REPORT, data->handle,
				&guest);
	if (ret)
		return ret;

	switch (guest->state) {
	case SOFTPSP_LSECRET:
	case SOFTPSP_RUNNING:
	case SOFTPSP_SUPDATE:
	case SOFTPSP_SENT:
		break;
	default:
		return SEV_RET_INVALID_GUEST_STATE;
	}

	if (data->len < sizeof(*report)) {
		data->len = sizeof(*report);
		return SEV_RET_INVALID_LEN;
	}

	report = softpsp_memory(data->address, sizeof(*report));
	if (!report)
		return SEV_RET_INVALID_ADDRESS;

	memset(report, 0, sizeof(*report));
	memcpy(report->mnonce, data->mnonce, sizeof(report->mnonce));
	memcpy(report->digest, &guest->digest, sizeof(guest->digest));
	report->policy = guest->policy;
	data->len = sizeof(*report);

	return SEV_RET_SUCCESS;
}

#endif
static u64 softpsp_session_mac(struct softpsp_session *session, u32 policy)
{
	u64 mac = softpsp_hash(softpsp_hash_init(), session->nonce,
			       sizeof(session->nonce));

	return softpsp_hash(mac, &policy, sizeof(policy));
}

static int softpsp_send_start(struct sev_data_send_start *data)
{
	struct softpsp_session *session;
	struct softpsp_guest *guest;
	u64 mac;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_SEND_START, data->handle, &guest);
	if (ret)
		return ret;

	if (data->session_len != sizeof(*session)) {
		data->session_len = sizeof(*session);
		return SEV_RET_INVALID_LEN;
	}

	if (guest->state != SOFTPSP_RUNNING)
		return SEV_RET_INVALID_GUEST_STATE;

	if (guest->policy & SOFTPSP_POLICY_NOSEND)
		return SEV_RET_POLICY_FAILURE;

	/* These policies have the receiver's certificates verified. */
	if (guest->policy & (SOFTPSP_POLICY_SEV | SOFTPSP_POLICY_DOMAIN))
		return SEV_RET_INVALID_CERTIFICATE;

	if (data->pdh_cert_len != SOFTPSP_CERT_LEN)
		return SEV_RET_INVALID_LEN;

	session = softpsp_memory(data->session_address, sizeof(*session));
	if (!session)
		return SEV_RET_INVALID_ADDRESS;

	memset(session, 0, sizeof(*session));
	get_random_bytes(session->nonce, sizeof(session->nonce));
	mac = softpsp_session_mac(session, guest->policy);
	memcpy(session->policy_mac, &mac, sizeof(mac));
	guest->key = mac;

	data->policy = guest->policy;
	guest->state = SOFTPSP_SUPDATE;

	return SEV_RET_SUCCESS;
}

static int softpsp_send_update(struct sev_data_send_update_data *data)
{
	struct softpsp_header *header;
	struct softpsp_guest *guest;
	void *from, *to;
	u64 mac;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_SEND_UPDATE_DATA, data->handle, &guest);
	if (ret == SEV_RET_INVALID_PLATFORM_STATE)
		return ret;

	if (data->hdr_len < sizeof(*header)) {
		data->hdr_len = sizeof(*header);
		return SEV_RET_INVALID_LEN;
	}

	if (ret)
		return ret;

	if (guest->state != SOFTPSP_SUPDATE)
		return SEV_RET_INVALID_GUEST_STATE;

	if (!guest->asid)
		return softpsp_inactive(SEV_CMD_SEND_UPDATE_DATA, guest);

	if (!data->guest_len || data->guest_len > SOFTPSP_SCRATCH_LEN ||
	    !IS_ALIGNED(data->guest_len, 16) ||
	    data->trans_len < data->guest_len)
		return SEV_RET_INVALID_LEN;

	if (!IS_ALIGNED(data->guest_address, 16))
		return SEV_RET_INVALID_ADDRESS;

	header = softpsp_memory(data->hdr_address, sizeof(*header));
	from = softpsp_memory(data->guest_address, data->guest_len);
	to = softpsp_memory(data->trans_address, data->trans_len);
	if (!header || !from || !to)
		return SEV_RET_INVALID_ADDRESS;

	memset(header, 0, sizeof(*header));
	mac = softpsp_hash(guest->key, from, data->guest_len);
	memcpy(header->mac, &mac, sizeof(mac));
	memmove(to, from, data->guest_len);
	data->hdr_len = sizeof(*header);

	return SEV_RET_SUCCESS;
}

static int softpsp_send_end(int cmd, u32 handle, u8 state)
{
	struct softpsp_guest *guest;
	int ret;

	ret = softpsp_get_guest(cmd, handle, &guest);
	if (ret)
		return ret;

	if (guest->state != SOFTPSP_SUPDATE)
		return SEV_RET_INVALID_GUEST_STATE;

	guest->state = state;

	return SEV_RET_SUCCESS;
}

static int softpsp_receive_start(struct sev_data_receive_start *data)
{
	struct softpsp_session *session;
	u32 handle = data->handle;
	u64 mac;
	int ret;

	if (softpsp_state == SEV_STATE_UNINIT)
		return SEV_RET_INVALID_PLATFORM_STATE;

	if (data->session_len != sizeof(*session) ||
	    data->pdh_cert_len != SOFTPSP_CERT_LEN)
		return SEV_RET_INVALID_LEN;

	session = softpsp_memory(data->session_address, sizeof(*session));
	if (!session)
		return SEV_RET_INVALID_ADDRESS;

	mac = softpsp_session_mac(session, data->policy);
	if (memcmp(session->policy_mac, &mac, sizeof(mac)))
		return SEV_RET_BAD_MEASUREMENT;

	ret = softpsp_check_policy(data->policy);
	if (ret)
		return ret;

	ret = softpsp_start_guest(&handle, data->policy, SOFTPSP_RUPDATE, mac);
	data->handle = handle;

	return ret;
}

static int softpsp_receive_update(struct sev_data_receive_update_data *data)
{
	struct softpsp_header *header;
	struct softpsp_guest *guest;
	void *from, *to;
	u64 mac;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_RECEIVE_UPDATE_DATA, data->handle,
				&guest);
	if (ret)
		return ret;

	if (guest->state != SOFTPSP_RUPDATE)
		return SEV_RET_INVALID_GUEST_STATE;

	if (!guest->asid)
		return softpsp_inactive(SEV_CMD_RECEIVE_UPDATE_DATA, guest);

	if (!data->trans_len || data->trans_len > SOFTPSP_SCRATCH_LEN ||
	    data->guest_len != data->trans_len ||
	    !IS_ALIGNED(data->guest_len, 16) ||
	    data->hdr_len < sizeof(*header))
		return SEV_RET_INVALID_LEN;

	if (!IS_ALIGNED(data->guest_address, 16))
		return SEV_RET_INVALID_ADDRESS;

	header = softpsp_memory(data->hdr_address, sizeof(*header));
	from = softpsp_memory(data->trans_address, data->trans_len);
	to = softpsp_memory(data->guest_address, data->guest_len);
	if (!header || !from || !to)
		return SEV_RET_INVALID_ADDRESS;

	mac = softpsp_hash(guest->key, from, data->trans_len);
	if (memcmp(header->mac, &mac, sizeof(mac)))
		return SEV_RET_BAD_MEASUREMENT;

	memmove(to, from, data->guest_len);

	return SEV_RET_SUCCESS;
}

static int softpsp_receive_finish(struct sev_data_receive_finish *data)
{
	struct softpsp_guest *guest;
	int ret;

	ret = softpsp_get_guest(SEV_CMD_RECEIVE_FINISH, data->handle, &guest);
	if (ret)
		return ret;

	if (guest->state != SOFTPSP_RUPDATE)
		return SEV_RET_INVALID_GUEST_STATE;

	softpsp_set_running(guest);

	return SEV_RET_SUCCESS;
}

static int softpsp_dbg(int cmd, struct sev_data_dbg *data)
{
	struct softpsp_guest *guest;
	void *from, *to;
	int ret;

	ret = softpsp_get_guest(cmd, data->handle, &guest);
	if (ret == SEV_RET_INVALID_PLATFORM_STATE)
		return ret;

	if (!IS_ALIGNED(data->src_addr, 16) || !IS_ALIGNED(data->dst_addr, 16))
		return SEV_RET_INVALID_ADDRESS;

	if (!IS_ALIGNED(data->len, 16))
		return SEV_RET_INVALID_LEN;

	if (ret)
		return ret;

	if (guest->policy & SOFTPSP_POLICY_NODBG)
		return SEV_RET_POLICY_FAILURE;

	if (!guest->asid)
		return softpsp_inactive(cmd, guest);

	from = softpsp_memory(data->src_addr, data->len);
	to = softpsp_memory(data->dst_addr, data->len);
	if (!from || !to)
		return SEV_RET_INVALID_ADDRESS;

	memmove(to, from, data->len);

	return SEV_RET_SUCCESS;
}

static int softpsp_launch_update_data(struct sev_data_launch_update_data *data)
{
	return softpsp_launch_update(SEV_CMD_LAUNCH_UPDATE_DATA, data->handle,
				     data->address, data->len);
}

static int softpsp_launch_update_vmsa(struct sev_data_launch_update_vmsa *data)
{
	return softpsp_launch_update(SEV_CMD_LAUNCH_UPDATE_VMSA, data->handle,
				     data->address, data->len);
}

static int softpsp_send_finish(struct sev_data_send_finish *data)
{
	return softpsp_send_end(SEV_CMD_SEND_FINISH, data->handle,
				SOFTPSP_SENT);
}

#if KPATCH_HAVE_SEND_CANCEL
static int softpsp_send_cancel(struct sev_data_send_cancel *data)
{
	return softpsp_send_end(SEV_CMD_SEND_CANCEL, data->handle,
				SOFTPSP_RUNNING);
}

#endif
static int softpsp_run(int cmd, void *data)
{
	switch (cmd) {
	case SEV_CMD_INIT:
		return softpsp_init(data);
#if KPATCH_HAVE_INIT_EX
	case SEV_CMD_INIT_EX:
		return softpsp_init_ex(data);
#endif
	case SEV_CMD_SHUTDOWN:
		return softpsp_shutdown();
	case SEV_CMD_FACTORY_RESET:
		return softpsp_state == SEV_STATE_UNINIT ?
		       SEV_RET_SUCCESS : SEV_RET_INVALID_PLATFORM_STATE;
	case SEV_CMD_PLATFORM_STATUS:
		return softpsp_platform_status(data);
	case SEV_CMD_PEK_GEN:
		return softpsp_state == SEV_STATE_INIT ?
		       SEV_RET_SUCCESS : SEV_RET_INVALID_PLATFORM_STATE;
	case SEV_CMD_PDH_GEN:
		return softpsp_state != SEV_STATE_UNINIT ?
		       SEV_RET_SUCCESS : SEV_RET_INVALID_PLATFORM_STATE;
	case SEV_CMD_PEK_CSR:
		return softpsp_pek_csr(data);
	case SEV_CMD_PEK_CERT_IMPORT:
		return softpsp_pek_cert_import(data);
	case SEV_CMD_PDH_CERT_EXPORT:
		return softpsp_pdh_cert_export(data);
	case SEV_CMD_GET_ID:
		return softpsp_get_id(data);
	case SEV_CMD_DF_FLUSH:
		return softpsp_df_flush();
	case SEV_CMD_ACTIVATE:
		return softpsp_activate(data);
	case SEV_CMD_DEACTIVATE:
		return softpsp_deactivate(data);
	case SEV_CMD_DECOMMISSION:
		return softpsp_decommission(data);
	case SEV_CMD_GUEST_STATUS:
		return softpsp_guest_status(data);
	case SEV_CMD_LAUNCH_START:
		return softpsp_launch_start(data);
	case SEV_CMD_LAUNCH_UPDATE_DATA:
		return softpsp_launch_update_data(data);
	case SEV_CMD_LAUNCH_UPDATE_VMSA:
		return softpsp_launch_update_vmsa(data);
	case SEV_CMD_LAUNCH_MEASURE:
		return softpsp_launch_measure(data);
	case SEV_CMD_LAUNCH_UPDATE_SECRET:
		return softpsp_launch_secret(data);
	case SEV_CMD_LAUNCH_FINISH:
		return softpsp_launch_finish(data);
#if KPATCH_HAVE_ATTESTATION
	case SEV_CMD_ATTESTATION_REPORT:
		return softpsp_attestation(data);
#endif
	case SEV_CMD_SEND_START:
		return softpsp_send_start(data);
	case SEV_CMD_SEND_UPDATE_DATA:
		return softpsp_send_update(data);
	case SEV_CMD_SEND_FINISH:
		return softpsp_send_finish(data);
#if KPATCH_HAVE_SEND_CANCEL
	case SEV_CMD_SEND_CANCEL:
		return softpsp_send_cancel(data);
#endif
	case SEV_CMD_RECEIVE_START:
		return softpsp_receive_start(data);
	case SEV_CMD_RECEIVE_UPDATE_DATA:
		return softpsp_receive_update(data);
	case SEV_CMD_RECEIVE_FINISH:
		return softpsp_receive_finish(data);
	case SEV_CMD_DBG_DECRYPT:
	case SEV_CMD_DBG_ENCRYPT:
		return softpsp_dbg(cmd, data);
	default:
		return SEV_RET_INVALID_COMMAND;
	}
}

/* Whether this command was to fail; from now on none is. */
static bool softpsp_must_fail(int cmd, void *data)
{
	struct softpsp_guest *guest;

	if (!cmd || READ_ONCE(softpsp_fail_command) != cmd)
		return false;

	WRITE_ONCE(softpsp_fail_command, 0);

	/* What KVM can't undo any more isn't its fault. */
	if (cmd == SEV_CMD_DEACTIVATE && !READ_ONCE(softpsp_fail_late)) {
		guest = softpsp_find(((struct sev_data_deactivate *)data)->handle);
		if (guest)
			softpsp_asids[guest->asid].stuck = true;
	}

	return true;
}

/* Called with sev_cmd_mutex held. */
int softpsp_do_cmd(int cmd, void *data, int *psp_ret)
{
	bool fail = softpsp_must_fail(cmd, data);
	int status = READ_ONCE(softpsp_fail_code);

	if (!fail)
		status = softpsp_run(cmd, data);
	else if (READ_ONCE(softpsp_fail_late))
		softpsp_run(cmd, data);
	softpsp_nr_commands++;

	pr_debug("command %#x: status %#x%s\n", cmd, status,
		 fail ? ", injected" : "");

	if (psp_ret)
		*psp_ret = status;

	return fail || status ? -EIO : 0;
}

bool softpsp_enabled(void)
{
	return softpsp_enable;
}
EXPORT_SYMBOL_GPL(softpsp_enabled);

void softpsp_wbinvd(void)
{
	unsigned long flags;

	if (!softpsp_enabled())
		return;

	spin_lock_irqsave(&softpsp_lock, flags);
	softpsp_wbinvd_done = true;
	softpsp_nr_wbinvds++;
	spin_unlock_irqrestore(&softpsp_lock, flags);
}
#if KPATCH_HAVE_WBNOINVD

void softpsp_writeback(void)
{
	unsigned long flags;

	spin_lock_irqsave(&softpsp_lock, flags);
	softpsp_nr_writebacks++;
	spin_unlock_irqrestore(&softpsp_lock, flags);
}
#endif

unsigned int softpsp_c_bit(unsigned int ebx)
{
	return softpsp_enabled() ? SOFTPSP_C_BIT : ebx;
}
EXPORT_SYMBOL_GPL(softpsp_c_bit);

unsigned int softpsp_max_asid(unsigned int ecx)
{
	return softpsp_enabled() ? softpsp_nr_asids : ecx;
}
EXPORT_SYMBOL_GPL(softpsp_max_asid);

/* SEV-ES guests use the ASIDs below this one, others the rest. */
unsigned int softpsp_min_asid(unsigned int edx)
{
	if (!softpsp_enabled())
		return edx;

	return softpsp_es ? softpsp_nr_asids / 3 + 1 : 1;
}
EXPORT_SYMBOL_GPL(softpsp_min_asid);

void softpsp_asid_new(unsigned int nr)
{
	struct softpsp_asid *asid;
	unsigned long flags;

	if (!softpsp_enabled() || nr > SOFTPSP_MAX_ASIDS)
		return;

	asid = &softpsp_asids[nr];

	spin_lock_irqsave(&softpsp_lock, flags);
	if (asid->taken)
		softpsp_violation("ASID %u is taken twice", nr);
	if (asid->handle && !asid->stuck)
		softpsp_violation("ASID %u is taken while guest %u is active on it",
				  nr, asid->handle);
	asid->taken = true;
	spin_unlock_irqrestore(&softpsp_lock, flags);
}
EXPORT_SYMBOL_GPL(softpsp_asid_new);

void softpsp_asid_free(unsigned int nr)
{
	struct softpsp_asid *asid;
	unsigned long flags;

	if (!softpsp_enabled() || nr > SOFTPSP_MAX_ASIDS)
		return;

	asid = &softpsp_asids[nr];

	spin_lock_irqsave(&softpsp_lock, flags);
	if (!asid->taken)
		softpsp_violation("ASID %u is freed twice", nr);
	if (asid->handle && !asid->stuck)
		softpsp_violation("ASID %u is freed while guest %u is active on it",
				  nr, asid->handle);
	asid->taken = false;
	spin_unlock_irqrestore(&softpsp_lock, flags);
}
EXPORT_SYMBOL_GPL(softpsp_asid_free);

/*
 * The processor refuses an ASID that the firmware has not made valid, which
 * VMRUN with ASID zero shows as well: KVM_EXIT_FAIL_ENTRY.  Before the end of
 * its launch a guest isn't valid either; that is user space's fault.
 */
unsigned int softpsp_vmrun(unsigned int nr)
{
	struct softpsp_asid *asid;
	unsigned long flags;
	bool runnable;

	if (!softpsp_enabled())
		return nr;

	if (!nr || nr > SOFTPSP_MAX_ASIDS) {
		softpsp_violation("VMRUN with ASID %u", nr);
		return 0;
	}

	asid = &softpsp_asids[nr];

	spin_lock_irqsave(&softpsp_lock, flags);
	if (!asid->handle && !asid->reported) {
		softpsp_violation("VMRUN with ASID %u, which isn't active", nr);
		asid->reported = true;
	}
	runnable = asid->runnable;
	spin_unlock_irqrestore(&softpsp_lock, flags);

	return runnable ? nr : 0;
}
EXPORT_SYMBOL_GPL(softpsp_vmrun);

/*
 * Alternatives are patched already, so that only boot_cpu_has() knows of
 * these: KVM finds what it asks for when it is set up, and goes on to use the
 * processor as it is.
 */
static void __init softpsp_set_caps(void)
{
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_SEV);
#if KPATCH_HAVE_SEV_ENABLED
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_DECODEASSISTS);
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_FLUSHBYASID);
#endif
	if (softpsp_es) {
		set_cpu_cap(&boot_cpu_data, X86_FEATURE_SEV_ES);
		set_cpu_cap(&boot_cpu_data, X86_FEATURE_LBRV);
	}
}

static struct sev_vdata softpsp_sev_vdata;
static struct psp_vdata softpsp_vdata = { .sev = &softpsp_sev_vdata };

/* Before KVM, and before the real driver would look for a device. */
static int __init softpsp_probe(void)
{
	struct platform_device *pdev;
	struct psp_device *psp;
	int ret;

	if (!softpsp_enabled())
		return 0;

	softpsp_nr_asids = clamp(softpsp_nr_asids, 1U,
				 (unsigned int)SOFTPSP_MAX_ASIDS);

	psp = kzalloc(sizeof(*psp), GFP_KERNEL);
	if (!psp)
		return -ENOMEM;

	pdev = platform_device_register_simple("softpsp", PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev)) {
		ret = PTR_ERR(pdev);
		goto e_free;
	}

	psp->dev = &pdev->dev;
	psp->vdata = &softpsp_vdata;
	/* Where 5.10 doesn't ask, 6.1 wants a processor with SEV. */
	softpsp_set_caps();
	ret = sev_dev_init(psp);
	if (ret)
		goto e_unregister;

	psp_master = psp;
	sev_pci_init();
	pr_info("enabled, ASIDs 1 to %u, SEV-ES below %u\n", softpsp_nr_asids,
		softpsp_min_asid(0));

	return 0;

e_unregister:
	platform_device_unregister(pdev);
e_free:
	kfree(psp);
	softpsp_enable = 0;
	return ret;
}
fs_initcall(softpsp_probe);
