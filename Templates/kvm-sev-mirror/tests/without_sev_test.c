// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel without SEV says: that it has none, whatever is asked for.
 */
#define _GNU_SOURCE

#include "mirror.h"

static const char *needs_no_sev(void)
{
	const char *reason = needs_kvm();

	if (reason)
		return reason;
	if (sev_is_usable())
		return "not exercised: SEV is usable on this machine";
	return NULL;
}

#if KPATCH_API_CAPABILITY
static void offers_nothing(void)
{
	int vm = create_vm();
	int offered = ioctl(vm, KVM_CHECK_EXTENSION, KPATCH_cap);

	if (offered)
		ktap_fail("KVM_CHECK_EXTENSION returns %d", offered);
	close(vm);
}
#endif

static void refuses_everything(void)
{
	int other = create_vm();
	int vm = create_vm();

#if KPATCH_API_ENC_OP
	expect_refusal(share(vm, other), ENOTTY, "plain VM");
	expect_refusal(request(vm, vm), ENOTTY, "itself");
	expect_refusal(request(vm, CLOSED_FD), ENOTTY, "closed descriptor");
#else
	expect_refusal(share(vm, other), EINVAL, "plain VM");
	expect_refusal(request(vm, vm), EINVAL, "itself");
	if (!request(vm, CLOSED_FD))
		ktap_fail("closed descriptor: not refused");
#endif
	close(vm);
	close(other);
}

static const struct ktap_case cases[] = {
#if KPATCH_API_CAPABILITY
	{ "offers_nothing",	offers_nothing,		needs_no_sev },
#endif
	{ "refuses_everything",	refuses_everything,	needs_no_sev },
};

int main(void)
{
	return run_cases(cases);
}
