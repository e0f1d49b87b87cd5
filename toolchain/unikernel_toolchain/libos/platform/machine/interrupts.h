/* SPDX-License-Identifier: ISC */
/* interrupts.h: what a guest needs before it lets interrupts in. A machine's folder
 * defines it. */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

/* Readies the interrupt controllers and the console's input at the first call. A guest
 * that never waits does not pay for it. */
void interrupts_init(void);

#endif
