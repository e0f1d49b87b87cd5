/* SPDX-License-Identifier: ISC */
/* Echoes what is typed, in capitals, until an end of transmission (^D). */
#include <ctype.h>
#include <string.h>

#include "unikernel.h"

#define END_OF_TRANSMISSION 4

int unikernel_main(const struct unikernel_start_info *info)
{
	char bytes[7]; /* less than the serial FIFO holds */
	(void)info;
	unikernel_console_write("type\n", 5);
	for (;;) {
		size_t length = unikernel_console_read(bytes, sizeof bytes);
		const char *end = memchr(bytes, END_OF_TRANSMISSION, length);
		size_t shown = end ? (size_t)(end - bytes) : length;
		for (size_t i = 0; i < shown; i++)
			bytes[i] = (char)toupper(bytes[i]);
		unikernel_console_write(bytes, shown);
		if (end)
			return 0;
		if (!length)
			unikernel_wait(UNIKERNEL_READY_CONSOLE, UINT64_MAX);
	}
}
