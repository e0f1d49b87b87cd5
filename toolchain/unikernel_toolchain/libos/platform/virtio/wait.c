/* SPDX-License-Identifier: ISC */
/* Idle. Interrupts are off everywhere else, so what a handler notes cannot change
 * between the look and the halt; STI takes effect after the next instruction, so an
 * interrupt that is due ends the HLT instead of coming before it. */
#include "console.h"
#include "lapic.h"
#include "trace.h"
#include "unikernel.h"

/* An interrupt saves no vector registers. */
#define VECTOR_REGISTERS                                                                 \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",  \
		"xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

static void take_pending_interrupts(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory", VECTOR_REGISTERS);
}

static void halt_until_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory", VECTOR_REGISTERS);
}

static uk_ready_t ready(void)
{
	return console_has_input() ? UK_READY_CONSOLE : 0;
}

uk_ready_t uk_wait(uk_ready_t interest, uint64_t deadline_ns)
{
	take_pending_interrupts();
	while (!(ready() & interest)) {
		uint64_t now = uk_clock_monotonic();
		if (now >= deadline_ns)
			break;
		if (deadline_ns != UINT64_MAX)
			lapic_timer_arm(deadline_ns - now);
		trace_flush();
		halt_until_interrupt();
	}
	return ready() & interest;
}
