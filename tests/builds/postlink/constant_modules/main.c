/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>

#define FIELDS 18

extern uint64_t fields[FIELDS];
extern uint64_t caml_globals_inited;

uint64_t effect(void);
void caml_initialize(uint64_t *field, uint64_t value);
void other(uint64_t *field, uint64_t value);
void run(void);

/* What an initialiser that calls something can see. */
uint64_t effect(void)
{
	printf("%lu initialised\n", (unsigned long)caml_globals_inited);
	for (int i = 0; i < 6; i++)
		printf("%d %#lx\n", i, (unsigned long)fields[i]);
	return 77;
}

void caml_initialize(uint64_t *field, uint64_t value)
{
	*field = value;
	__asm__ volatile("movl $21, %%ecx" : : : "ecx");
}

void other(uint64_t *field, uint64_t value)
{
	*field = value + 1;
}

int main(void)
{
	run();
	printf("%lu initialised\n", (unsigned long)caml_globals_inited);
	for (int i = 0; i < FIELDS; i++)
		printf("%d %#lx\n", i, (unsigned long)fields[i]);
	return 0;
}
