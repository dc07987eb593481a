// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that the firmware fails, one at a time: the ioctl says so, nothing
 * is left behind, and the same again works.
 */
#define _GNU_SOURCE

#include <linux/psp-sev.h>

#include "guest_code.h"

/* Commands of the firmware: enum sev_cmd of include/linux/psp-sev.h. */
#define CMD_INIT			0x001
#define CMD_DF_FLUSH			0x00a
#define CMD_DECOMMISSION		0x020
#define CMD_ACTIVATE			0x021
#define CMD_DEACTIVATE			0x022
#define CMD_LAUNCH_START		0x030
#define CMD_LAUNCH_UPDATE_DATA		0x031
#define CMD_LAUNCH_MEASURE		0x033
#define CMD_LAUNCH_UPDATE_SECRET	0x034
#define CMD_LAUNCH_FINISH		0x035

#define CODE	SEV_RET_RESOURCE_LIMIT

static void set_firmware(const char *name, int value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/softpsp/parameters/%s", name);
	fd = check(open(path, O_WRONLY | O_CLOEXEC), path);
	if (dprintf(fd, "%d", value) < 0)
		check(-1, path);
	close(fd);
}

static void fail_next(int command)
{
	set_firmware("fail_code", CODE);
	set_firmware("fail_command", command);
}

/* As if only the answer got lost: KVM can't do more than go on. */
static void fail_next_late(int command)
{
	set_firmware("fail_late", 1);
	fail_next(command);
}

static void expect_fired(const char *what)
{
	if (firmware("fail_command")) {
		ktap_fail("%s: the command was not issued", what);
		set_firmware("fail_command", 0);
	}
	if (firmware("fail_late") > 0)
		set_firmware("fail_late", 0);
}

/* Judges what an ioctl has returned, right after it. */
static void expect_failure(int result, const char *what)
{
	int error = errno;

	if (!result)
		ktap_fail("%s succeeds", what);
	else if (error != EIO)
		ktap_fail("%s: %s", what, strerrorname_np(error));
	else if (firmware_error != CODE)
		ktap_fail("%s: the firmware's error is %u instead of %u", what,
			  firmware_error, CODE);
	expect_fired(what);
}

static void expect_sharing(int source)
{
	int mirror = create_vm();

	if (share(mirror, source))
		ktap_fail("sharing afterwards: %s", strerrorname_np(errno));
	close_mirror(mirror);
}

/* SHUTDOWN comes with the reset; the next guest has to initialise again. */
static void survives_failed_init(void)
{
	struct sev_user_data_status status = { 0 };
	struct sev_issue_cmd reset = { .cmd = SEV_FACTORY_RESET };
	struct sev_issue_cmd ask = {
		.cmd = SEV_PLATFORM_STATUS,
		.data = (unsigned long)&status,
	};
	int vm = create_vm();

	ioctl(sev_device(), SEV_ISSUE_CMD, &reset);
	check(ioctl(sev_device(), SEV_ISSUE_CMD, &ask), "SEV_PLATFORM_STATUS");
	if (status.state) {
		ktap_skip("not exercised: the firmware can't be reset");
		return;
	}
	fail_next(CMD_INIT);
	expect_failure(sev_command(vm, KVM_SEV_INIT, NULL), "KVM_SEV_INIT");
	check(sev_command(vm, KVM_SEV_INIT, NULL), "KVM_SEV_INIT afterwards");
	launch(vm);
	expect_sharing(vm);
	close(vm);
}

/* A source whose launch has failed is as good as one that wasn't launched. */
static void survive_failed_start(int command)
{
	struct kvm_sev_launch_start start = { .policy = 0 };
	int source = create_sev_vm();
	int mirror = create_vm();

	fail_next(command);
	expect_failure(sev_command(source, KVM_SEV_LAUNCH_START, &start),
		       "KVM_SEV_LAUNCH_START");
	expect_firmware("guests", left.guests, "after the failed launch");
	expect_refusal(share(mirror, source), EINVAL, "sharing");
	close_mirror(mirror);
	close(source);
}

static void failed_start_is_no_source(void)
{
	survive_failed_start(CMD_LAUNCH_START);
}

static void failed_activate_is_no_source(void)
{
	survive_failed_start(CMD_ACTIVATE);
}

static void survives_failed_launch(void)
{
	struct kvm_sev_launch_start start = { .policy = 0 };
	static const int commands[] = { CMD_LAUNCH_START, CMD_ACTIVATE };
	int source;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		source = create_sev_vm();
		fail_next(commands[i]);
		expect_failure(sev_command(source, KVM_SEV_LAUNCH_START,
					   &start), "KVM_SEV_LAUNCH_START");
		launch(source);
		expect_sharing(source);
		close(source);
	}
}

