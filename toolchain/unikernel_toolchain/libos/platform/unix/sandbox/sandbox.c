/* SPDX-License-Identifier: ISC */
/* A filter that the kernel runs before every system call (Linux,
 * Documentation/userspace-api/seccomp_filter.rst). Calls whose arguments need no look
 * come first: the kernel remembers that they pass. */
#include "sandbox.h"
#include "common/report/format.h"
#include "common/report/report.h"
#include "system_call_names.h"
#include "unikernel.h"
#include "unix/linux/block_device.h"
#include "unix/linux/system_calls.h"
#include "unix/linux/tun.h"

#define PR_SET_SECCOMP 22
#define PR_SET_NO_NEW_PRIVS 38
#define SECCOMP_MODE_FILTER 2
#define SIGSYS 31

#define KILL 0x80000000u
#define TRAP 0x00030000u
#define ALLOW 0x7fff0000u

#define ARCHITECTURE_X86_64 0xc000003eu
#define X32_NUMBERS 0x40000000u
#define ARCH_SET_FS 0x1002

/* struct seccomp_data */
#define NUMBER 0
#define ARCHITECTURE 4
#define ARGUMENT(n) (16 + 8 * (n)) /* the low half */

/* Classic BPF (include/uapi/linux/bpf_common.h) */
struct instruction {
	uint16_t code;
	uint8_t if_true, if_false; /* instructions to skip */
	uint32_t operand;
};

struct program {
	uint16_t length;
	const struct instruction *instructions;
};

#define LOAD(at)                                                                         \
	{                                                                                \
		0x20, 0, 0, at                                                           \
	}
#define RETURN(what)                                                                     \
	{                                                                                \
		0x06, 0, 0, what                                                         \
	}
#define UNLESS_EQUAL(value, skip)                                                        \
	{                                                                                \
		0x15, 0, skip, value                                                     \
	}
#define UNLESS_AT_LEAST(value, skip)                                                     \
	{                                                                                \
		0x35, 0, skip, value                                                     \
	}
#define ALLOWED(number) UNLESS_EQUAL(number, 1), RETURN(ALLOW)

/* A call of this number passes when the low half of an argument is `value`. */
#define ALLOWED_WITH(number, argument, value)                                            \
	UNLESS_EQUAL(number, 4), LOAD(ARGUMENT(argument)), UNLESS_EQUAL(value, 1),       \
		RETURN(ALLOW), RETURN(TRAP)

/* Skips to `found` instructions behind the next. */
#define IF_EQUAL(value, found)                                                           \
	{                                                                                \
		0x15, found, 0, value                                                    \
	}

static const struct instruction for_all[] = {
	/* numbers mean other calls to 32-bit code: killed before any is looked at */
	LOAD(ARCHITECTURE),
	IF_EQUAL(ARCHITECTURE_X86_64, 1),
	RETURN(KILL),
	LOAD(NUMBER),
	UNLESS_AT_LEAST(X32_NUMBERS, 1),
	RETURN(KILL),
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
	struct program program = {filter_length, filter};
	if (system_prctl(PR_SET_NO_NEW_PRIVS, 1, 0) < 0 ||
	    system_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (uintptr_t)&program) < 0)
		unikernel_abort(
			"this system has no seccomp filters to lock the process in");
}

void sandbox_report(const struct trap_frame *frame, unsigned number)
{
	char what[REPORT_TEXT_SIZE], place[REPORT_TEXT_SIZE / 2];
	report_place(frame->rip, place, sizeof place);
	format(what, sizeof what, "forbidden system call %s (%u) at %s",
	       system_call_name(number), (uint64_t)number, place);
	fault_report(frame, SIGSYS, what);
}
