/* SPDX-License-Identifier: ISC */
/* Monotonic time: KVM's pvclock where offered; else the time stamp counter, measured
 * against the LAPIC timer. Wall time: pvclock's, else the CMOS clock.
 *
 * None of the counters counts while the machine is held (stopped, or a snapshot on a
 * disk); the source of wall time does. It is slow to read, so it is looked at now and
 * then, when somebody asks for a time: what it went ahead by since the last look was a
 * pause, of which both clocks are told. Leases and timers are over in the time of the
 * world, not of the machine. A host whose clock is set ahead looks the same. */
#include "time.h"
#include "machine/rtc.h"
#include "pvclock.h"
#include "unikernel.h"
#include "x86_64/common/x86.h"
#include "x86_64/machine/lapic.h"

#define SECOND_NS 1000000000u
#define MEASURE_COUNTS (LAPIC_TIMER_HZ / 1000000 * 300) /* 300 us */
#define READINGS 8
#define CHECK_INTERVAL_NS 250000000u /* a look at the CMOS clock takes some 50 us */
#define READING_LONGEST_NS 100000000u
#define PAUSE_LEAST_NS 1500000000ll /* more than the CMOS clock's second */

/* One moment on both counters. A reading of the pair is never exact: reading the timer
 * leaves the guest, for some microseconds. */
struct moment {
	uint64_t tsc;
	uint32_t count;
};

static uint64_t tsc_hz;	      /* 0: not known yet */
static uint64_t ns_per_count; /* 32.32 fixed point */
static uint64_t next_check_ns;
static uint64_t paused_ns;
static int64_t wall_offset_ns; /* wall time less running time, as told */
static int64_t last_offset_ns; /* as last seen at the source */

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
		tsc_hz = pvclock_init() ? pvclock_tsc_hz() : measure_tsc_hz();
		ns_per_count = ((uint64_t)SECOND_NS << 32) / tsc_hz;
	}
	return tsc_hz;
}

uint64_t time_running_ns(void)
{
	time_tsc_hz();
	if (pvclock_present())
		return pvclock_monotonic_ns();
	return (uint64_t)(((unsigned __int128)rdtsc() * ns_per_count) >> 32);
}

/* A guest that lost its CPU between its two readings must not take that for a pause. */
static int64_t read_wall_offset(void)
{
	if (pvclock_present())
		return (int64_t)pvclock_wall_offset_ns();
	uint64_t before_ns, wall_ns, after_ns;
	do {
		before_ns = time_running_ns();
		wall_ns = rtc_seconds() * SECOND_NS;
		after_ns = time_running_ns();
	} while (after_ns - before_ns > READING_LONGEST_NS);
	return wall_ns ? (int64_t)(wall_ns - after_ns) : last_offset_ns;
}

/* Only forward: a clock that was set back is the host's affair, and monotonic time has
 * nothing to give back. The wall clock follows either way. */
static void check_wall_clock(void)
{
	int64_t offset_ns = read_wall_offset();
	if (last_offset_ns && offset_ns - last_offset_ns >= PAUSE_LEAST_NS)
		paused_ns += (uint64_t)(offset_ns - last_offset_ns);
	if (offset_ns - wall_offset_ns >= PAUSE_LEAST_NS ||
	    wall_offset_ns - offset_ns >= PAUSE_LEAST_NS)
		wall_offset_ns = offset_ns;
	last_offset_ns = offset_ns;
	next_check_ns = time_running_ns() + CHECK_INTERVAL_NS;
}

static uint64_t running_checked_ns(void)
{
	uint64_t now_ns = time_running_ns();
	if (now_ns >= next_check_ns)
		check_wall_clock();
	return now_ns;
}

uint64_t unikernel_clock_monotonic(void)
{
	uint64_t now_ns = running_checked_ns();
	return now_ns + paused_ns;
}

uint64_t unikernel_clock_wall(void)
{
	uint64_t now_ns = running_checked_ns();
	return now_ns + (uint64_t)wall_offset_ns;
}
