/* SPDX-License-Identifier: ISC */
/* The device's table of messages lies in one of its memory regions; a message is a write
 * of `data` to `address`, which for a local APIC says CPU and vector.
 */
#include "pci_msix.h"
#include "pci.h"
#include "x86_64/machine/lapic.h"
#include "x86_64/machine/paging.h"

#define CAPABILITY_MSIX 0x11
#define CONTROL_ENABLE 0x80000000u /* in the capability's first word */
#define CONTROL_MASK_ALL 0x40000000u
#define CONTROL_LAST_ENTRY(word) (((word) >> 16) & 0x7ff)
#define TABLE_OFFSET 4
#define TABLE_BAR_MASK 7u

/* An entry of the table, in words. */
#define ENTRY_ADDRESS_LOW 0
#define ENTRY_ADDRESS_HIGH 1
#define ENTRY_DATA 2
#define ENTRY_CONTROL 3
#define ENTRY_BYTES 16

/* Intel SDM volume 3, section 11.11: messages to a CPU's interrupt controller. */
#define MESSAGE_ADDRESS 0xfee00000u
#define MESSAGE_DESTINATION_SHIFT 12

bool pci_route_msix(unsigned device, unsigned index, unsigned vector)
{
	unsigned at = pci_find_capability(device, CAPABILITY_MSIX, 0);
	if (!at || index > CONTROL_LAST_ENTRY(pci_read(device, at)))
		return false;
	uint32_t table = pci_read(device, at + TABLE_OFFSET);
	uint64_t base = pci_bar(device, table & TABLE_BAR_MASK);
	if (!base)
		return false;
	base += (table & ~TABLE_BAR_MASK) + (uint64_t)index * ENTRY_BYTES;
	paging_map_device(base, ENTRY_BYTES);
	volatile uint32_t *entry = (volatile uint32_t *)base;
	entry[ENTRY_ADDRESS_LOW] = MESSAGE_ADDRESS | (uint32_t)lapic_id()
							     << MESSAGE_DESTINATION_SHIFT;
	entry[ENTRY_ADDRESS_HIGH] = 0;
	entry[ENTRY_DATA] = vector;
	entry[ENTRY_CONTROL] = 0; /* not masked */
	uint32_t control = pci_read(device, at) & ~CONTROL_MASK_ALL;
	pci_write(device, at, control | CONTROL_ENABLE);
	return true;
}
