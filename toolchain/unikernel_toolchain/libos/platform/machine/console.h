/* SPDX-License-Identifier: ISC */
/* console.h: the console behind unikernel_console_*. A machine's folder defines it. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>

void console_init(void);

/* Waits until the host has all that was written, or its time is up. */
void console_drain(void);

/* Lets input raise interrupts, once there is something that delivers them. */
void console_listen(void);

/* Has input arrived that nobody took? */
bool console_has_input(void);

#endif
