/* SPDX-License-Identifier: ISC */
/* interrupts.h: who delivers interrupts. A machine's folder defines it. */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

/* One with this vector was handled: the next may come. */
void interrupts_end(unsigned vector);

#endif
