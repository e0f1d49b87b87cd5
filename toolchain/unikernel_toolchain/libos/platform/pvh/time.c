/* SPDX-License-Identifier: ISC */
/* Monotonic and wall time from a machine's sources.
 *
 * No counter counts while the machine is held (stopped, or a snapshot on a disk); the
 * source of wall time does. It may be slow to read, so it is looked at now and
 * then, when somebody asks for a time: what it went ahead by since the last look was a
 * pause, of which both clocks are told. Leases and timers are over in the time of the
 * world, not of the machine. A host whose clock is set ahead looks the same. */
#include "time.h"
#include "unikernel.h"

#define CHECK_INTERVAL_NS 250000000u /* a look at a CMOS clock takes some 50 us */
#define PAUSE_LEAST_NS 1500000000ll  /* more than the CMOS clock's second */

static uint64_t next_check_ns;
static uint64_t paused_ns;
static int64_t wall_offset_ns; /* wall time less running time, as told */
static int64_t last_offset_ns; /* as last seen at the source */

/* Only forward: a clock that was set back is the host's affair, and monotonic time has
 * nothing to give back. The wall clock follows either way. */
static void check_wall_clock(void)
{
	int64_t offset_ns = time_wall_offset_ns(last_offset_ns);
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
