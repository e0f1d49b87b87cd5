/* SPDX-License-Identifier: ISC */
/* Monotonic time: KVM's pvclock where offered; else the time stamp counter, measured
 * against the LAPIC timer. Wall time: pvclock's, else the CMOS clock. */
#include "time.h"
#include "lapic.h"
#include "pvclock.h"
#include "rtc.h"
#include "unikernel.h"
#include "x86.h"

#define SECOND_NS 1000000000u
#define MEASURE_COUNTS (LAPIC_TIMER_HZ / 1000000 * 300) /* 300 us */
#define READINGS 8

/* One moment on both counters. */
struct moment {
	uint64_t tsc;
	uint32_t count;
};

static uint64_t tsc_hz;	      /* 0: not known yet */
static uint64_t ns_per_count; /* 32.32 fixed point */
static uint64_t wall_offset_ns;

/* Reading the timer leaves the guest; the quickest of a few readings has the smallest
 * error. */
static struct moment read_moment(void)
{
	struct moment best = {0, 0};
	uint64_t quickest = UINT64_MAX;
	for (unsigned i = 0; i < READINGS; i++) {
		uint64_t before = rdtsc();
		uint32_t count = lapic_timer_count();
		uint64_t took = rdtsc() - before;
		if (took < quickest) {
			quickest = took;
			best = (struct moment){before + took / 2, count};
		}
	}
	return best;
}

static uint64_t measure_tsc_hz(void)
{
	lapic_init();
	lapic_timer_run_free();
	struct moment first = read_moment();
	while (first.count - lapic_timer_count() < MEASURE_COUNTS)
		;
	struct moment last = read_moment();
	lapic_timer_stop();
	return (last.tsc - first.tsc) * LAPIC_TIMER_HZ / (first.count - last.count);
}

uint64_t time_tsc_hz(void)
{
	if (!tsc_hz) {
		tsc_hz = pvclock_init() ? pvclock_tsc_hz() : measure_tsc_hz();
		ns_per_count = ((uint64_t)SECOND_NS << 32) / tsc_hz;
	}
	return tsc_hz;
}

uint64_t uk_clock_monotonic(void)
{
	time_tsc_hz();
	if (pvclock_present())
		return pvclock_monotonic_ns();
	return (uint64_t)(((unsigned __int128)rdtsc() * ns_per_count) >> 32);
}

/* The CMOS clock is slow to read: only a guest that asks for the time pays for it. */
uint64_t uk_clock_wall(void)
{
	uint64_t now = uk_clock_monotonic();
	if (!wall_offset_ns)
		wall_offset_ns = pvclock_present() ? pvclock_wall_offset_ns()
						   : rtc_seconds() * SECOND_NS - now;
	return wall_offset_ns + now;
}
