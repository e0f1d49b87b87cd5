/* SPDX-License-Identifier: ISC */
/* One ppoll over the console and all devices. Devices know most of the time what they
 * have without asking the kernel; it is asked when nobody has anything, and every so
 * many returns, so that one busy device does not hide the others.
 */
#include "wait.h"
#include "common/trace.h"
#include "console.h"
#include "time.h"
#include "unix/linux/descriptors.h"

#define FINISH_NS 100000000u
/* ppoll stands still while the host sleeps, deadlines do not. */
#define SLEEP_LONGEST_NS 1000000000u
#define NEVER_NS ((uint64_t)1 << 61)
#define POLL_SKIPPED_MAX 16 /* returns in a row without asking the kernel */

static struct wait_source *sources;

void wait_add(struct wait_source *source)
{
	source->next = sources;
	sources = source;
}

static unikernel_ready_t ready(unikernel_ready_t interest)
{
	unikernel_ready_t bits = console_is_ready() ? UNIKERNEL_READY_CONSOLE : 0;
	for (struct wait_source *s = sources; s; s = s->next)
		bits |= s->ready(s, interest);
	return bits & interest;
}

/* Entry 0 is the console's; a negative descriptor is passed over. */
static unsigned fill_entries(struct poll_entry *entries, unikernel_ready_t interest)
{
	bool console = interest & UNIKERNEL_READY_CONSOLE && console_is_open() &&
		       !console_has_input();
	entries[0] = (struct poll_entry){console ? CONSOLE_INPUT : -1, POLL_IN, 0};
	unsigned count = 1;
	for (const struct wait_source *s = sources; s; s = s->next, count++) {
		int16_t events = s->events(s, interest);
		entries[count] =
			(struct poll_entry){events ? s->descriptor : -1, events, 0};
	}
	return count;
}

static void take_events(const struct poll_entry *entries)
{
	if (entries->happened)
		console_fill();
	for (struct wait_source *s = sources; s; s = s->next)
		if ((++entries)->happened)
			s->happened(s, entries->happened);
}

/* Sleeps until something happens or so long; UINT64_MAX is for ever. */
static void poll(unikernel_ready_t interest, uint64_t timeout_ns)
{
	struct poll_entry entries[1 + WAIT_SOURCES_MAX];
	struct timespec timeout = {(int64_t)(timeout_ns / SECOND_NS),
				   (int64_t)(timeout_ns % SECOND_NS)};
	unsigned count = fill_entries(entries, interest);
	long happened =
		system_ppoll(entries, count, timeout_ns == UINT64_MAX ? NULL : &timeout);
	if (happened > 0)
		take_events(entries);
}

static uint64_t left_until(uint64_t deadline_ns)
{
	uint64_t now_ns = unikernel_clock_monotonic();
	return now_ns < deadline_ns ? deadline_ns - now_ns : 0;
}

/* A device that is always ready must not hide the others. */
static bool is_poll_due(void)
{
	static unsigned skipped;
	skipped = (skipped + 1) % POLL_SKIPPED_MAX;
	return skipped == 0;
}

unikernel_ready_t unikernel_wait(unikernel_ready_t interest, uint64_t deadline_ns)
{
	if (ready(interest) && is_poll_due())
		poll(interest, 0);
	for (;;) {
		unikernel_ready_t bits = ready(interest);
		if (bits)
			return bits;
		uint64_t left_ns =
			deadline_ns == UINT64_MAX ? UINT64_MAX : left_until(deadline_ns);
		if (left_ns)
			trace_flush();
		bool is_far = left_ns > SLEEP_LONGEST_NS && left_ns < NEVER_NS;
		poll(interest, is_far ? SLEEP_LONGEST_NS : left_ns);
		if (!left_ns)
			return ready(interest);
	}
}

static bool all_idle(void)
{
	for (const struct wait_source *s = sources; s; s = s->next)
		if (!s->is_idle(s))
			return false;
	return true;
}

void wait_finish(void)
{
	uint64_t deadline_ns = unikernel_clock_monotonic() + FINISH_NS, left_ns;
	ready(0); /* what waits to be carried out is */
	while (!all_idle() && (left_ns = left_until(deadline_ns)))
		poll(0, left_ns);
}
