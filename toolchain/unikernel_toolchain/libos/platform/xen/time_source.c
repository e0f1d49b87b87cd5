/* SPDX-License-Identifier: ISC */
/* Xen's time counts on while a domain is paused, from the start of that Xen: it begins
 * anew where a domain is restored. */
#include "time_source.h"
#include "pvh/pvclock.h"
#include "pvh/time.h"
#include "shared_info.h"

#include <stddef.h>
#include <xen.h>

#define SECOND_NS 1000000000

_Static_assert(sizeof(struct pvclock) == sizeof(struct vcpu_time_info) &&
		       offsetof(struct pvclock, system_ns) ==
			       offsetof(struct vcpu_time_info, system_time) &&
		       offsetof(struct pvclock, scale) ==
			       offsetof(struct vcpu_time_info, tsc_to_system_mul) &&
		       offsetof(struct pvclock, shift) ==
			       offsetof(struct vcpu_time_info, tsc_shift),
	       "one clock under two names");

static uint64_t moved_ns; /* running time less Xen's, modulo 2^64 */
static uint64_t latest_ns;

static const volatile struct pvclock *clock(void)
{
	return (const volatile struct pvclock *)&shared_info()->vcpu_info[0].time;
}

uint64_t time_tsc_hz(void)
{
	static uint64_t hz;
	if (!hz)
		hz = pvclock_tsc_hz(clock());
	return hz;
}

uint64_t time_running_ns(void)
{
	uint64_t now_ns = pvclock_ns(clock()) + moved_ns;
	latest_ns = now_ns > latest_ns ? now_ns : latest_ns;
	return latest_ns;
}

uint64_t time_to_system_ns(uint64_t running_ns)
{
	int64_t system_ns = (int64_t)(running_ns - moved_ns);
	return system_ns > 0 ? (uint64_t)system_ns : 1;
}

void time_suspend(void)
{
	time_running_ns();
}

void time_resume(void)
{
	moved_ns = latest_ns - pvclock_ns(clock());
}

/* Wall time at Xen's time 0; Xen writes it as it writes a pvclock. */
int64_t time_wall_offset_ns(int64_t last)
{
	(void)last;
	const volatile struct shared_info *info = shared_info();
	uint32_t version;
	uint64_t seconds, nanoseconds;
	do {
		version = info->wc_version & ~1u;
		seconds = (uint64_t)info->wc_sec_hi << 32 | info->wc_sec;
		nanoseconds = info->wc_nsec;
	} while (version != info->wc_version);
	return (int64_t)(seconds * SECOND_NS + nanoseconds - moved_ns);
}
