/* SPDX-License-Identifier: ISC */
/* write.h: writes to the end, waiting as long as the reader takes, as every process does.
 * False when nobody can read it. */
#ifndef WRITE_H
#define WRITE_H

#include <stdbool.h>

#include "system_calls.h"

bool write_all(int descriptor, const void *bytes, size_t size);

/* In one piece where the reader lets it; changes `parts`. */
bool write_parts(int descriptor, struct io_part *parts, unsigned count);

#endif
