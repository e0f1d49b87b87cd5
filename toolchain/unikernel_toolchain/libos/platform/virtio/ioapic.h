/* SPDX-License-Identifier: ISC */
/* ioapic.h: which device line raises which interrupt. */
#ifndef IOAPIC_H
#define IOAPIC_H

/* Maps the controller. */
void ioapic_init(void);

/* Line `line`, edge triggered, raises `vector` on this CPU from now on. */
void ioapic_route(unsigned line, unsigned vector);

#endif
