/* SPDX-License-Identifier: ISC */
#include "platform.h"

#define STATUS_LARGEST 123
#define STATUS_FAULT 126
#define STATUS_ABORT 127

/* 7 bits: QEMU's debug exit makes 2 n + 1 of n, in 8. The largest two say how a guest
 * broke. */
uint8_t exit_status(enum end_kind kind, uint32_t status)
{
	if (kind == END_FAULT)
		return STATUS_FAULT;
	if (kind == END_ABORT)
		return STATUS_ABORT;
	return status < STATUS_LARGEST ? (uint8_t)status : STATUS_LARGEST;
}
