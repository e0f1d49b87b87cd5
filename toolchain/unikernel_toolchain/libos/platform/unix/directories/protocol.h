/* SPDX-License-Identifier: ISC */
/* protocol.h: what a guest and the file server beside it say to each other, over a
 * connected pair of sockets.
 *
 * A request is struct directory_request, then its path, then `size` bytes of a value. The
 * answer is any number of pieces, each a length (4 bytes, not 0) and so many bytes, then
 * a length of 0 and struct unikernel_directory_answer. One request is under way at a
 * time. Pieces of a list are entries: a kind (1 byte), the length of a name (1 byte) and
 * the name. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdint.h>

#define DIRECTORIES_MAX 8
#define DIRECTORY_PATH_MAX 3072 /* bytes: with a name behind it, below Linux's 4,096 */
#define DIRECTORY_NAME_MAX 255	/* NAME_MAX */
#define DIRECTORY_PIECE_MAX (64u << 10)

struct directory_request {
	uint32_t operation; /* enum unikernel_directory_operation */
	uint32_t path_length;
	uint64_t size;
};

#endif
