/* SPDX-License-Identifier: ISC */
/* device_names.h: devices by the names that the command line gives them. */
#ifndef DEVICE_NAMES_H
#define DEVICE_NAMES_H

#include <stdbool.h>

#include "boot_variable.h"

/* Position of device `name` in the boot variable `list`; without that variable, of the
 * first that is not `taken`, `most` when all are. NOT_IN_LIST: it is not there, or taken
 * already. */
unsigned device_position(const char *list, const char *name, const bool taken[],
			 unsigned most);

#endif
