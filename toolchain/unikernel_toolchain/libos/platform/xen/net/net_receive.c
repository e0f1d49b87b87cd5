/* SPDX-License-Identifier: ISC */
/* Frames from the ring into the application's buffers.
 *
 * Each place in the ring has a page of its own for good: a back end that answers in
 * order, as it must, needs no number to tell which (netif.h, NOTE on "rx response"), and
 * so none of its numbers is used. It writes from the start of a page on, so that a buffer
 * behind a header cannot be granted as it is; and the copy is what the guest looks at,
 * which nobody can change any more.
 *
 * A frame is responses with NETRXF_more_data, but for the last; extra infos stand behind
 * the first. They are taken as they come, in however many turns. What is wrong with a
 * frame is found before anything of it is copied; the frame is dropped then.
 */
#include "net_receive.h"
#include "common/memory_functions.h"
#include "net_frame.h"

#include <io/netif.h>

#define HEADER_BYTES sizeof(struct unikernel_net_header)

static bool has_buffer(const struct net_receive *rx)
{
	return rx->posted != rx->taken;
}

static struct net_buffer *first_buffer(struct net_receive *rx)
{
	return &rx->buffers[rx->taken % NET_RECEIVE_SLOTS];
}

/* Places are posted in their order, always: the next has been answered long ago. */
static void post_page(struct net_receive *rx)
{
	uint32_t position = rx->ring.requests++;
	unsigned place = position & (rx->page_count - 1);
	volatile struct netif_rx_request *request =
		front_ring_entry(&rx->ring, position, sizeof(union netif_rx_sring_entry));
	request->id = (uint16_t)place;
	request->gref = rx->pages[place].grant;
}

bool net_receive_allocate(struct net_receive *rx, unsigned count)
{
	rx->page_count = count;
	return shared_pages_allocate(rx->pages, count);
}

bool net_receive_connect(struct net_receive *rx, void *page, uint16_t domain)
{
	front_ring_init(&rx->ring, page, NET_RECEIVE_SLOTS);
	for (unsigned i = 0; i < rx->page_count; i++)
		if (!shared_page_grant(&rx->pages[i], domain, false))
			return false;
	for (unsigned i = 0; i < rx->page_count; i++)
		post_page(rx);
	front_ring_push(&rx->ring); /* the interface is up once there is room */
	return true;
}

void net_receive_disconnect(struct net_receive *rx)
{
	rx->ring.shared = NULL;
	rx->assembly = (struct net_assembly){0};
	rx->is_broken = false;
}

bool net_receive_post(struct net_receive *rx, const struct net_buffer *buffer)
{
	if (rx->posted - rx->taken == NET_RECEIVE_SLOTS)
		return false;
	rx->buffers[rx->posted++ % NET_RECEIVE_SLOTS] = *buffer;
	return true;
}

bool net_receive_is_ready(const struct net_receive *rx)
{
	return has_buffer(rx) && !rx->is_broken && rx->ring.shared &&
	       front_ring_waiting(&rx->ring) != 0;
}

/* An extra info that is not known may change what the frame means. */
static void take_extra(struct net_assembly *a, const struct netif_extra_info *extra)
{
	a->extra_is_next = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE;
	if (extra->type == XEN_NETIF_EXTRA_TYPE_HASH)
		return;
	bool is_tcp4 = extra->u.gso.type == XEN_NETIF_GSO_TYPE_TCPV4;
	if (extra->type != XEN_NETIF_EXTRA_TYPE_GSO || !extra->u.gso.size ||
	    (!is_tcp4 && extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV6)) {
		a->is_bad = true;
		return;
	}
	a->header.segmentation = is_tcp4 ? UNIKERNEL_NET_TCP4 : UNIKERNEL_NET_TCP6;
	a->header.segment_size = extra->u.gso.size;
}

static void take_data(struct net_receive *rx, const char *page,
		      const struct netif_rx_response *response)
{
	struct net_assembly *a = &rx->assembly;
	struct net_buffer *buffer = first_buffer(rx);
	size_t room = buffer->size - HEADER_BYTES - a->length;
	size_t size = response->status > 0 ? (size_t)response->status : 0;
	if (!a->begun && response->flags & NETRXF_csum_blank)
		a->header.flags = UNIKERNEL_NET_PARTIAL_CHECKSUM;
	else if (!a->begun && response->flags & NETRXF_data_validated)
		a->header.flags = UNIKERNEL_NET_CHECKSUM_VALID;
	if (!a->begun)
		a->extra_is_next = response->flags & NETRXF_extra_info;
	a->begun = true;
	a->more_is_next = response->flags & NETRXF_more_data;
	if (response->status <= 0 || response->offset >= SHARED_PAGE_SIZE ||
	    size > SHARED_PAGE_SIZE - response->offset || size > room)
		a->is_bad = true;
	if (a->is_bad)
		return;
	memcpy(buffer->bytes + HEADER_BYTES + a->length, page + response->offset, size);
	a->length += size;
}

/* Takes one response, and lets the back end have its page again. */
static void take_response(struct net_receive *rx)
{
	uint32_t position = rx->ring.responses;
	volatile uint64_t *entry =
		front_ring_entry(&rx->ring, position, sizeof(uint64_t));
	uint64_t copy = *entry; /* one look: what it says next does not count */
	union {
		uint64_t word;
		struct netif_rx_response response;
		struct netif_extra_info extra;
	} answer = {.word = copy};
	if (rx->assembly.begun && rx->assembly.extra_is_next)
		take_extra(&rx->assembly, &answer.extra);
	else
		take_data(rx, rx->pages[position & (rx->page_count - 1)].bytes,
			  &answer.response);
	rx->ring.responses++;
	post_page(rx);
}

static bool is_complete(const struct net_assembly *a)
{
	return a->begun && !a->extra_is_next && !a->more_is_next;
}

/* A sum that is not to be found cannot be completed by anybody. */
static bool finish_header(struct net_assembly *a, const uint8_t *frame)
{
	a->header.buffers = 1;
	bool blank = a->header.flags == UNIKERNEL_NET_PARTIAL_CHECKSUM;
	if (!blank && !a->header.segmentation)
		return true;
	struct unikernel_net_header found = a->header;
	if (!net_frame_find_checksum(frame, a->length, &found))
		return !blank && !a->header.segmentation;
	a->header.header_length = found.header_length;
	if (blank) {
		a->header.checksum_start = found.checksum_start;
		a->header.checksum_offset = found.checksum_offset;
	}
	return true;
}

void *net_receive_take(struct net_receive *rx, size_t *length)
{
	struct net_assembly *a = &rx->assembly;
	uint32_t waiting = net_receive_is_ready(rx) ? front_ring_waiting(&rx->ring) : 0;
	if (waiting == FRONT_RING_BROKEN) {
		rx->is_broken = true;
		return NULL;
	}
	for (; waiting; waiting--) {
		take_response(rx);
		if (!is_complete(a))
			continue;
		struct net_buffer *buffer = first_buffer(rx);
		bool good = !a->is_bad &&
			    finish_header(a, (uint8_t *)buffer->bytes + HEADER_BYTES);
		*length = a->length;
		if (good)
			memcpy(buffer->bytes, &a->header, HEADER_BYTES);
		*a = (struct net_assembly){0};
		if (!good)
			continue;
		rx->taken++;
		return buffer->token;
	}
	return NULL;
}
