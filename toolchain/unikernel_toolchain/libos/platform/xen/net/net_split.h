/* SPDX-License-Identifier: ISC */
/* net_split.h: a TCP segment that is longer than the protocol's 65,535 bytes with its
 * headers, as two. */
#ifndef NET_SPLIT_H
#define NET_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unikernel.h"

#define NET_HEAD_MOST 256 /* bytes of headers */

/* What goes out as one frame: `head`, then bytes of the frame that was posted. */
struct net_piece {
	struct unikernel_net_header header;
	uint8_t head[NET_HEAD_MOST];
	size_t head_size;
	size_t from, size; /* of what was posted, counted from the Ethernet header */
};

/* Splits a frame of `size` bytes; `head` has its first `header.header_length`, which are
 * NET_HEAD_MOST at most. False: it is no TCP segment, or none that can be cut there. */
bool net_split(const struct unikernel_net_header *header, const uint8_t *head,
	       size_t size, struct net_piece pieces[2]);

#endif
