/* SPDX-License-Identifier: ISC */
/* net_frames.h: one frame through an attachment's descriptor. */
#ifndef NET_FRAMES_H
#define NET_FRAMES_H

#include "net.h"

enum frame_result {
	FRAME_NONE,	/* nothing there now */
	FRAME_NEVER,	/* nor will there ever be */
	FRAME_DROPPED,	/* one that does not fit */
	FRAME_RECEIVED, /* with its header */
};

/* Reads a frame into the buffer of `in`. */
enum frame_result frame_read(struct attachment *attachment, struct incoming *in);

/* Whether a frame can be read although its descriptor has none. */
bool frame_is_at_hand(const struct attachment *attachment);

/* Whether some of a frame that counts as written has still to leave, and its leaving as
 * far as the kernel has room. */
bool frame_is_half_written(const struct attachment *attachment);
void frame_write_rest(struct attachment *attachment);

/* Writes a frame of `length` bytes in all, of which the first part begins with the
 * header; false when the kernel has no room now. One that nobody takes counts as written.
 */
bool frame_write(struct attachment *attachment, const struct io_part *parts,
		 unsigned count, size_t length);

#endif
