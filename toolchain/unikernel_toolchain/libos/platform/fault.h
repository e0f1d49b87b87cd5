/* SPDX-License-Identifier: ISC */
/* fault.h: what an exception means to people. */
#ifndef FAULT_H
#define FAULT_H

#include "trap.h"

/* Returns only when the program goes on elsewhere (the overrun handler). */
void fault_handle(struct trap_frame *frame);

#endif
