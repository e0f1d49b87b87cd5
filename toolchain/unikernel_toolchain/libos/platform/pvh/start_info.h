/* SPDX-License-Identifier: ISC */
/* start_info.h: what a PVH loader tells a guest. */
#ifndef START_INFO_H
#define START_INFO_H

#include <stdint.h>

/* Takes the memory map and the command line from the start information at this physical
 * address. Aborts when it is none. */
void start_info_read(uintptr_t address);

#endif
