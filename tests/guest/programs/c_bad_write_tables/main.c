/* SPDX-License-Identifier: ISC */
/* Asks the processor where the page tables are, and has every page writable. */
#include "solo5.h"

#define ADDRESS_MASK 0x000ffffffffff000u

int solo5_app_main(const struct solo5_start_info *info)
{
	uintptr_t top;
	(void)info;
	__asm__("movq %%cr3, %0" : "=r"(top));
	volatile uint64_t *entry = (volatile uint64_t *)(top & ADDRESS_MASK);
	*entry |= 2;
	solo5_console_write("written\n", 8);
	return SOLO5_EXIT_SUCCESS;
}
