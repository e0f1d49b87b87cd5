/* SPDX-License-Identifier: ISC */
/* store_message.h: what the store says, one whole message at a time. */
#ifndef STORE_MESSAGE_H
#define STORE_MESSAGE_H

#include "store_ring.h"

#define STORE_PAYLOAD_MAX XENSTORE_PAYLOAD_MAX

struct store_message {
	struct xsd_sockmsg header;
	char payload[STORE_PAYLOAD_MAX + 1]; /* header.len bytes and a NUL */
	size_t have;			     /* bytes of header and payload so far */
};

/* Takes in what came; true when a message is whole. The next call begins the next one. A
 * message that is too long breaks the ring. */
bool store_message_receive(struct store_message *message, struct store_ring *ring);

/* The path of a watch event, and its token as `*token`; NULL when it is not one of ours.
 * Our tokens are decimal numbers. */
const char *store_message_event(const struct store_message *message, uint32_t *token);

/* Reads `length` bytes as a decimal number from 0 to `most`: digits only, 1 to 20. */
bool store_number(const char *text, size_t length, uint64_t most, uint64_t *value);

#endif
