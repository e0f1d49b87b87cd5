/* SPDX-License-Identifier: ISC */
/* boot_variable.h: the variables that a command line begins with, NAME=value, in capital
 * letters, digits and underscores. */
#ifndef BOOT_VARIABLE_H
#define BOOT_VARIABLE_H

#include <stddef.h>

/* The value of `name`, which ends at a blank or the end; NULL when it is not there. */
const char *boot_variable(const char *cmdline, const char *name);

#define NOT_IN_LIST ((unsigned)-1)

/* Position of `name` in a comma separated value, NOT_IN_LIST when it is not there. */
unsigned boot_list_position(const char *value, const char *name);

#endif
