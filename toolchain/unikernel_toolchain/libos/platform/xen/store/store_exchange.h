/* SPDX-License-Identifier: ISC */
/* store_exchange.h: one request, one answer. */
#ifndef STORE_EXCHANGE_H
#define STORE_EXCHANGE_H

#include "store_message.h"
#include "xen/xenstore.h"

/* A request's payload is pieces, one behind the other. */
struct store_piece {
	const void *bytes;
	size_t length;
};

/* Asks, waits for the answer and takes in events that come before it. `type` is XS_* of
 * <io/xs_wire.h>. With XENSTORE_OK `*answer` is the answer's message, until the next call
 * of anything here. */
enum xenstore_result store_exchange(uint32_t type, xenstore_transaction_t transaction,
				    const struct store_piece *pieces, unsigned count,
				    const struct store_message **answer);

/* Takes in events that came, if there is a connection. */
void store_poll(void);

/* Waits until the store has something to say, at most until the running time `until_ns`;
 * false when there is no connection. */
bool store_wait(uint64_t until_ns);

/* After a resume elsewhere: the page was cleared, the port is another one. */
void store_reconnect(void);

#endif
