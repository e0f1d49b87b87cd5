/* SPDX-License-Identifier: ISC */
#ifndef IMAGE_PART_H
#define IMAGE_PART_H

#include <stdint.h>

/* What the linker put at `address`: ".text", ".rodata" ...; NULL outside of the image. */
const char *image_part(uintptr_t address);

#endif
