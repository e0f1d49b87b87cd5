/* SPDX-License-Identifier: ISC */
#include "net_frames.h"
#include "common/report/format.h"

#define HEADER_SIZE sizeof(struct unikernel_net_header)

static long read_now(struct plug *plug, char *buffer, size_t size)
{
	if (plug->stream)
		return (long)stream_read(plug->stream, buffer, size);
	return system_read(plug->descriptor, buffer, size);
}

static enum frame_result give_up(void)
{
	print("unikernel: what a network sends is no stream of frames: no more is "
	      "read\n");
	return FRAME_NEVER;
}

enum frame_result frame_read(struct plug *plug, struct incoming *in)
{
	size_t skipped = plug->has_headers ? 0 : HEADER_SIZE;
	struct unikernel_net_header *header = (struct unikernel_net_header *)in->buffer;
	long size = read_now(plug, in->buffer + skipped, in->size - skipped);
	if (size == -EFAULT)
		unikernel_abort("a buffer to receive into that is not in memory");
	if (plug->stream && stream_is_broken(plug->stream))
		return give_up();
	if (size <= 0)
		return FRAME_NONE;
	size_t end = skipped + (size_t)size;
	if (end < HEADER_SIZE + NET_FRAME_MIN || end == in->size)
		return FRAME_DROPPED;
	if (skipped)
		*header = (struct unikernel_net_header){0};
	header->buffers = 1;
	in->length = end - HEADER_SIZE;
	return FRAME_RECEIVED;
}

static bool write_now(struct plug *plug, const struct io_part *parts, unsigned count,
		      size_t length)
{
	if (plug->stream)
		return stream_write(plug->stream, parts, count, length);
	long written =
		count == 1 ? system_write(plug->descriptor, parts->bytes, parts->length)
			   : system_writev(plug->descriptor, parts, count);
	if (written == -EFAULT)
		unikernel_abort("a frame to send that is not in memory");
	return written != -EAGAIN;
}

static void leave_header_out(struct io_part *bare, const struct io_part *parts,
			     unsigned count)
{
	bare[0] = (struct io_part){(char *)parts[0].bytes + HEADER_SIZE,
				   parts[0].length - HEADER_SIZE};
	for (unsigned i = 1; i < count; i++)
		bare[i] = parts[i];
}

bool frame_is_at_hand(const struct plug *plug)
{
	return plug->stream && stream_has_frame(plug->stream);
}

bool frame_is_half_written(const struct plug *plug)
{
	return plug->stream && stream_is_behind(plug->stream);
}

void frame_write_rest(struct plug *plug)
{
	if (plug->stream)
		stream_flush(plug->stream);
}

bool frame_write(struct plug *plug, const struct io_part *parts, unsigned count,
		 size_t length)
{
	struct io_part bare[UNIKERNEL_NET_PARTS_MAX];
	if (plug->has_headers)
		return write_now(plug, parts, count, length);
	leave_header_out(bare, parts, count);
	return write_now(plug, bare, count, length - HEADER_SIZE);
}
