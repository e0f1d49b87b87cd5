/* SPDX-License-Identifier: ISC */
#include "libc.h"
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_US UINT64_C(1000)

/* All times in the guest, its only program, count as the program's own. */
static bool read_clock(clockid_t clock, uint64_t *now_ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*now_ns = unikernel_clock_wall();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		*now_ns = unikernel_clock_monotonic();
		return true;
	default:
		return false;
	}
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S),
				 .tv_nsec = (long)(ns % NS_PER_S)};
}

static struct timeval to_timeval(uint64_t ns)
{
	return (struct timeval){.tv_sec = (time_t)(ns / NS_PER_S),
				.tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US)};
}

int clock_gettime(clockid_t clock, struct timespec *result)
{
	uint64_t now_ns;

	if (!read_clock(clock, &now_ns))
		return unikernel_libc_fail(EINVAL);
	*result = to_timespec(now_ns);
	return 0;
}

/* musl's own objects call it by this name. */
int __clock_gettime(clockid_t, struct timespec *) __attribute__((alias("clock_gettime")));

int clock_getres(clockid_t clock, struct timespec *result)
{
	uint64_t now_ns;

	if (!read_clock(clock, &now_ns))
		return unikernel_libc_fail(EINVAL);
	if (result)
		*result = (struct timespec){.tv_nsec = 1};
	return 0;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone)
{
	(void)zone;
	*result = to_timeval(unikernel_clock_wall());
	return 0;
}

/* Callers compiled against glibc have no room for musl's reserved tail. */
int getrusage(int who, struct rusage *usage)
{
	(void)who;
	memset(usage, 0, offsetof(struct rusage, __reserved));
	usage->ru_utime = to_timeval(unikernel_clock_monotonic());
	return 0;
}

clock_t times(struct tms *usage)
{
	clock_t ticks = (clock_t)(unikernel_clock_monotonic() / (NS_PER_S / 100));

	*usage = (struct tms){.tms_utime = ticks};
	return ticks;
}

static void wait_until(uint64_t deadline_ns)
{
	while (unikernel_clock_monotonic() < deadline_ns)
		unikernel_wait(0, deadline_ns);
}

int __clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
		      struct timespec *left)
{
	uint64_t ns = (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
	uint64_t now_ns;

	(void)left;
	if (time->tv_sec < 0 || (uint64_t)time->tv_nsec >= NS_PER_S ||
	    !read_clock(clock, &now_ns))
		return EINVAL;
	if (flags & TIMER_ABSTIME)
		ns = ns > now_ns ? ns - now_ns : 0;
	wait_until(unikernel_clock_monotonic() + ns);
	return 0;
}

int clock_nanosleep(clockid_t, int, const struct timespec *, struct timespec *)
	__attribute__((alias("__clock_nanosleep")));

int nanosleep(const struct timespec *time, struct timespec *left)
{
	int error = __clock_nanosleep(CLOCK_REALTIME, 0, time, left);

	return error ? unikernel_libc_fail(error) : 0;
}
