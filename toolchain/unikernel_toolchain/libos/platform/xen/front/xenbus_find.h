/* SPDX-License-Identifier: ISC */
/* xenbus_find.h: which devices xenstore says this guest has. */
#ifndef XENBUS_FIND_H
#define XENBUS_FIND_H

#include <stdbool.h>

#define XENBUS_DIRECTORY_MAX 24 /* of "device/KIND" with its NUL */

/* The number of device `index` of a kind, counted in the order of the numbers; false when
 * there are not so many. */
bool xenbus_find(const char *kind, unsigned index, unsigned *number);

#endif
