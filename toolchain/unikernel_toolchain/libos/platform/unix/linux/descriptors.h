/* SPDX-License-Identifier: ISC */
/* descriptors.h: the descriptors that a process keeps. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stdbool.h>

#define CONSOLE_INPUT 0
#define CONSOLE_OUTPUT 1

bool descriptor_is_open(int descriptor);

/* How it was opened: O_RDONLY and so on (open(2)). */
long descriptor_flags(int descriptor);

/* Reads and writes that would wait fail with EAGAIN from here on. */
void descriptor_never_wait(int descriptor);

/* The same file under a number of its own, where standard input or output was closed. */
int descriptor_above_standard(int descriptor);

/* Besides the console's. */
void descriptors_keep(int descriptor);

/* Whatever else was inherited is closed. */
void descriptors_close_others(void);

#endif
