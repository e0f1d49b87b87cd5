/* SPDX-License-Identifier: ISC */
/* Programs with a plain `int main(int argc, char **argv)`.
 *
 * The linker takes this member of the archive only when the program itself has no
 * solo5_app_main.
 */
#include "solo5.h"
#include "unikernel.h"

int main(int argc, char **argv);

/* The C library. */
extern int unikernel_argc;
extern char **unikernel_argv;
__attribute__((noreturn)) void exit(int status);

/* Linker script. */
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);

/* A hosted program has malloc: Solo5's region goes back to the heap behind it. */
int solo5_app_main(const struct solo5_start_info *info)
{
	unikernel_free((void *)info->heap_start);
	for (void (*const *constructor)(void) = __init_array_start;
	     constructor < __init_array_end; constructor++)
		(*constructor)();
	exit(main(unikernel_argc, unikernel_argv));
}
