/* SPDX-License-Identifier: ISC */
/* Requests as docs/misc/xenstore.txt of Xen has them: texts, most with a NUL behind each.
 */
#include "xen/xenstore.h"
#include "common/memory_functions.h"
#include "common/report/format.h"
#include "store_exchange.h"

#define NUMBER_SIZE 24
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct store_piece text(const char *words)
{
	return (struct store_piece){words, text_length(words)};
}

static struct store_piece with_nul(const char *words)
{
	return (struct store_piece){words, text_length(words) + 1};
}

const char *xenstore_result_text(enum xenstore_result result)
{
	static const char *const texts[] = {
		[XENSTORE_OK] = "done",
		[XENSTORE_MISSING] = "no such path",
		[XENSTORE_DENIED] = "not allowed",
		[XENSTORE_AGAIN] = "changed by somebody else meanwhile",
		[XENSTORE_TOO_LARGE] = "too large",
		[XENSTORE_REFUSED] = "refused, or not what was expected there",
		[XENSTORE_GONE] = "xenstore does not answer",
	};
	return texts[result];
}

static enum xenstore_result copy(enum xenstore_result result,
				 const struct store_message *answer, char *buffer,
				 size_t capacity, size_t *length)
{
	if (result != XENSTORE_OK)
		return result;
	if (answer->header.len >= capacity)
		return XENSTORE_TOO_LARGE;
	memcpy(buffer, answer->payload, answer->header.len);
	buffer[answer->header.len] = 0;
	if (length)
		*length = answer->header.len;
	return XENSTORE_OK;
}

/* Asks about a path and copies the answer. */
static enum xenstore_result ask(uint32_t type, xenstore_transaction_t transaction,
				const char *path, char *buffer, size_t capacity,
				size_t *length)
{
	const struct store_piece pieces[] = {with_nul(path)};
	const struct store_message *answer;
	enum xenstore_result result =
		store_exchange(type, transaction, pieces, COUNT(pieces), &answer);
	return copy(result, answer, buffer, capacity, length);
}

static enum xenstore_result tell(uint32_t type, xenstore_transaction_t transaction,
				 const struct store_piece *pieces, unsigned count)
{
	const struct store_message *answer;
	return store_exchange(type, transaction, pieces, count, &answer);
}

enum xenstore_result xenstore_read(xenstore_transaction_t transaction, const char *path,
				   char *buffer, size_t capacity, size_t *length)
{
	return ask(XS_READ, transaction, path, buffer, capacity, length);
}

enum xenstore_result xenstore_read_number(const char *path, const char *key,
					  uint64_t *value, uint64_t most)
{
	const struct store_piece pieces[] = {text(path), text("/"), with_nul(key)};
	const struct store_message *answer;
	enum xenstore_result result = store_exchange(XS_READ, XENSTORE_NO_TRANSACTION,
						     pieces, COUNT(pieces), &answer);
	if (result == XENSTORE_OK &&
	    !store_number(answer->payload, answer->header.len, most, value))
		return XENSTORE_REFUSED;
	return result;
}

enum xenstore_result xenstore_write(xenstore_transaction_t transaction, const char *path,
				    const char *value, size_t length)
{
	const struct store_piece pieces[] = {with_nul(path), {value, length}};
	return tell(XS_WRITE, transaction, pieces, COUNT(pieces));
}

enum xenstore_result xenstore_write_text(xenstore_transaction_t transaction,
					 const char *path, const char *key,
					 const char *value)
{
	const struct store_piece pieces[] = {text(path), text("/"), with_nul(key),
					     text(value)};
	return tell(XS_WRITE, transaction, pieces, COUNT(pieces));
}

enum xenstore_result xenstore_write_number(xenstore_transaction_t transaction,
					   const char *path, const char *key,
					   uint64_t value)
{
	char digits[NUMBER_SIZE];
	format(digits, sizeof digits, "%u", value);
	return xenstore_write_text(transaction, path, key, digits);
}

enum xenstore_result xenstore_make_directory(xenstore_transaction_t transaction,
					     const char *path)
{
	const struct store_piece pieces[] = {with_nul(path)};
	return tell(XS_MKDIR, transaction, pieces, COUNT(pieces));
}

enum xenstore_result xenstore_remove(xenstore_transaction_t transaction, const char *path)
{
	const struct store_piece pieces[] = {with_nul(path)};
	return tell(XS_RM, transaction, pieces, COUNT(pieces));
}

enum xenstore_result xenstore_get_permissions(xenstore_transaction_t transaction,
					      const char *path, char *buffer,
					      size_t capacity, size_t *length)
{
	return ask(XS_GET_PERMS, transaction, path, buffer, capacity, length);
}

enum xenstore_result xenstore_set_permissions(xenstore_transaction_t transaction,
					      const char *path, const char *permissions,
					      size_t length)
{
	const struct store_piece pieces[] = {with_nul(path), {permissions, length}};
	return tell(XS_SET_PERMS, transaction, pieces, COUNT(pieces));
}

enum xenstore_result xenstore_begin(xenstore_transaction_t *transaction)
{
	const struct store_piece nothing = with_nul("");
	const struct store_message *answer;
	uint64_t number;
	enum xenstore_result result = store_exchange(
		XS_TRANSACTION_START, XENSTORE_NO_TRANSACTION, &nothing, 1, &answer);
	if (result != XENSTORE_OK)
		return result;
	if (!store_number(answer->payload, text_length(answer->payload), UINT32_MAX,
			  &number) ||
	    !number)
		return XENSTORE_REFUSED;
	*transaction = (xenstore_transaction_t)number;
	return XENSTORE_OK;
}

enum xenstore_result xenstore_end(xenstore_transaction_t transaction, bool commit)
{
	const struct store_piece pieces[] = {with_nul(commit ? "T" : "F")};
	return tell(XS_TRANSACTION_END, transaction, pieces, COUNT(pieces));
}
