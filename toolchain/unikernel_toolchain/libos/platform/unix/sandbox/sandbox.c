/* SPDX-License-Identifier: ISC */
/* A filter that the kernel runs before every system call (Linux,
 * Documentation/userspace-api/seccomp_filter.rst). Calls whose arguments need no look
 * come first: the kernel remembers that they pass. */
#include "sandbox.h"
#include "common/report/format.h"
#include "common/report/report.h"
#include "filter.h"
#include "system_call_names.h"
#include "unikernel.h"
#include "unix/linux/block_device.h"
#include "unix/linux/system_calls.h"
#include "unix/linux/tun.h"

#define PR_SET_SECCOMP 22
#define PR_SET_NO_NEW_PRIVS 38
#define SECCOMP_MODE_FILTER 2
#define SIGSYS 31

#define ARCH_SET_FS 0x1002

static const struct instruction for_all[] = {
	ONLY_64_BIT,
	ALLOWED(SYS_READV),
	ALLOWED(SYS_WRITEV),
	ALLOWED(SYS_PPOLL),
	ALLOWED(SYS_READ),
	ALLOWED(SYS_WRITE),
	ALLOWED(SYS_CLOCK_GETTIME),
	ALLOWED(SYS_RT_SIGRETURN),
	ALLOWED(SYS_EXIT_GROUP),
	ALLOWED_WITH(SYS_ARCH_PRCTL, 0, ARCH_SET_FS),
	ALLOWED_WITH(SYS_IOCTL, 1, TUNSETOFFLOAD),
};

/* What follows them looks whether the descriptor is one of a block device. */
static const struct instruction for_files[] = {
	IF_EQUAL(SYS_PREADV2, 8),
	IF_EQUAL(SYS_PWRITEV, 7),
	IF_EQUAL(SYS_FDATASYNC, 6),
	IF_EQUAL(SYS_FADVISE64, 5),
	IF_EQUAL(SYS_FALLOCATE, 1),
	RETURN(TRAP),
	LOAD(ARGUMENT(1)),
	IF_EQUAL(PUNCH_HOLE, 1),
	RETURN(TRAP),
	LOAD(ARGUMENT(0)),
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static struct instruction
	filter[LENGTH(for_all) + LENGTH(for_files) + 2 * SANDBOX_FILES_MAX + 1];
static uint16_t filter_length;
static int files[SANDBOX_FILES_MAX];
static unsigned file_count;

static void add(const struct instruction *instructions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		filter[filter_length++] = instructions[i];
}

void filter_install(const struct instruction *instructions, uint16_t length)
{
	struct program program = {length, instructions};
	if (system_prctl(PR_SET_NO_NEW_PRIVS, 1, 0) < 0 ||
	    system_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (uintptr_t)&program) < 0)
		unikernel_abort(
			"this system has no seccomp filters to lock the process in");
}

void sandbox_allow_file(int descriptor)
{
	files[file_count++] = descriptor;
}

static void add_files(void)
{
	add(for_files, LENGTH(for_files));
	for (unsigned i = 0; i < file_count; i++) {
		struct instruction passes[] = {UNLESS_EQUAL((uint32_t)files[i], 1),
					       RETURN(ALLOW)};
		add(passes, LENGTH(passes));
	}
}

void sandbox_enter(void)
{
	static const struct instruction at_end = RETURN(TRAP);
	add(for_all, LENGTH(for_all));
	if (file_count)
		add_files();
	add(&at_end, 1);
	filter_install(filter, filter_length);
}

void sandbox_report(const struct trap_frame *frame, unsigned number)
{
	char what[REPORT_TEXT_SIZE], place[REPORT_TEXT_SIZE / 2];
	report_place(frame->rip, place, sizeof place);
	format(what, sizeof what, "forbidden system call %s (%u) at %s",
	       system_call_name(number), (uint64_t)number, place);
	fault_report(frame, SIGSYS, what);
}
