/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>

#define FIELDS 12

extern uint64_t fields[FIELDS];
extern uint64_t caml_globals_inited;

uint64_t effect(void);
void caml_program(void);

/* What an initialiser that calls something can see. */
uint64_t effect(void)
{
	printf("%lu initialised\n", (unsigned long)caml_globals_inited);
	for (int i = 0; i < 6; i++)
		printf("%d %#lx\n", i, (unsigned long)fields[i]);
	return 77;
}

int main(void)
{
	caml_program();
	printf("%lu initialised\n", (unsigned long)caml_globals_inited);
	for (int i = 0; i < FIELDS; i++)
		printf("%d %#lx\n", i, (unsigned long)fields[i]);
	return 0;
}
