/* SPDX-License-Identifier: ISC */
/* What must never be the same in two boots: the stack's canary and random bytes. */
#include <stdio.h>
#include <string.h>

#include "unikernel.h"

static void print_hex(const char *what, const unsigned char *bytes, size_t length)
{
	printf("%s ", what);
	while (length--)
		printf("%02x", *bytes++);
	putchar('\n');
}

int main(void)
{
	unsigned char canary[8], first[32], second[32], long_one[1000];
	__asm__("movq %%fs:0x28, %%rax; movq %%rax, %0" : "=m"(canary) : : "rax");
	unikernel_entropy(first, sizeof first);
	unikernel_entropy(second, sizeof second);
	unikernel_entropy(long_one, sizeof long_one);
	print_hex("canary", canary, sizeof canary);
	print_hex("first", first, sizeof first);
	print_hex("second", second, sizeof second);
	puts(memcmp(first, second, sizeof first) ? "they differ" : "THE SAME TWICE");
	unsigned bits = 0;
	for (size_t i = 0; i < 8 * sizeof long_one; i++)
		bits += long_one[i / 8] >> i % 8 & 1;
	printf("%s\n",
	       bits > 3600 && bits < 4400 ? "half of the bits are set" : "LOPSIDED");
}