/* The rest of the launch, with a mirror that has nothing to do with it. */
static void survives_failed_rest_of_launch(void)
{
	struct kvm_sev_launch_update_data update = { .len = PAGE };
	char blob[256];
	struct kvm_sev_launch_measure measure = {
		.uaddr = (unsigned long)blob,
		.len = sizeof(blob),
	};
	int source = create_source();
	int mirror = create_mirror(source);

	update.uaddr = (unsigned long)map_pages(1);
	fail_next(CMD_LAUNCH_UPDATE_DATA);
	expect_failure(sev_command(source, KVM_SEV_LAUNCH_UPDATE_DATA, &update),
		       "KVM_SEV_LAUNCH_UPDATE_DATA");
	check(sev_command(source, KVM_SEV_LAUNCH_UPDATE_DATA, &update),
	      "KVM_SEV_LAUNCH_UPDATE_DATA afterwards");

	fail_next(CMD_LAUNCH_MEASURE);
	expect_failure(sev_command(source, KVM_SEV_LAUNCH_MEASURE, &measure),
		       "KVM_SEV_LAUNCH_MEASURE");
	measure.len = sizeof(blob);
	check(sev_command(source, KVM_SEV_LAUNCH_MEASURE, &measure),
	      "KVM_SEV_LAUNCH_MEASURE afterwards");

	fail_next(CMD_LAUNCH_FINISH);
	expect_failure(sev_command(source, KVM_SEV_LAUNCH_FINISH, NULL),
		       "KVM_SEV_LAUNCH_FINISH");
	check(sev_command(source, KVM_SEV_LAUNCH_FINISH, NULL),
	      "KVM_SEV_LAUNCH_FINISH afterwards");
	close_mirror(mirror);
	close(source);
}

/* ASIDs can't be used again until they are flushed. */
static void survives_failed_flush(void)
{
	int count, vm, vms[MAX_ASIDS];

	count = take_asids(vms);
	for (int i = 0; i < count; i++)
		close(vms[i]);
	vm = create_vm();
	fail_next(CMD_DF_FLUSH);
	if (!sev_command(vm, KVM_SEV_INIT, NULL))
		ktap_fail("KVM_SEV_INIT without a flush");
	else if (errno != EBUSY)
		ktap_fail("KVM_SEV_INIT: %s", strerrorname_np(errno));
	expect_fired("KVM_SEV_INIT");
	check(sev_command(vm, KVM_SEV_INIT, NULL), "KVM_SEV_INIT afterwards");
	launch(vm);
	expect_sharing(vm);
	close(vm);
}

/* The end of the last user can't fail: what comes behind goes on. */
static void end_with_failing(int command, bool mirror_last)
{
	int source = create_source();
	int mirror = create_mirror(source);

	if (mirror_last)
		close(source);
	else
		close_mirror(mirror);
	fail_next_late(command);
	if (mirror_last)
		close_mirror(mirror);
	else
		close(source);
	expect_fired("the end of the last VM");
}

static void survives_failed_end_of_source(void)
{
	end_with_failing(CMD_DEACTIVATE, false);
	end_with_failing(CMD_DECOMMISSION, false);
}

static void survives_failed_end_of_mirror(void)
{
	end_with_failing(CMD_DEACTIVATE, true);
	end_with_failing(CMD_DECOMMISSION, true);
}

static const char *needs_late_failures(void)
{
	if (firmware("fail_late") < 0)
		return "not exercised: the firmware can't fail late";
	return needs_mirror();
}

static const struct ktap_case cases[] = {
	{ "survives_failed_init",	survives_failed_init,	needs_mirror },
	{ "survives_failed_launch",	survives_failed_launch,	needs_mirror },
	{ "failed_start_is_no_source",	failed_start_is_no_source,
	  needs_mirror },
	{ "failed_activate_is_no_source", failed_activate_is_no_source,
	  needs_mirror },
	{ "survives_failed_rest_of_launch", survives_failed_rest_of_launch,
	  needs_mirror },
	{ "survives_failed_flush",	survives_failed_flush,	needs_mirror },
	{ "survives_failed_end_of_source", survives_failed_end_of_source,
	  needs_late_failures },
	{ "survives_failed_end_of_mirror", survives_failed_end_of_mirror,
	  needs_late_failures },
};

int main(void)
{
	return run_cases(cases);
}
