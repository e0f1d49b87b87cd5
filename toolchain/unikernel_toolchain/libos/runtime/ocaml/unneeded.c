/* SPDX-License-Identifier: ISC */
/* Steps of the runtime's start that find nothing in a guest: each takes its share of a
 * short boot. */
#include "../libc/libc.h"

char *__wrap_caml_executable_name(void);
void __wrap_caml_init_locale(void);
void __wrap_caml_init_signals(void);

/* There is no file of the program to look for. */
char *__wrap_caml_executable_name(void)
{
	return unikernel_argv[0];
}

/* Every locale is C's. */
void __wrap_caml_init_locale(void)
{
}

/* Nobody sends signals, and a stack overrun is none. */
void __wrap_caml_init_signals(void)
{
}
