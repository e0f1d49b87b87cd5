/* SPDX-License-Identifier: ISC */
/* Network devices: unikernel.h's calls, and unikernel_wait's.
 *
 * Telling the back end is a hypercall, and has another domain run: it is told once a
 * burst. It interrupts only while the CPU halts. */
#include "net.h"
#include "xen/event_channel.h"

/* So much is worth telling the back end about in the middle of a burst. */
#define BURST_BYTES (64u << 10)

/* An IP packet of 64 KiB with its Ethernet header and a VLAN tag. */
#define LONGEST (65535u + 18)

#define HEADER_BYTES ((uint32_t)sizeof(struct unikernel_net_header))

struct net *nets[NETS_MAX];

static struct net *net_of(unsigned handle)
{
	unsigned index = handle - NET_FIRST_HANDLE;
	if (index >= NETS_MAX || !nets[index] || !nets[index]->is_open)
		unikernel_abort(
			"a network call with a handle that is no network device's");
	return nets[index];
}

static struct net *net_behind(const struct wait_source *source)
{
	return (struct net *)((char *)(uintptr_t)source - offsetof(struct net, source));
}

static uint32_t tx_answers(const struct net *net)
{
	return net->tx.ring.shared ? front_ring_waiting(&net->tx.ring) : 0;
}

/* All that is under way counts whatever the threshold: no more will come. */
static bool tx_is_ready(const struct net *net)
{
	uint32_t answers = tx_answers(net);
	return net->tx_notify &&
	       (net_send_has_done(&net->tx) || !net->tx.frame_count ||
		(answers && (answers > net->tx_notify_after ||
			     answers == front_ring_out(&net->tx.ring))));
}

static unikernel_ready_t ready(const struct wait_source *source)
{
	const struct net *net = net_behind(source);
	unikernel_ready_t bits = net_receive_is_ready(&net->rx) ? net->rx_bit : 0;
	return bits | (tx_is_ready(net) ? net->tx_bit : 0);
}

static void push(struct front_ring *ring, uint32_t port)
{
	if (ring->shared && front_ring_push(ring))
		event_channel_notify(port);
}

static void flush(struct net *net)
{
	if (xenbus_has_news(&net->bus))
		xenbus_step(&net->bus);
	net->unnotified_bytes = 0;
	net_send_turn(&net->tx);
	push(&net->tx.ring, net->tx_port);
	push(&net->rx.ring, net->rx_port);
	if (net->tx.is_broken || net->rx.is_broken)
		xenbus_leave(&net->bus, "its back end answers what nobody asked; it is "
					"not used any more");
}

static void flush_source(struct wait_source *source)
{
	flush(net_behind(source));
}

/* Frames that wait for places want an answer, whoever waits for what. */
static void make_room(struct net *net)
{
	do {
		flush(net);
		if (!net->tx.ring.shared || !net_send_is_full(&net->tx))
			return;
		front_ring_ask(&net->tx.ring, front_ring_out(&net->tx.ring) / 2);
	} while (tx_answers(net) > front_ring_out(&net->tx.ring) / 2);
}

/* Only what is waited for wakes the CPU. */
static void ask_interrupt(struct wait_source *source, unikernel_ready_t interest)
{
	struct net *net = net_behind(source);
	if (xenbus_has_news(&net->bus) || net_send_is_full(&net->tx))
		make_room(net);
	if (interest & net->rx_bit && net->rx.ring.shared)
		front_ring_ask(&net->rx.ring, 1);
	if (interest & net->tx_bit && net->tx_notify && net->tx.ring.shared)
		front_ring_ask(&net->tx.ring, net->tx_notify_after + 1);
}

/* Frames that wait go out as answers make room for them. */
static bool is_idle(const struct wait_source *source)
{
	struct net *net = net_behind(source);
	if (net_send_is_full(&net->tx))
		flush(net);
	return !net->tx.ring.shared ||
	       (tx_answers(net) == front_ring_out(&net->tx.ring) &&
		!net_send_is_full(&net->tx));
}

void net_source_init(struct net *net)
{
	net->source.ready = ready;
	net->source.flush = flush_source;
	net->source.ask_interrupt = ask_interrupt;
	net->source.is_idle = is_idle;
}

/* The bytes of a frame, 0 when it is none that can be sent. */
static uint32_t frame_size(const struct net *net, const struct unikernel_net_part *parts,
			   unsigned count)
{
	uint64_t most = net->tx.scatters ? LONGEST : SHARED_PAGE_SIZE, bytes = 0;
	if (count == 0 || count > UNIKERNEL_NET_PARTS_MAX ||
	    parts[0].length < HEADER_BYTES)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		if (parts[i].length > HEADER_BYTES + most)
			return 0;
		bytes += parts[i].length;
	}
	return bytes >= HEADER_BYTES + NET_FRAME_MIN && bytes <= HEADER_BYTES + most
		       ? (uint32_t)bytes
		       : 0;
}

unikernel_result_t unikernel_net_tx_post(unsigned handle,
					 const struct unikernel_net_part *parts,
					 unsigned count, void *token)
{
	struct net *net = net_of(handle);
	uint32_t bytes = frame_size(net, parts, count);
	if (!bytes)
		return UNIKERNEL_EINVAL;
	if (!net_send_post(&net->tx, parts, count, token))
		return UNIKERNEL_AGAIN;
	net->unnotified_bytes += bytes;
	if (net->unnotified_bytes >= BURST_BYTES)
		flush(net);
	return UNIKERNEL_OK;
}

void *unikernel_net_tx_reclaim(unsigned handle)
{
	struct net *net = net_of(handle);
	if (!net_send_has_done(&net->tx))
		net_send_turn(&net->tx);
	void *token = net_send_take(&net->tx);
	if (token)
		net->tx_notify = false;
	return token;
}

/* Half of what is under way makes room for a burst; more interrupts gain nothing. */
void unikernel_net_tx_notify(unsigned handle)
{
	struct net *net = net_of(handle);
	net->tx_notify = true;
	net->tx_notify_after =
		net->tx.ring.shared ? front_ring_out(&net->tx.ring) / 2 : 0;
}

unikernel_result_t unikernel_net_rx_post(unsigned handle, void *buffer, size_t size,
					 void *token)
{
	struct net *net = net_of(handle);
	const struct net_buffer posted = {buffer, size, token};
	if (size < net->receive_size)
		return UNIKERNEL_EINVAL;
	return net_receive_post(&net->rx, &posted) ? UNIKERNEL_OK : UNIKERNEL_AGAIN;
}

void *unikernel_net_rx_take(unsigned handle, size_t *length)
{
	return net_receive_take(&net_of(handle)->rx, length);
}

void unikernel_net_flush(unsigned handle)
{
	flush(net_of(handle));
}
