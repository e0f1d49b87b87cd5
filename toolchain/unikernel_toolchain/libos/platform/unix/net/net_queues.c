/* SPDX-License-Identifier: ISC */
/* Network devices: frames to and from the descriptors.
 *
 * A frame is read when the guest asks for it, while its buffer is in the cache, and
 * written when the guest sends it. What the kernel has no room for waits here. Two rings,
 * whose counters only run on:
 *
 *   rx: taken <= filled <= posted     tx: reclaimed <= written <= posted
 */
#include "common/memory_functions.h"
#include "net.h"
#include "net_frames.h"

#define EMPTY_EVENTS_MAX 8

struct net *nets[NETS_MAX];

static struct net *net_of(unsigned handle)
{
	unsigned index = handle - NET_FIRST_HANDLE;
	if (index >= NETS_MAX || !nets[index])
		unikernel_abort(
			"a network call with a handle that is no network device's");
	return nets[index];
}

static struct net *net_behind(const struct wait_source *source)
{
	return (struct net *)((char *)(uintptr_t)source - offsetof(struct net, source));
}

/* Reads the next frame into the next buffer; false when there is none of either. */
static bool read_one(struct net *net)
{
	while (net->rx_filled != net->rx_posted) {
		struct incoming *in = &net->rx[net->rx_filled % RX_SLOTS];
		enum frame_result result = frame_read(net->attachment, in);
		if (result == FRAME_NEVER)
			net->is_closed = true;
		if (result == FRAME_NONE || result == FRAME_NEVER)
			break;
		if (result == FRAME_DROPPED)
			continue;
		net->rx_filled++;
		net->empty_events = 0;
		return true;
	}
	net->rx_is_empty = true;
	return false;
}

/* Writes what waits, as long as the kernel takes it. */
static void write_queued(struct net *net)
{
	frame_write_rest(net->attachment);
	while (net->tx_written != net->tx_posted) {
		const struct outgoing *out = &net->tx[net->tx_written % TX_SLOTS];
		if (!frame_write(net->attachment, out->parts, out->count, out->length))
			break;
		net->tx_written++;
	}
}

/* Has everything left that the guest sent? */
static bool all_written(const struct net *net)
{
	return net->tx_written == net->tx_posted &&
	       !frame_is_half_written(net->attachment);
}

static unikernel_ready_t ready(struct wait_source *source, unikernel_ready_t interest)
{
	struct net *net = net_behind(source);
	bool received = net->rx_taken != net->rx_filled;
	bool rx_is_empty = net->rx_is_empty && !frame_is_at_hand(net->attachment);
	if (!received && interest & net->rx_bit && !rx_is_empty)
		received = read_one(net);
	bool sent = net->tx_notify && (net->tx_reclaimed != net->tx_written ||
				       net->tx_written == net->tx_posted);
	return (received ? net->rx_bit : 0) | (sent ? net->tx_bit : 0);
}

static int16_t events(const struct wait_source *source, unikernel_ready_t interest)
{
	const struct net *net = net_behind(source);
	bool receives = interest & net->rx_bit && !net->is_closed &&
			net->rx_filled != net->rx_posted;
	return (int16_t)((receives ? POLL_IN : 0) | (all_written(net) ? 0 : POLL_OUT));
}

/* A descriptor whose other end is gone is ready for ever and gives nothing. */
static void happened(struct wait_source *source, int16_t events)
{
	struct net *net = net_behind(source);
	write_queued(net);
	if (!(events & ~POLL_OUT))
		return;
	net->rx_is_empty = false;
	if (!read_one(net) && events & ~(POLL_IN | POLL_OUT) &&
	    ++net->empty_events == EMPTY_EVENTS_MAX)
		net->is_closed = true;
}

static bool is_idle(const struct wait_source *source)
{
	return all_written(net_behind(source));
}

void net_queues_init(struct net *net)
{
	net->source = (struct wait_source){
		.descriptor = net->attachment->descriptor,
		.ready = ready,
		.events = events,
		.happened = happened,
		.is_idle = is_idle,
	};
}

static bool take_parts(struct outgoing *out, const struct unikernel_net_part *parts,
		       unsigned count)
{
	if (count == 0 || count > UNIKERNEL_NET_PARTS_MAX ||
	    parts[0].length < sizeof(struct unikernel_net_header))
		return false;
	out->count = count;
	out->length = 0;
	for (unsigned i = 0; i < count; i++) {
		out->parts[i] = (struct io_part){(void *)(uintptr_t)parts[i].bytes,
						 parts[i].length};
		out->length += parts[i].length;
	}
	return out->length >= sizeof(struct unikernel_net_header) + NET_FRAME_MIN;
}

unikernel_result_t unikernel_net_tx_post(unsigned handle,
					 const struct unikernel_net_part *parts,
					 unsigned count, void *token)
{
	struct net *net = net_of(handle);
	struct outgoing *out = &net->tx[net->tx_posted % TX_SLOTS];
	if (net->tx_posted - net->tx_reclaimed == TX_SLOTS)
		return UNIKERNEL_AGAIN;
	if (!take_parts(out, parts, count))
		return UNIKERNEL_EINVAL;
	out->token = token;
	bool in_turn = net->tx_written == net->tx_posted;
	net->tx_posted++;
	if (in_turn)
		write_queued(net);
	return UNIKERNEL_OK;
}

void *unikernel_net_tx_reclaim(unsigned handle)
{
	struct net *net = net_of(handle);
	if (net->tx_reclaimed == net->tx_written)
		return NULL;
	net->tx_notify = false;
	return net->tx[net->tx_reclaimed++ % TX_SLOTS].token;
}

void unikernel_net_tx_notify(unsigned handle)
{
	net_of(handle)->tx_notify = true;
}

unikernel_result_t unikernel_net_rx_post(unsigned handle, void *buffer, size_t size,
					 void *token)
{
	struct net *net = net_of(handle);
	if (size < net->receive_size)
		return UNIKERNEL_EINVAL;
	if (net->rx_posted - net->rx_taken == RX_SLOTS)
		return UNIKERNEL_AGAIN;
	net->rx[net->rx_posted++ % RX_SLOTS] =
		(struct incoming){.buffer = buffer, .size = size, .token = token};
	return UNIKERNEL_OK;
}

void *unikernel_net_rx_take(unsigned handle, size_t *length)
{
	struct net *net = net_of(handle);
	if (net->rx_taken == net->rx_filled && (net->is_closed || !read_one(net)))
		return NULL;
	const struct incoming *in = &net->rx[net->rx_taken++ % RX_SLOTS];
	*length = in->length;
	return in->token;
}

void unikernel_net_flush(unsigned handle)
{
	write_queued(net_of(handle));
}
