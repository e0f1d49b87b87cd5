/* SPDX-License-Identifier: ISC */
/* Waiting for devices and for the time. What they raise is let in while the CPU halts,
 * and nowhere else. */
#include "common/trace.h"
#include "machine/console.h"
#include "machine/idle.h"
#include "time.h"
#include "unikernel.h"
#include "wait.h"

/* The timer stands still in a pause, deadlines do not. */
#define SLEEP_LONGEST_NS 1000000000u
#define NEVER_NS ((uint64_t)1 << 61)

static struct wait_source *sources;

void wait_add(struct wait_source *source)
{
	source->next = sources;
	sources = source;
}

static void flush(void)
{
	for (struct wait_source *s = sources; s; s = s->next)
		s->flush(s);
}

/* Polls, as nothing else is left to do; a device that never finishes must not keep the
 * guest from ending. */
void wait_finish(void)
{
	if (!sources)
		return;
	uint64_t since_ns = time_running_ns();
	flush();
	for (const struct wait_source *s = sources; s; s = s->next)
		while (!s->is_idle(s) && idle_give_way(since_ns))
			;
}

static void ask_interrupts(unikernel_ready_t interest)
{
	for (struct wait_source *s = sources; s; s = s->next)
		s->ask_interrupt(s, interest);
}

static unikernel_ready_t ready(void)
{
	unikernel_ready_t bits = console_has_input() ? UNIKERNEL_READY_CONSOLE : 0;
	for (const struct wait_source *s = sources; s; s = s->next)
		bits |= s->ready(s);
	return bits;
}

/* Running time at which to look at the clock again. */
static uint64_t wake_ns(uint64_t left_ns)
{
	if (left_ns >= NEVER_NS)
		return IDLE_NEVER;
	uint64_t delay_ns = left_ns < SLEEP_LONGEST_NS ? left_ns : SLEEP_LONGEST_NS;
	return time_running_ns() + delay_ns;
}

/* Returns at an interrupt, or at once when a device of `interest` became ready before
 * its interrupt was asked for. */
static void halt(unikernel_ready_t interest, uint64_t left_ns)
{
	ask_interrupts(interest);
	/* what came between the last look and the asking raises no interrupt */
	if (ready() & interest)
		return;
	uint64_t until_ns = wake_ns(left_ns);
	trace_flush();
	idle_halt(until_ns);
}

unikernel_ready_t unikernel_wait(unikernel_ready_t interest, uint64_t deadline_ns)
{
	flush();
	idle_begin();
	while (!(ready() & interest)) {
		uint64_t now_ns = unikernel_clock_monotonic();
		if (now_ns >= deadline_ns)
			break;
		halt(interest, deadline_ns - now_ns);
	}
	return ready() & interest;
}
