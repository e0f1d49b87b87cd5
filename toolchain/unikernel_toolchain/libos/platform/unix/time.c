/* SPDX-License-Identifier: ISC */
/* The kernel's clocks, read without a system call where its vDSO can. */
#include "time.h"
#include "unikernel.h"
#include "unix/linux/system_calls.h"
#include "unix/linux/vdso.h"

#define PR_SET_TIMERSLACK 29
#define AT_SYSINFO_EHDR 33
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7 /* goes on while the host sleeps */

typedef int (*clock_gettime_t)(int clock, struct timespec *now);

static clock_gettime_t vdso_clock; /* NULL: none */

/* The auxiliary vector: pairs of a tag and a value behind the environment. */
static uintptr_t auxiliary(const uintptr_t *stack, uintptr_t tag)
{
	const uintptr_t *at = stack + 1 + stack[0] + 1;
	while (*at++)
		;
	for (; at[0]; at += 2)
		if (at[0] == tag)
			return at[1];
	return 0;
}

void time_init(const uintptr_t *stack)
{
	uintptr_t image = auxiliary(stack, AT_SYSINFO_EHDR);
	system_prctl(PR_SET_TIMERSLACK, 1, 0); /* the kernel's own is 50 us */
	if (image)
		vdso_clock =
			(clock_gettime_t)vdso_function(image, "__vdso_clock_gettime");
}

/* CLOCK_BOOTTIME for the guest's monotonic clock: a sleep of the host counts. Old vDSOs
 * do not know it and hand over to the kernel themselves. */
static uint64_t read_clock(int clock)
{
	struct timespec now;
	if (!vdso_clock || vdso_clock(clock, &now) != 0)
		system_call_3(SYS_CLOCK_GETTIME, (uintptr_t)clock, (uintptr_t)&now, 0);
	return (uint64_t)now.seconds * SECOND_NS + (uint64_t)now.nanoseconds;
}

uint64_t time_running_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t unikernel_clock_monotonic(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint64_t unikernel_clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}
