/* SPDX-License-Identifier: ISC */
/* A network back end that answers what it likes: frames as they should be, which must
 * arrive byte for byte; sizes and offsets outside a page, extra infos without end,
 * statuses that are errors, and producers that jump. Buffers come back in their order,
 * each once; nothing else is written to. Usage: xen_net_receive [ANSWERS] */
#include "xen_back_end.h"
#include "xen/net/net_receive.h"

#include <io/netif.h>

#define HEADER sizeof(struct unikernel_net_header)
#define FRAME_MAX 65550

static struct net_receive rx;
static struct netif_rx_sring *ring;
static uint32_t answered;	     /* by the back end: its producer */
static uint32_t next_out, next_back; /* tokens */
static char *buffers[NET_RECEIVE_SLOTS];

static void connect(void)
{
	memset(ring, 0, PAGE);
	assert(net_receive_connect(&rx, ring, 0));
	answered = 0;
	ring->req_prod = rx.ring.pushed;
}

static void post(void)
{
	size_t size = HEADER + (one_in(2) ? FRAME_MAX : below(2 * PAGE));
	struct net_buffer buffer = {malloc(size), size, NULL};
	buffer.token = buffer.bytes;
	if (net_receive_post(&rx, &buffer))
		buffers[next_out++ % NET_RECEIVE_SLOTS] = buffer.bytes;
	else
		free(buffer.bytes);
}

static uint32_t room(void)
{
	front_ring_push(&rx.ring);
	return rx.ring.pushed - answered;
}

static union netif_rx_sring_entry *next_place(void)
{
	return &ring->ring[answered++ % NET_RECEIVE_SLOTS];
}

static void answer_data(const char *bytes, unsigned size, uint16_t flags)
{
	union netif_rx_sring_entry *place = next_place();
	unsigned offset = below(PAGE - size + 1);
	memcpy(granted(place->req.gref, true) + offset, bytes, size);
	place->rsp = (struct netif_rx_response){place->req.id, (uint16_t)offset, flags,
						(int16_t)size};
}

static void answer_extra(uint8_t type, uint8_t flags)
{
	struct netif_extra_info extra = {.type = type, .flags = flags};
	extra.u.gso.size = 1448;
	extra.u.gso.type = XEN_NETIF_GSO_TYPE_TCPV4;
	memcpy(next_place(), &extra, sizeof extra);
}

static char *take(size_t *length)
{
	char *buffer = net_receive_take(&rx, length);
	if (!buffer)
		return NULL;
	assert(next_back != next_out);
	assert(buffer == buffers[next_back++ % NET_RECEIVE_SLOTS]);
	assert(*length <= FRAME_MAX);
	return buffer;
}

/* A frame of any size, as a good back end gives it. */
static void try_good_frame(void)
{
	static char frame[FRAME_MAX];
	size_t size = 1 + (one_in(8) ? below(FRAME_MAX) : below(1514)), length;
	bool joined = one_in(3);
	unsigned slots = (unsigned)((size + PAGE - 1) / PAGE);
	if (rx.posted == rx.taken || room() < slots + 2 ||
	    rx.buffers[rx.taken % NET_RECEIVE_SLOTS].size < HEADER + size)
		return;
	for (size_t i = 0; i < size; i++)
		frame[i] = (char)any();
	for (unsigned i = 0; i < slots; i++) {
		unsigned here = size - i * PAGE < PAGE ? (unsigned)size - i * PAGE : PAGE;
		uint16_t flags = i + 1 < slots ? NETRXF_more_data : 0;
		if (i == 0)
			flags |= NETRXF_data_validated | (joined ? NETRXF_extra_info : 0);
		answer_data(frame + i * PAGE, here, flags);
		if (i == 0 && joined) {
			answer_extra(XEN_NETIF_EXTRA_TYPE_HASH,
				     XEN_NETIF_EXTRA_FLAG_MORE);
			answer_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0);
		}
		ring->rsp_prod = answered; /* now and then one at a time */
		if (one_in(4) && i + 1 < slots)
			assert(!take(&length));
	}
	char *buffer = take(&length);
	struct unikernel_net_header header;
	if (!buffer && joined) /* it is no TCP, so that it cannot be a joined one */
		return;
	assert(buffer && length == size && !memcmp(buffer + HEADER, frame, size));
	memcpy(&header, buffer, HEADER);
	assert(header.buffers == 1 && header.flags == UNIKERNEL_NET_CHECKSUM_VALID);
	free(buffer);
}

/* Anything at all. Returns how many answers that were. */
static unsigned try_bad_answers(void)
{
	unsigned count = 1 + below(40), placed = 0;
	size_t length;
	char *buffer;
	for (; placed < count && room(); placed++) {
		union netif_rx_sring_entry *place = next_place();
		uint32_t words[2] = {any(), any()};
		if (one_in(2)) { /* nearly right */
			place->rsp = (struct netif_rx_response){
				(uint16_t)any(), (uint16_t)below(2 * PAGE),
				(uint16_t)below(32), (int16_t)below(2 * PAGE)};
			continue;
		}
		memcpy(place, words, sizeof words);
	}
	ring->rsp_prod = one_in(500) ? any() : answered;
	while ((buffer = take(&length)))
		free(buffer);
	return placed ? placed : 1;
}

/* What was begun ends, so that a good frame is one. */
static void settle(void)
{
	if (!rx.is_broken && rx.ring.responses == answered && !rx.assembly.begun)
		return;
	net_receive_disconnect(&rx);
	connect();
}

int main(int argc, char **argv)
{
	unsigned long left = inputs(argc, argv);
	ring = aligned_alloc(PAGE, PAGE);
	assert(net_receive_allocate(&rx, NET_RECEIVE_SLOTS));
	free(rx.pages[0].bytes);
	for (unsigned i = 0; i < NET_RECEIVE_SLOTS; i++) /* none beside another */
		rx.pages[i].bytes = aligned_alloc(PAGE, PAGE);
	connect();
	while (left > 0) {
		for (unsigned n = below(8); n; n--)
			post();
		settle();
		if (one_in(4))
			try_good_frame();
		unsigned tried = try_bad_answers();
		left -= tried < left ? tried : left;
		assert(grants_in_use == NET_RECEIVE_SLOTS);
	}
	while (next_back != next_out)
		free(buffers[next_back++ % NET_RECEIVE_SLOTS]);
	puts("done");
}
