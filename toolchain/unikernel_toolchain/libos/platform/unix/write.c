/* SPDX-License-Identifier: ISC */
#include "write.h"
#include "unikernel.h"

/* Whoever shares the file may have made it non-blocking. */
static void wait_for_room(int descriptor)
{
	struct poll_entry entry = {descriptor, POLL_OUT, 0};
	system_ppoll(&entry, 1, NULL);
}

/* How many bytes were written, 0 to try again, -1 when it is of no use. */
static long write_some(int descriptor, const struct io_part *parts, unsigned count)
{
	long written = count == 1 ? system_write(descriptor, parts->bytes, parts->length)
				  : system_writev(descriptor, parts, count);
	if (written == -EFAULT)
		uk_abort("bytes to write that are not in memory");
	if (written == -EAGAIN)
		wait_for_room(descriptor);
	if (written == -EAGAIN || written == -EINTR)
		return 0;
	return written > 0 ? written : -1;
}

bool write_parts(int descriptor, struct io_part *parts, unsigned count)
{
	while (count) {
		if (!parts->length) {
			parts++;
			count--;
			continue;
		}
		long written = write_some(descriptor, parts, count);
		if (written < 0)
			return false;
		for (size_t left = (size_t)written; left;) {
			size_t taken = left < parts->length ? left : parts->length;
			parts->bytes = (char *)parts->bytes + taken;
			parts->length -= taken;
			left -= taken;
			if (left) {
				parts++;
				count--;
			}
		}
	}
	return true;
}

bool write_all(int descriptor, const void *bytes, size_t size)
{
	struct io_part part = {(void *)(uintptr_t)bytes, size};
	return write_parts(descriptor, &part, 1);
}
