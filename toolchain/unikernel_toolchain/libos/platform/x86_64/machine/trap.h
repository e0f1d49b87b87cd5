/* SPDX-License-Identifier: ISC */
/* trap.h: exceptions and interrupts.
 *
 * Interrupts are enabled in one place only, the idle window of wait.c; everything else
 * runs undisturbed and needs no locks.
 */
#ifndef TRAP_H
#define TRAP_H

#include <stdint.h>

#define TRAP_VECTORS 48

/* Vectors of interrupts; 32 to 47 are ours to name. */
#define VECTOR_TIMER 32
#define VECTOR_CONSOLE 33
#define VECTOR_NET 34
#define VECTOR_BLOCK 35
#define VECTOR_BLOCK_CHANGE 36
#define VECTOR_SPURIOUS 47

/* Called with interrupts off, on the interrupt stack; must be short. */
typedef void (*interrupt_handler_t)(void);
void trap_set_interrupt(unsigned vector, interrupt_handler_t handler);

#endif
