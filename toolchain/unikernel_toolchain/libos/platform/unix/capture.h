/* SPDX-License-Identifier: ISC */
/* capture.h: frames as a file that tcpdump and Wireshark read
 * (draft-ietf-opsawg-pcap, time stamps in microseconds). */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>

#include "system_calls.h"

/* Begins the file; false when nothing can be written there. */
bool capture_begin(int descriptor);

/* Appends a frame of `length` bytes, which lie in `count` parts. False when the file
 * takes no more. */
bool capture_frame(int descriptor, const struct io_part *parts, unsigned count,
		   size_t length);

#endif
