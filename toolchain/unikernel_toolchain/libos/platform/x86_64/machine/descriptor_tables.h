/* SPDX-License-Identifier: ISC */
/* descriptor_tables.h: where the processor finds the entries of exceptions and
 * interrupts, and stacks for them. */
#ifndef DESCRIPTOR_TABLES_H
#define DESCRIPTOR_TABLES_H

/* Loads them: exceptions are reported from here on. */
void descriptor_tables_init(void);

#endif
