/* SPDX-License-Identifier: ISC */
/* symbols.h: the names of functions, for fault reports. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOL_NAME_SIZE 128

struct symbol {
	char name[SYMBOL_NAME_SIZE]; /* cut to fit, NUL-terminated */
	uint64_t offset;	     /* bytes from the function's start */
};

/* Finds the function that holds `address`; false when the image carries no names. */
bool symbol_find(uint64_t address, struct symbol *symbol);

/* First address after the image, its table of names included. */
uintptr_t symbols_image_end(void);

#endif
