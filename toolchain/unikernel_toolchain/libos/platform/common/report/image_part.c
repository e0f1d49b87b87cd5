/* SPDX-License-Identifier: ISC */
#include "image_part.h"
#include "common/platform.h"
#include "symbols.h"

const char *image_part(uintptr_t address)
{
	if (address < (uintptr_t)_stext || address >= symbols_image_end())
		return NULL;
	if (address < (uintptr_t)_srodata)
		return ".text";
	if (address < (uintptr_t)_sdata)
		return ".rodata";
	return address < (uintptr_t)_end ? ".data" : "table of symbols";
}
