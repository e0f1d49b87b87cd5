/* SPDX-License-Identifier: ISC */
/* Configuration mechanism #1 (PCI 3.0, section 3.2.2.3.2): an address to one port, data
 * through the other. Every access leaves the guest, so little is read and nothing twice.
 */
#include "pci.h"
#include "x86_64/common/x86.h"

#define PORT_ADDRESS 0xcf8
#define PORT_DATA 0xcfc
#define ADDRESS_ENABLE 0x80000000u
#define DEVICE_SHIFT 11

#define BAR_PORTS 0x1
#define BAR_TYPE_MASK 0x6
#define BAR_TYPE_64 0x4
#define BAR_ADDRESS_MASK (~(uint64_t)0xf)

static void select(unsigned device, unsigned offset)
{
	outl(PORT_ADDRESS, ADDRESS_ENABLE | device << DEVICE_SHIFT | (offset & 0xfc));
}

uint32_t pci_read(unsigned device, unsigned offset)
{
	select(device, offset);
	return inl(PORT_DATA);
}

void pci_write(unsigned device, unsigned offset, uint32_t value)
{
	select(device, offset);
	outl(PORT_DATA, value);
}

uint8_t pci_read_byte(unsigned device, unsigned offset)
{
	return (uint8_t)(pci_read(device, offset) >> (8 * (offset & 3)));
}

/* Capabilities are a list through their second bytes. A broken one may lead in a circle:
 * no more steps than there is room for in 256 bytes. */
unsigned pci_find_capability(unsigned device, uint8_t identity, unsigned after)
{
	unsigned at = after ? after + 1 : PCI_CAPABILITIES;
	for (unsigned i = 0; i < PCI_CAPABILITIES_MAX; i++) {
		unsigned next = pci_read_byte(device, at) & 0xfcu;
		if (!next || pci_read_byte(device, next) == identity)
			return next;
		at = next + 1;
	}
	return 0;
}

uint64_t pci_bar(unsigned device, unsigned bar)
{
	uint64_t low = pci_read(device, PCI_BAR(bar)), high = 0;
	if (low & BAR_PORTS)
		return 0;
	if ((low & BAR_TYPE_MASK) == BAR_TYPE_64)
		high = pci_read(device, PCI_BAR(bar + 1));
	return (high << 32 | low) & BAR_ADDRESS_MASK;
}
