/* SPDX-License-Identifier: ISC */
#include "net_frames.h"
#include "capture.h"
#include "format.h"

#define HEADER_SIZE sizeof(struct uk_net_header)

/* `parts`: the frame alone. */
static void capture(struct plug *plug, const struct io_part *parts, unsigned count,
		    size_t length)
{
	if (capture_frame(plug->capture, parts, count, length))
		return;
	print("unikernel: the capture of a network ends here: no more can be written\n");
	plug->capture = -1;
}

enum frame_result frame_read(struct plug *plug, struct incoming *in)
{
	size_t skipped = plug->has_headers ? 0 : HEADER_SIZE;
	struct uk_net_header *header = (struct uk_net_header *)in->buffer;
	long size =
		system_read(plug->descriptor, in->buffer + skipped, in->size - skipped);
	if (size == -EFAULT)
		uk_abort("a buffer to receive into that is not in memory");
	if (size <= 0)
		return FRAME_NONE;
	size_t end = skipped + (size_t)size;
	if (end <= HEADER_SIZE || end == in->size)
		return FRAME_DROPPED;
	if (skipped)
		*header = (struct uk_net_header){0};
	header->buffers = 1;
	in->length = end - HEADER_SIZE;
	if (plug->capture >= 0) {
		struct io_part part = {in->buffer + HEADER_SIZE, in->length};
		capture(plug, &part, 1, in->length);
	}
	return FRAME_RECEIVED;
}

static long write_now(int descriptor, const struct io_part *parts, unsigned count)
{
	if (count == 1)
		return system_write(descriptor, parts->bytes, parts->length);
	return system_writev(descriptor, parts, count);
}

static void leave_header_out(struct io_part *bare, const struct io_part *parts,
			     unsigned count)
{
	bare[0] = (struct io_part){(char *)parts[0].bytes + HEADER_SIZE,
				   parts[0].length - HEADER_SIZE};
	for (unsigned i = 1; i < count; i++)
		bare[i] = parts[i];
}

bool frame_write(struct plug *plug, const struct io_part *parts, unsigned count,
		 size_t length)
{
	struct io_part bare[UK_NET_PARTS_MAX];
	bool needs_bare = !plug->has_headers || plug->capture >= 0;
	if (needs_bare)
		leave_header_out(bare, parts, count);
	long written =
		write_now(plug->descriptor, plug->has_headers ? parts : bare, count);
	if (written == -EAGAIN)
		return false;
	if (written == -EFAULT)
		uk_abort("a frame to send that is not in memory");
	if (plug->capture >= 0)
		capture(plug, bare, count, length - HEADER_SIZE);
	return true;
}
