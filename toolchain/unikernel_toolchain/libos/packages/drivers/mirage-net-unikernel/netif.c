/* SPDX-License-Identifier: ISC */
/* Primitives of Netif. A frame's buffer begins with Mirage_net_headroom's 32 bytes, the
 * last of which are the device's header, so that header and frame are one piece. */
#include "frame_pool.h"

#include <caml/alloc.h>
#include <caml/bigarray.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unikernel.h>

#define HEADROOM 32
#define DEVICE_HEADER (HEADROOM - sizeof(struct unikernel_net_header))
#define ETHERNET_HEADER 14
#define MAC_SIZE 6
#define HANDLES 64

/* A frame that fills less of a large buffer than this is not worth keeping it. */
#define WORTH_LARGE(size) ((size) / 4)

struct receiver {
	struct frame_pool *pool; /* of the buffers that the device has */
	char *buffer;		 /* with the frame that was received last */
	size_t length;
};

static struct receiver receivers[HANDLES];

/* name -> handle, MAC, MTU, UNIKERNEL_NET_OFFERS_* */
value unikernel_netif_acquire(value name)
{
	CAMLparam1(name);
	CAMLlocal2(result, mac);
	struct unikernel_net_info info;
	unsigned handle;
	unikernel_result_t r = unikernel_net_acquire(
		String_val(name), UNIKERNEL_NET_OFFERS_ALL, &handle, &info);

	if (r == UNIKERNEL_EINVAL)
		caml_failwith("no network device of this name, or in use already");
	if (r != UNIKERNEL_OK)
		caml_failwith("this machine has no such network device");
	mac = caml_alloc_initialized_string(MAC_SIZE, (const char *)info.mac);
	receivers[handle].pool =
		info.receive_size + DEVICE_HEADER <= frame_pool_small.size
			? &frame_pool_small
			: &frame_pool_large;
	result = caml_alloc_tuple(5);
	Store_field(result, 0, Val_long(handle));
	Store_field(result, 1, mac);
	Store_field(result, 2, Val_long(info.mtu));
	Store_field(result, 3, Val_long(info.offers));
	Store_field(result, 4, Val_long(info.send_slots));
	CAMLreturn(result);
}

static void give(unsigned handle, char *buffer)
{
	size_t size = receivers[handle].pool->size - DEVICE_HEADER;

	if (unikernel_net_rx_post(handle, buffer + DEVICE_HEADER, size, buffer) !=
	    UNIKERNEL_OK)
		frame_pool_put(receivers[handle].pool, buffer);
}

/* Lets each pool grow by so many buffers, and gives `count` to the device. */
value unikernel_netif_rx_fill(intnat handle, intnat small, intnat large, intnat count)
{
	frame_pool_small.limit += (unsigned)small;
	frame_pool_large.limit += (unsigned)large;
	while (count-- > 0) {
		char *buffer = frame_pool_take(receivers[handle].pool);
		if (!buffer)
			break;
		give((unsigned)handle, buffer);
	}
	return Val_unit;
}

/* Buffers that can still be handed over before the collector must find some. */
intnat unikernel_netif_rx_spare(intnat handle)
{
	return (intnat)frame_pool_available(receivers[handle].pool);
}

/* Length of the next frame, which unikernel_netif_rx_take then returns; 0 when there is
 * none. */
intnat unikernel_netif_rx_next(intnat handle)
{
	struct receiver *r = &receivers[handle];

	while ((r->buffer = unikernel_net_rx_take((unsigned)handle, &r->length))) {
		if (r->length >= ETHERNET_HEADER)
			return (intnat)r->length;
		give((unsigned)handle, r->buffer);
	}
	return 0;
}

/* A copy of the frame in a buffer of its own; the device gets its buffer back. */
static value copy(unsigned handle, const struct receiver *r)
{
	size_t bytes = HEADROOM + r->length;
	char *small = bytes <= frame_pool_small.size ? frame_pool_take(&frame_pool_small)
						     : NULL;
	intnat size = (intnat)bytes;
	value bigarray =
		small ? frame_pool_wrap(&frame_pool_small, small)
		      : caml_ba_alloc(CAML_BA_CHAR | CAML_BA_C_LAYOUT, 1, NULL, &size);

	memcpy((char *)Caml_ba_data_val(bigarray) + DEVICE_HEADER,
	       r->buffer + DEVICE_HEADER, bytes - DEVICE_HEADER);
	give(handle, r->buffer);
	return bigarray;
}

value unikernel_netif_rx_take(intnat handle)
{
	struct receiver *r = &receivers[handle];
	bool worth = r->pool == &frame_pool_small ||
		     HEADROOM + r->length >= WORTH_LARGE(r->pool->size);
	char *replacement = worth ? frame_pool_take(r->pool) : NULL;

	if (!replacement)
		return copy((unsigned)handle, r);
	give((unsigned)handle, replacement);
	return frame_pool_wrap(r->pool, r->buffer);
}

/* Whether the frame of `length` bytes in `frame` was queued. `slot` comes back from
 * unikernel_netif_tx_reclaim. */
intnat unikernel_netif_tx_post(intnat handle, value frame, intnat length, intnat slot)
{
	struct unikernel_net_part part = {
		(char *)Caml_ba_data_val(frame) + DEVICE_HEADER,
		sizeof(struct unikernel_net_header) + (size_t)length,
	};

	return unikernel_net_tx_post((unsigned)handle, &part, 1, (void *)(slot + 1)) ==
	       UNIKERNEL_OK;
}

/* The slot of a frame that left, -1 when there is none. */
intnat unikernel_netif_tx_reclaim(intnat handle)
{
	return (intnat)unikernel_net_tx_reclaim((unsigned)handle) - 1;
}

value unikernel_netif_tx_notify(intnat handle)
{
	unikernel_net_tx_notify((unsigned)handle);
	return Val_unit;
}
