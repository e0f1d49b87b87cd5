/* SPDX-License-Identifier: ISC */
/* stream.h: Ethernet frames in a stream of bytes, each behind its length as four bytes,
 * the highest first: what QEMU's -netdev socket and -netdev stream speak. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "unix/linux/system_calls.h"

struct stream;

/* A stream over a connected socket that never waits, of frames of up to `frame_max`
 * bytes: longer ones are passed over, and so are those with no Ethernet header. Ends the
 * guest when there is no RAM. */
struct stream *stream_new(int descriptor, size_t frame_max);

/* Whether a whole frame has been read that was not taken yet. */
bool stream_has_frame(const struct stream *stream);

/* Whether something came that is no frame: what follows cannot be read. */
bool stream_is_broken(const struct stream *stream);

/* Takes the next frame into a buffer, as far as it fits, and returns how many bytes these
 * are; 0 when there is no whole one now. */
size_t stream_read(struct stream *stream, char *buffer, size_t size);

/* Writes a frame of `length` bytes in all; false when the kernel has no room now. Of one
 * that it took in part, the rest is kept. One that nobody takes counts as written. */
bool stream_write(struct stream *stream, const struct io_part *parts, unsigned count,
		  size_t length);

/* Writes what was kept; false when some of it is left. */
bool stream_flush(struct stream *stream);

/* Whether something is kept. */
bool stream_is_behind(const struct stream *stream);

#endif
