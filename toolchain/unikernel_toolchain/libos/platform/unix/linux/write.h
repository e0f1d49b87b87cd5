/* SPDX-License-Identifier: ISC */
#ifndef WRITE_H
#define WRITE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes to the end, waiting as long as the reader takes, as every process does. False
 * when nobody can read it. */
bool write_all(int descriptor, const void *bytes, size_t size);

#endif
