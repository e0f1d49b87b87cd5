/* SPDX-License-Identifier: ISC */
/* console.h: what is typed to a process. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>

/* Waits for the console in this: false once its end was seen, when nothing more comes. */
bool console_is_open(void);

/* Takes in what was typed, after poll said that there is something. */
void console_fill(void);

bool console_has_input(void);

#endif
