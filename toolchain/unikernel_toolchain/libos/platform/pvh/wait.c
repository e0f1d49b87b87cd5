/* SPDX-License-Identifier: ISC */
/* Idle. Interrupts are off everywhere else, so what a handler notes cannot change
 * between the look and the halt; STI takes effect after the next instruction, so an
 * interrupt that is due ends the HLT instead of coming before it. Interrupts save no
 * vector registers: the platform is compiled without. */
#include "common/trace.h"
#include "machine/console.h"
#include "machine/interrupts.h"
#include "time.h"
#include "unikernel.h"
#include "wait.h"
#include "x86_64/machine/lapic.h"
#include "x86_64/machine/trap.h"

static void take_pending_interrupts(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

static void halt_until_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

#define FINISH_NS 100000000u
/* The timer stands still in a pause, deadlines do not. */
#define SLEEP_LONGEST_NS 1000000000u
#define NEVER_NS ((uint64_t)1 << 61)

static struct wait_source *sources;
static uint64_t alarm_ns = UINT64_MAX; /* running time of it; none is set */

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
	uint64_t deadline_ns = time_running_ns() + FINISH_NS;
	flush();
	for (const struct wait_source *s = sources; s; s = s->next)
		while (!s->is_idle(s) && time_running_ns() < deadline_ns)
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

static void on_alarm(void)
{
	alarm_ns = UINT64_MAX;
}

/* A timer that fires earlier than wanted stays: one needless interrupt costs less than
 * setting it anew whenever a deadline moves on. */
static void set_alarm(uint64_t left_ns)
{
	if (left_ns >= NEVER_NS)
		return;
	uint64_t delay_ns = left_ns < SLEEP_LONGEST_NS ? left_ns : SLEEP_LONGEST_NS;
	uint64_t fires_ns = time_running_ns() + delay_ns;
	if (fires_ns >= alarm_ns)
		return;
	trap_set_interrupt(VECTOR_TIMER, on_alarm);
	lapic_timer_arm(delay_ns);
	alarm_ns = fires_ns;
}

/* Returns at an interrupt, or at once when a device of `interest` became ready before
 * its interrupt was asked for. */
static void halt(unikernel_ready_t interest, uint64_t left_ns)
{
	ask_interrupts(interest);
	/* what came between the last look and the asking raises no interrupt */
	if (ready() & interest)
		return;
	set_alarm(left_ns);
	trace_flush();
	halt_until_interrupt();
}

unikernel_ready_t unikernel_wait(unikernel_ready_t interest, uint64_t deadline_ns)
{
	flush();
	interrupts_init();
	take_pending_interrupts();
	while (!(ready() & interest)) {
		uint64_t now_ns = unikernel_clock_monotonic();
		if (now_ns >= deadline_ns)
			break;
		halt(interest, deadline_ns - now_ns);
	}
	return ready() & interest;
}
