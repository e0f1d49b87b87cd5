/* SPDX-License-Identifier: ISC */
/* Running time: KVM's pvclock where offered; else the time stamp counter, measured
 * against the LAPIC timer. Wall time: pvclock's, else the CMOS clock. */
#include "pvh/time.h"
#include "kvm_clock.h"
#include "rtc.h"
#include "x86_64/common/x86.h"
#include "x86_64/machine/lapic.h"

#define SECOND_NS 1000000000u
#define MEASURE_COUNTS (LAPIC_TIMER_HZ / 1000000 * 300) /* 300 us */
#define READINGS 8
#define READING_LONGEST_NS 100000000u

/* One moment on both counters. A reading of the pair is never exact: reading the timer
 * leaves the guest, for some microseconds. */
struct moment {
	uint64_t tsc;
	uint32_t count;
};

static uint64_t tsc_hz;	      /* 0: not known yet */
static uint64_t ns_per_count; /* 32.32 fixed point */

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

/* At the first look at a clock, not at boot: a guest that asks no time does not pay. */
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
		tsc_hz = kvm_clock_init() ? kvm_clock_tsc_hz() : measure_tsc_hz();
		ns_per_count = ((uint64_t)SECOND_NS << 32) / tsc_hz;
	}
	return tsc_hz;
}

uint64_t time_running_ns(void)
{
	time_tsc_hz();
	if (kvm_clock_present())
		return kvm_clock_monotonic_ns();
	return (uint64_t)(((unsigned __int128)rdtsc() * ns_per_count) >> 32);
}

/* A guest that lost its CPU between its two readings must not take that for a pause. */
int64_t time_wall_offset_ns(int64_t last)
{
	if (kvm_clock_present())
		return (int64_t)kvm_clock_wall_offset_ns();
	uint64_t before_ns, wall_ns, after_ns;
	do {
		before_ns = time_running_ns();
		wall_ns = rtc_seconds() * SECOND_NS;
		after_ns = time_running_ns();
	} while (after_ns - before_ns > READING_LONGEST_NS);
	return wall_ns ? (int64_t)(wall_ns - after_ns) : last;
}
