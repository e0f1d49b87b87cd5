/* SPDX-License-Identifier: ISC */
/* Reading takes what the socket has, often many frames, and hands them out one by one:
 *
 *   in: ... taken | begin: whole frames, part of one :end | room ...
 *
 * A frame that is too long is passed over byte by byte as it arrives. Of a frame that the
 * socket took in part the rest goes first, or the stream would be out of step for good.
 */
#include "stream.h"
#include "common/memory_functions.h"
#include "common/nets.h"
#include "unikernel.h"
#include "unix/memory.h"

#define PREFIX_SIZE 4u
#define FRAME_LIMIT (1u << 17) /* more than anybody's longest: QEMU's is 68 KiB */
#define READ_SHARE 64	       /* of the heap */
#define READ_SIZE_MIN (1u << 14)
#define READ_SIZE_MAX (1u << 17)
#define PARTS_MAX (1 + UNIKERNEL_NET_PARTS_MAX)

/* Bytes [begin, end) of `in` were read and not taken, those of `out` are to be written.
 */
struct stream {
	int descriptor;
	bool is_broken; /* what came is no stream of frames */
	size_t frame_max;
	size_t passed_over; /* bytes still to come of a frame that nobody takes */
	size_t in_size, in_begin, in_end;
	size_t out_begin, out_end;
	char *in, *out;
};

static size_t read_size(size_t least)
{
	size_t size = (memory.heap.end - memory.heap.start) / READ_SHARE;
	if (size < READ_SIZE_MIN)
		size = READ_SIZE_MIN;
	if (size > READ_SIZE_MAX)
		size = READ_SIZE_MAX;
	return size < least ? least : size;
}

struct stream *stream_new(int descriptor, size_t frame_max)
{
	size_t in_size = read_size(PREFIX_SIZE + frame_max);
	struct stream *s = unikernel_alloc(sizeof *s + in_size + PREFIX_SIZE + frame_max);
	if (!s)
		unikernel_abort("too little RAM: network devices do not fit");
	*s = (struct stream){
		.descriptor = descriptor,
		.frame_max = frame_max,
		.in_size = in_size,
		.in = (char *)(s + 1),
		.out = (char *)(s + 1) + in_size,
	};
	return s;
}

/* {1 Reading} */

/* The length of the next frame, if its prefix is there. */
static bool next_length(const struct stream *s, size_t *length)
{
	if (s->in_end - s->in_begin < PREFIX_SIZE)
		return false;
	const uint8_t *prefix = (const uint8_t *)s->in + s->in_begin;
	*length = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 |
		  (size_t)prefix[2] << 8 | prefix[3];
	return true;
}

static bool next_frame(const struct stream *s, size_t *length)
{
	return next_length(s, length) && s->in_end - s->in_begin - PREFIX_SIZE >= *length;
}

/* Moves past frames that are too long or too short, as far as they are there. */
static void pass_over(struct stream *s)
{
	size_t length;
	for (;;) {
		size_t there = s->in_end - s->in_begin;
		size_t passed = there < s->passed_over ? there : s->passed_over;
		s->in_begin += passed;
		s->passed_over -= passed;
		if (s->passed_over || !next_length(s, &length))
			return;
		if (length >= NET_FRAME_MIN && length <= s->frame_max)
			return;
		s->is_broken = length > FRAME_LIMIT;
		if (s->is_broken)
			return;
		s->passed_over = PREFIX_SIZE + length;
	}
}

bool stream_has_frame(const struct stream *s)
{
	size_t length;
	return next_frame(s, &length);
}

bool stream_is_broken(const struct stream *s)
{
	return s->is_broken;
}

/* Reads what there is behind the beginning of a frame, which moves to the front. */
static void read_more(struct stream *s)
{
	size_t kept = s->in_end - s->in_begin;
	if (s->in_begin)
		memmove(s->in, s->in + s->in_begin, kept);
	s->in_begin = 0;
	s->in_end = kept;
	long count = system_read(s->descriptor, s->in + kept, s->in_size - kept);
	if (count > 0)
		s->in_end += (size_t)count;
	pass_over(s);
}

size_t stream_read(struct stream *s, char *buffer, size_t size)
{
	size_t length;
	if (!next_frame(s, &length))
		read_more(s);
	if (!next_frame(s, &length))
		return 0;
	size_t taken = length < size ? length : size;
	memcpy(buffer, s->in + s->in_begin + PREFIX_SIZE, taken);
	s->in_begin += PREFIX_SIZE + length;
	pass_over(s);
	return taken;
}

/* {1 Writing} */

static void keep_rest(struct stream *s, const struct io_part *parts, unsigned count,
		      size_t written)
{
	s->out_begin = s->out_end = 0;
	for (unsigned i = 0; i < count; i++) {
		size_t done = written < parts[i].length ? written : parts[i].length;
		size_t left = parts[i].length - done;
		memcpy(s->out + s->out_end, (const char *)parts[i].bytes + done, left);
		s->out_end += left;
		written -= done;
	}
}

bool stream_is_behind(const struct stream *s)
{
	return s->out_begin != s->out_end;
}

bool stream_flush(struct stream *s)
{
	while (stream_is_behind(s)) {
		long written = system_write(s->descriptor, s->out + s->out_begin,
					    s->out_end - s->out_begin);
		if (written == -EAGAIN)
			return false;
		/* an error other than "full": nobody reads any more; it counts as gone */
		s->out_begin = written < 0 ? s->out_end : s->out_begin + (size_t)written;
	}
	return true;
}

bool stream_write(struct stream *s, const struct io_part *parts, unsigned count,
		  size_t length)
{
	uint8_t prefix[PREFIX_SIZE] = {0, 0, (uint8_t)(length >> 8), (uint8_t)length};
	struct io_part all[PARTS_MAX] = {{prefix, sizeof prefix}};
	if (!stream_flush(s))
		return false;
	if (length > s->frame_max)
		return true;
	for (unsigned i = 0; i < count; i++)
		all[1 + i] = parts[i];
	long written = system_writev(s->descriptor, all, 1 + count);
	if (written == -EAGAIN)
		return false;
	if (written == -EFAULT)
		unikernel_abort("a frame to send that is not in memory");
	if (written > 0)
		keep_rest(s, all, 1 + count, (size_t)written);
	return true;
}
