/* SPDX-License-Identifier: ISC */
/* pci_msix.h: interrupts as messages (PCI 3.0, section 6.8.2): no line that is shared,
 * nothing to acknowledge at the device. */
#ifndef PCI_MSIX_H
#define PCI_MSIX_H

#include <stdbool.h>

/* From now on this entry of the device's table raises `vector` on this CPU. False when
 * the device has no such entry. */
bool pci_route_msix(unsigned device, unsigned entry, unsigned vector);

#endif
