/* SPDX-License-Identifier: ISC */
/* descriptors.h: the descriptors that a process keeps. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#define CONSOLE_INPUT 0
#define CONSOLE_OUTPUT 1

/* Besides the console's. */
void descriptors_keep(int descriptor);

/* Whatever else was inherited is closed. */
void descriptors_close_others(void);

#endif
