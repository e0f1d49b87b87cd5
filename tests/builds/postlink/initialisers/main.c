/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>

enum { WORDS = 64, GUARD = 64, DEPTH = 8 }; /* DEPTH: what the code uses, and one word */

extern int allocated;
extern const char code_begin[], code_end[];
static int compiled, interpreted;
static uint64_t ocaml_stack[GUARD + DEPTH];
static uint64_t c_stack[4096] __attribute__((aligned(16)));

uintptr_t run(uint64_t words[WORDS], uint64_t *top, uint64_t *c_top);
void caml_initialize(uint64_t *field, uint64_t value);
void other(uint64_t *field);

static int is_on_c_stack(void)
{
	uint64_t *here = __builtin_frame_address(0);

	return here >= c_stack && here < c_stack + 4096 && (uintptr_t)here % 16 == 0;
}

void caml_initialize(uint64_t *field, uint64_t value)
{
	const char *caller = __builtin_return_address(0);

	*(caller >= code_begin && caller < code_end ? &compiled : &interpreted) += 1;
	*field = value * 256 + (unsigned)is_on_c_stack();
	/* C's to change. */
	__asm__ volatile("xorl %%eax, %%eax\n xorl %%ecx, %%ecx\n xorl %%edx, %%edx\n"
			 "xorl %%r8d, %%r8d\n xorl %%r9d, %%r9d"
			 :
			 :
			 : "rax", "rcx", "rdx", "r8", "r9");
}

void other(uint64_t *field)
{
	*field = 0x55;
}

int main(void)
{
	static uint64_t words[WORDS] = {[50] = 99};
	uintptr_t result;

	for (int i = 0; i < GUARD; i++)
		ocaml_stack[i] = 0x5a5a;
	result = run(words, ocaml_stack + GUARD + DEPTH, c_stack + 4096);
	for (int i = 0; i < WORDS; i++)
		printf("%d %#lx\n", i, (unsigned long)words[i]);
	printf("%#lx\n", (unsigned long)result);
	for (int i = 0; i < GUARD; i++)
		if (ocaml_stack[i] != 0x5a5a)
			printf("below the stack: %d\n", i);
	fprintf(stderr, "%d %d %d\n", compiled, interpreted, allocated);
	return 0;
}
