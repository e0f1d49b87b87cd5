/* SPDX-License-Identifier: ISC */
/* Intel 82093AA: a register's number goes to SELECT, its value through WINDOW. A line's
 * entry has two words; the upper one, the destination, goes first, as writing the lower
 * one is what lets the line through.
 */
#include "ioapic.h"
#include "x86_64/common/x86.h"
#include "x86_64/machine/lapic.h"
#include "x86_64/machine/paging.h"

#define ADDRESS 0xfec00000u /* the same on microvm, q35 and pc */
#define SELECT 0x00
#define WINDOW 0x10
#define REDIRECTION(line) (0x10 + 2 * (line))
#define DESTINATION_SHIFT 24

static void write(unsigned index, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)(ADDRESS + SELECT) = index;
	*(volatile uint32_t *)(uintptr_t)(ADDRESS + WINDOW) = value;
}

void ioapic_init(void)
{
	paging_map_device(ADDRESS, 1);
}

void ioapic_route(unsigned line, unsigned vector)
{
	write(REDIRECTION(line) + 1, (uint32_t)lapic_id() << DESTINATION_SHIFT);
	write(REDIRECTION(line), vector);
}
