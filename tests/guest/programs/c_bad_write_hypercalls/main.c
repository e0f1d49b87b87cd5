/* SPDX-License-Identifier: ISC */
/* Writes to the page behind .text that Xen has filled with the code of hypercalls. */
#include <stdint.h>
#include <stdio.h>

#define PAGE 4096
#define MOVE_TO_EAX 0xb8 /* each of them begins so */

extern const char _etext[];

int main(void)
{
	volatile uint8_t *page =
		(volatile uint8_t *)(((uintptr_t)_etext + PAGE - 1) & -(uintptr_t)PAGE);
	if (*page == MOVE_TO_EAX)
		puts("hypercalls are code");
	*page = 0;
	puts("written");
}
