/* SPDX-License-Identifier: ISC */
#include "store_message.h"

#define HEADER_SIZE sizeof(struct xsd_sockmsg)
#define DIGITS_MAX 20

/* Takes in bytes of a part that ends `end` bytes from the message's beginning. */
static bool take(struct store_message *message, struct store_ring *ring, void *part,
		 size_t start, size_t end)
{
	size_t at = message->have - start;
	message->have += store_ring_take(ring, (char *)part + at, end - message->have);
	return message->have == end;
}

bool store_message_receive(struct store_message *message, struct store_ring *ring)
{
	if (message->have < HEADER_SIZE &&
	    !take(message, ring, &message->header, 0, HEADER_SIZE))
		return false;
	uint32_t length = message->header.len;
	if (length > STORE_PAYLOAD_MAX) {
		ring->broken = true;
		return false;
	}
	if (!take(message, ring, message->payload, HEADER_SIZE, HEADER_SIZE + length))
		return false;
	message->payload[length] = 0;
	message->have = 0;
	return true;
}

/* Length of the text at `at`, without its NUL; the payload ends in one. */
static size_t text_at(const struct store_message *message, size_t at)
{
	size_t end = at;
	while (end < message->header.len && message->payload[end])
		end++;
	return end - at;
}

const char *store_message_event(const struct store_message *message, uint32_t *token)
{
	size_t path = text_at(message, 0);
	if (path >= message->header.len)
		return 0;
	size_t at = path + 1, length = text_at(message, at);
	uint64_t number;
	if (!store_number(message->payload + at, length, UINT32_MAX, &number))
		return 0;
	*token = (uint32_t)number;
	return message->payload;
}

bool store_number(const char *text, size_t length, uint64_t most, uint64_t *value)
{
	uint64_t number = 0;
	if (length == 0 || length > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)(text[i] - '0');
		if (digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return false;
	}
	if (number > most)
		return false;
	*value = number;
	return true;
}
