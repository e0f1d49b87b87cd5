/* SPDX-License-Identifier: ISC */
/* Steps of the runtime's start that find nothing in a guest: each takes its share of a
 * short boot. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/osdeps.h>
#include "../libc/libc.h"
#include "ocaml.h"

char *__wrap_caml_executable_name(void);
char *__wrap_caml_search_exe_in_path(const char *name);
void __wrap_caml_init_locale(void);
void __wrap_caml_init_signals(void);

/* There is no file of the program to look for. */
char *__wrap_caml_executable_name(void)
{
	return unikernel_argv[0];
}

SAME_TYPE(caml_executable_name);
SAME_TYPE(caml_search_exe_in_path);

/* Asked only for a program whose name is not known. */
char *__wrap_caml_search_exe_in_path(const char *name)
{
	return caml_stat_strdup(name);
}

/* Every locale is C's. */
void __wrap_caml_init_locale(void)
{
}

/* Nobody sends signals, and a stack overrun is none. */
void __wrap_caml_init_signals(void)
{
}
