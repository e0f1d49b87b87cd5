/* SPDX-License-Identifier: ISC */
/* Interrupts are off everywhere else, so what a handler notes cannot change
 * between the look and the halt; STI takes effect after the next instruction, so an
 * interrupt that is due ends the HLT instead of coming before it. Interrupts save no
 * vector registers: the platform is compiled without. */
#include "machine/idle.h"
#include "pvh/time.h"
#include "virtio/interrupts.h"
#include "x86_64/machine/lapic.h"
#include "x86_64/machine/trap.h"

#define FINISH_NS 100000000u /* for a device of another CPU's */

static uint64_t alarm_ns = UINT64_MAX; /* running time of it; none is set */

static void on_alarm(void)
{
	alarm_ns = UINT64_MAX;
}

/* A timer that fires earlier than wanted stays: one needless interrupt costs less than
 * setting it anew whenever a deadline moves on. */
static void set_alarm(uint64_t fires_ns)
{
	if (fires_ns >= alarm_ns)
		return;
	uint64_t now_ns = time_running_ns();
	trap_set_interrupt(VECTOR_TIMER, on_alarm);
	lapic_timer_arm(fires_ns > now_ns ? fires_ns - now_ns : 0);
	alarm_ns = fires_ns;
}

void idle_begin(void)
{
	interrupts_init();
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

void idle_halt(uint64_t until_ns)
{
	set_alarm(until_ns);
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

bool idle_give_way(uint64_t since_ns)
{
	return time_running_ns() - since_ns < FINISH_NS;
}
