/* SPDX-License-Identifier: ISC */
#include "write.h"
#include "system_calls.h"
#include "unikernel.h"

/* Whoever shares the file may have made it non-blocking. */
static void wait_for_room(int descriptor)
{
	struct poll_entry entry = {descriptor, POLL_OUT, 0};
	system_ppoll(&entry, 1, NULL);
}

/* Nothing is dropped and nothing fails: a process whose reader is slow waits for it. */
bool write_all(int descriptor, const void *bytes, size_t size)
{
	const char *left = bytes;
	while (size) {
		long written = system_write(descriptor, left, size);
		if (written == -EFAULT)
			unikernel_abort("bytes to write that are not in memory");
		if (written == -EAGAIN)
			wait_for_room(descriptor);
		if (written == -EAGAIN || written == -EINTR)
			continue;
		if (written <= 0)
			return false;
		left += written;
		size -= (size_t)written;
	}
	return true;
}
