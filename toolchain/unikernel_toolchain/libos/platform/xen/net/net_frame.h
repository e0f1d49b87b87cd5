/* SPDX-License-Identifier: ISC */
/* net_frame.h: what unikernel.h says of a frame and the protocol leaves to be found in
 * it. */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unikernel.h"

/* Finds the TCP or UDP checksum of a frame, and where the headers end: checksum_start,
 * checksum_offset and header_length of `header`. False: it has none, or is cut short. */
bool net_frame_find_checksum(const uint8_t *frame, size_t length,
			     struct unikernel_net_header *header);

#endif
