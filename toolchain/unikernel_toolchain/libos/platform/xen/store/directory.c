/* SPDX-License-Identifier: ISC */
/* A directory in one message, or in parts: the generation of the directory, the names
 * from an offset on, and at the end one NUL more (xen: docs/misc/xenstore.txt,
 * DIRECTORY_PART). A directory that changes meanwhile has another generation, and is read
 * from its beginning.
 */
#include "common/memory_functions.h"
#include "common/report/format.h"
#include "store_exchange.h"

#define NUMBER_SIZE 24
#define PARTS_MAX 4096 /* of all attempts: a store that never ends is no store */

static enum xenstore_result ask(uint32_t type, xenstore_transaction_t transaction,
				const char *path, const char *offset,
				const struct store_message **answer)
{
	const struct store_piece pieces[] = {
		{path, text_length(path) + 1},
		{offset, type == XS_DIRECTORY ? 0 : text_length(offset) + 1},
	};
	return store_exchange(type, transaction, pieces, 2, answer);
}

struct parts {
	char *buffer;
	size_t capacity, length;
	char generation[NUMBER_SIZE];
	bool is_whole;
};

/* Takes in what follows the generation; false when it is not told as it should be. */
static enum xenstore_result add(struct parts *parts, const struct store_message *part)
{
	size_t generation = text_length(part->payload) + 1, length = part->header.len;
	if (generation > sizeof parts->generation || generation >= length)
		return XENSTORE_REFUSED;
	if (parts->length && memcmp(parts->generation, part->payload, generation))
		parts->length = 0; /* it changed: begin anew, with the next part */
	else if (length - generation > parts->capacity - parts->length)
		return XENSTORE_TOO_LARGE;
	else {
		memcpy(parts->buffer + parts->length, part->payload + generation,
		       length - generation);
		parts->length += length - generation;
		parts->is_whole = length < 2 || !part->payload[length - 2] ||
				  length - generation == 1;
		parts->length -= parts->is_whole; /* the one NUL more */
	}
	memcpy(parts->generation, part->payload, generation);
	return XENSTORE_OK;
}

static enum xenstore_result in_parts(xenstore_transaction_t transaction, const char *path,
				     struct parts *parts)
{
	for (unsigned i = 0; i < PARTS_MAX; i++) {
		char offset[NUMBER_SIZE];
		const struct store_message *part;
		format(offset, sizeof offset, "%u", (uint64_t)parts->length);
		enum xenstore_result result =
			ask(XS_DIRECTORY_PART, transaction, path, offset, &part);
		if (result == XENSTORE_OK)
			result = add(parts, part);
		if (result != XENSTORE_OK || parts->is_whole)
			return result;
	}
	return XENSTORE_REFUSED;
}

enum xenstore_result xenstore_directory(xenstore_transaction_t transaction,
					const char *path, char *buffer, size_t capacity,
					size_t *length)
{
	struct parts parts = {.buffer = buffer, .capacity = capacity};
	const struct store_message *answer;
	enum xenstore_result result = ask(XS_DIRECTORY, transaction, path, "", &answer);
	if (result == XENSTORE_TOO_LARGE) {
		result = in_parts(transaction, path, &parts);
		*length = parts.length;
	} else if (result == XENSTORE_OK) {
		*length = answer->header.len;
		if (*length > capacity)
			return XENSTORE_TOO_LARGE;
		memcpy(buffer, answer->payload, *length);
	}
	return result;
}
