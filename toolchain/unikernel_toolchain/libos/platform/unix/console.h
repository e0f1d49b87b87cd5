/* SPDX-License-Identifier: ISC */
/* console.h: what is typed to a process. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>

/* Can more come? False once the end of the file was seen. */
bool console_is_open(void);

/* Takes in what was typed, after poll said that there is something. */
void console_fill(void);

bool console_has_input(void);

/* Is there something to read, or an end that nobody has been told of? */
bool console_is_ready(void);

#endif
