/* SPDX-License-Identifier: ISC */
/* strtol and its kin under the names that glibc's headers give them from 2.38 on:
 * Ubuntu 24.04's OCaml runtime calls them so. Those read 0b101 in bases 0 and 2 as
 * well, which the runtime has a reader of its own for. */
#include "../libc.h"
#include <stdlib.h>

long __isoc23_strtol(const char *text, char **end, int base)
{
	return strtol(text, end, base);
}

long long __isoc23_strtoll(const char *text, char **end, int base)
{
	return strtoll(text, end, base);
}

unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
	return strtoul(text, end, base);
}

unsigned long long __isoc23_strtoull(const char *text, char **end, int base)
{
	return strtoull(text, end, base);
}
