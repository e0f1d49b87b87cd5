/* SPDX-License-Identifier: ISC */
/* signals.h: exceptions of the processor, and calls of the kernel that the sandbox
 * forbids, come as signals. */
#ifndef SIGNALS_H
#define SIGNALS_H

void signals_init(void);

#endif
