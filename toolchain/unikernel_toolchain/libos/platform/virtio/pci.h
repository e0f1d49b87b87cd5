/* SPDX-License-Identifier: ISC */
/* pci.h: PCI configuration space through ports 0xcf8 and 0xcfc, bus 0. */
#ifndef PCI_H
#define PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_DEVICES 32
#define PCI_NONE 0xffffffffu

#define PCI_ID 0x00	 /* vendor in the low half, device in the high half */
#define PCI_COMMAND 0x04 /* status in the high half */
#define PCI_COMMAND_MEMORY 0x2u
#define PCI_COMMAND_MASTER 0x4u
#define PCI_BAR(n) (0x10u + 4 * (n))
#define PCI_CAPABILITIES 0x34
#define PCI_CAPABILITIES_MAX 48

uint32_t pci_read(unsigned device, unsigned offset);
void pci_write(unsigned device, unsigned offset, uint32_t value);
uint8_t pci_read_byte(unsigned device, unsigned offset);

/* Where the first capability of that identity lies, 0 when the device has none; `after`
 * is the place of the previous one, 0 at first. */
unsigned pci_find_capability(unsigned device, uint8_t identity, unsigned after);

/* Base address of memory region `bar`, 0 when the firmware gave it none. */
uint64_t pci_bar(unsigned device, unsigned bar);

#endif
