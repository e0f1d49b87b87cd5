/* SPDX-License-Identifier: ISC */
/* The local APIC through its memory window (xAPIC mode, Intel SDM volume 3, chapter 11).
 *
 * The timer runs one shot at a time. Its counter has 32 bits, which at 1 GHz are 4.3 s;
 * a later alarm divides by 128 and is coarser, and what does not fit even then fires
 * early: whoever waits looks at the clock anyway.
 */
#include "lapic.h"
#include "paging.h"
#include "trap.h"
#include "x86_64/common/x86.h"

/* Intel SDM volume 3, table 11-1 */
#define ID 0x20
#define END_OF_INTERRUPT 0xb0
#define SPURIOUS 0xf0
#define LVT_TIMER 0x320
#define LVT_LINT0 0x350
#define TIMER_INITIAL 0x380
#define TIMER_CURRENT 0x390
#define TIMER_DIVIDE 0x3e0

#define SPURIOUS_ENABLE 0x100
#define LVT_MASKED 0x10000
#define DIVIDE_BY_1 0xb
#define DIVIDE_BY_128 0xa
#define LONG_DELAY_SHIFT 7 /* 128 */

#define MSR_APIC_BASE 0x1b
#define APIC_BASE_ENABLE 0x800
#define APIC_BASE_MASK 0xffffff000u

/* The two controllers that came before it. */
#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK 0xa1

static volatile char *registers;

static void write(unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(registers + offset) = value;
}

static uint32_t read(unsigned offset)
{
	return *(volatile uint32_t *)(registers + offset);
}

/* The legacy controllers fall silent while their line is still open: an interrupt that
 * waits there (the firmware's timer) is withdrawn. QEMU would go on to raise it, with no
 * vector, had the line been masked first. */
static void silence_legacy(void)
{
	outb(PIC_MASTER_MASK, 0xff);
	outb(PIC_SLAVE_MASK, 0xff);
}

void lapic_init(void)
{
	if (registers)
		return;
	silence_legacy();
	uint64_t base = rdmsr(MSR_APIC_BASE);
	wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	registers = (volatile char *)(base & APIC_BASE_MASK);
	paging_map_device((uintptr_t)registers, 1);
	write(SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	write(LVT_LINT0, LVT_MASKED); /* where the legacy controllers come in */
	lapic_timer_stop();
}

void lapic_end_of_interrupt(void)
{
	write(END_OF_INTERRUPT, 0);
}

uint8_t lapic_id(void)
{
	return (uint8_t)(read(ID) >> 24);
}

void lapic_timer_arm(uint64_t delay_ns)
{
	bool far = delay_ns > UINT32_MAX;
	uint64_t count = far ? delay_ns >> LONG_DELAY_SHIFT : delay_ns;
	write(TIMER_DIVIDE, far ? DIVIDE_BY_128 : DIVIDE_BY_1);
	write(LVT_TIMER, VECTOR_TIMER);
	/* 0 would stop the timer: an alarm that is due fires a count later */
	write(TIMER_INITIAL, count > UINT32_MAX ? UINT32_MAX
			     : count		? (uint32_t)count
						: 1);
}

void lapic_timer_stop(void)
{
	write(LVT_TIMER, LVT_MASKED);
	write(TIMER_INITIAL, 0);
}

void lapic_timer_run_free(void)
{
	write(LVT_TIMER, LVT_MASKED);
	write(TIMER_DIVIDE, DIVIDE_BY_1);
	write(TIMER_INITIAL, UINT32_MAX);
}

uint32_t lapic_timer_count(void)
{
	return read(TIMER_CURRENT);
}
