/* SPDX-License-Identifier: ISC */
#include "stream.h"
#include "memory_functions.h"
#include "unikernel.h"

#define PREFIX_SIZE 4u
#define FRAME_MAX 65535u
#define READ_SIZE (1u << 17)
#define PARTS_MAX (1 + UK_NET_PARTS_MAX)

/* Bytes [begin, end) of `in` were read and not taken, those of `out` are to be written.
 */
struct stream {
	int descriptor;
	bool is_broken; /* what came is no stream of frames */
	size_t in_begin, in_end;
	size_t out_begin, out_end;
	char in[READ_SIZE];
	char out[PREFIX_SIZE + FRAME_MAX];
};

struct stream *stream_new(int descriptor)
{
	struct stream *s = uk_alloc(sizeof *s);
	if (!s)
		uk_abort("too little RAM: network devices do not fit");
	s->descriptor = descriptor;
	s->is_broken = false;
	s->in_begin = s->in_end = s->out_begin = s->out_end = 0;
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
	size_t kept = s->in_end - s->in_begin, length;
	if (s->in_begin)
		memmove(s->in, s->in + s->in_begin, kept);
	s->in_begin = 0;
	s->in_end = kept;
	long count = system_read(s->descriptor, s->in + kept, READ_SIZE - kept);
	if (count > 0)
		s->in_end += (size_t)count;
	s->is_broken = next_length(s, &length) && length > FRAME_MAX;
}

size_t stream_read(struct stream *s, char *buffer, size_t size)
{
	size_t length;
	do {
		if (!next_frame(s, &length)) {
			read_more(s);
			if (!next_frame(s, &length))
				return 0;
		}
		s->in_begin += PREFIX_SIZE;
	} while (!length);
	size_t taken = length < size ? length : size;
	memcpy(buffer, s->in + s->in_begin, taken);
	s->in_begin += length;
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
	if (length > FRAME_MAX)
		return true;
	for (unsigned i = 0; i < count; i++)
		all[1 + i] = parts[i];
	long written = system_writev(s->descriptor, all, 1 + count);
	if (written == -EAGAIN)
		return false;
	if (written == -EFAULT)
		uk_abort("a frame to send that is not in memory");
	if (written > 0)
		keep_rest(s, all, 1 + count, (size_t)written);
	return true;
}
