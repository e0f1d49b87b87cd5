/* SPDX-License-Identifier: ISC */
/* Three kinds of descriptors: a tap carries our header with each frame; a datagram socket
 * carries the frame alone, so the header is left out or made up; a stream needs lengths.
 */
#include "net_frames.h"
#include "common/report/format.h"

#define HEADER_SIZE sizeof(struct unikernel_net_header)

static long read_now(struct attachment *attachment, char *buffer, size_t size)
{
	if (attachment->stream)
		return (long)stream_read(attachment->stream, buffer, size);
	return system_read(attachment->descriptor, buffer, size);
}

/* Once a length is nonsense nobody knows where the next frame begins. */
static enum frame_result give_up(void)
{
	print("unikernel: what a network sends is no stream of frames: no more is "
	      "read\n");
	return FRAME_NEVER;
}

enum frame_result frame_read(struct attachment *attachment, struct incoming *in)
{
	size_t skipped = attachment->has_headers ? 0 : HEADER_SIZE;
	struct unikernel_net_header *header = (struct unikernel_net_header *)in->buffer;
	long size = read_now(attachment, in->buffer + skipped, in->size - skipped);
	if (size == -EFAULT)
		unikernel_abort("a buffer to receive into that is not in memory");
	if (attachment->stream && stream_is_broken(attachment->stream))
		return give_up();
	if (size <= 0)
		return FRAME_NONE;
	size_t end = skipped + (size_t)size;
	/* the buffer has a byte more than any frame: a full one was cut */
	if (end < HEADER_SIZE + NET_FRAME_MIN || end == in->size)
		return FRAME_DROPPED;
	if (skipped)
		*header = (struct unikernel_net_header){0};
	header->buffers = 1;
	in->length = end - HEADER_SIZE;
	return FRAME_RECEIVED;
}

static bool write_now(struct attachment *attachment, const struct io_part *parts,
		      unsigned count, size_t length)
{
	if (attachment->stream)
		return stream_write(attachment->stream, parts, count, length);
	long written = count == 1 ? system_write(attachment->descriptor, parts->bytes,
						 parts->length)
				  : system_writev(attachment->descriptor, parts, count);
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

bool frame_is_at_hand(const struct attachment *attachment)
{
	return attachment->stream && stream_has_frame(attachment->stream);
}

bool frame_is_half_written(const struct attachment *attachment)
{
	return attachment->stream && stream_is_behind(attachment->stream);
}

void frame_write_rest(struct attachment *attachment)
{
	if (attachment->stream)
		stream_flush(attachment->stream);
}

bool frame_write(struct attachment *attachment, const struct io_part *parts,
		 unsigned count, size_t length)
{
	struct io_part bare[UNIKERNEL_NET_PARTS_MAX];
	if (attachment->has_headers)
		return write_now(attachment, parts, count, length);
	leave_header_out(bare, parts, count);
	return write_now(attachment, bare, count, length - HEADER_SIZE);
}
