/* SPDX-License-Identifier: ISC */
/* Network devices: frames to and from the queues.
 *
 * Under emulation telling the device costs as much as thousands of instructions: it is
 * told once a burst. It interrupts only while the CPU halts. */
#include "machine/memory.h"
#include "net.h"

#define RX_QUEUE 0
#define TX_QUEUE 1

/* So much is worth telling the device about in the middle of a burst: it sends on
 * another CPU while the guest goes on. */
#define BURST_BYTES (64u << 10)

#define SIZE_IN_SMALL 64 /* chains, in little memory: what one page holds */

#define HEADER_BYTES ((uint32_t)sizeof(struct unikernel_net_header))

struct net nets[NETS_MAX];

static struct net *net_of(unsigned handle)
{
	unsigned index = handle - NET_FIRST_HANDLE;
	if (index >= NETS_MAX || !nets[index].device)
		unikernel_abort(
			"a network call with a handle that is no network device's");
	return &nets[index];
}

static struct net *net_behind(const struct wait_source *source)
{
	return (struct net *)((char *)(uintptr_t)source - offsetof(struct net, source));
}

static uint16_t in_flight(const struct virtqueue *q)
{
	return (uint16_t)(q->available_index - q->used_index);
}

/* All that is in flight counts whatever the threshold: no more will come. */
static bool tx_is_ready(const struct net *net)
{
	uint16_t sent = virtqueue_used(&net->tx);
	return net->tx_notify &&
	       (sent > net->tx_notify_after || sent == in_flight(&net->tx));
}

static unikernel_ready_t ready(const struct wait_source *source)
{
	const struct net *net = net_behind(source);
	unikernel_ready_t bits = virtqueue_used(&net->rx) ? net->rx_bit : 0;
	return bits | (tx_is_ready(net) ? net->tx_bit : 0);
}

static void flush(struct net *net)
{
	net->unnotified_bytes = 0;
	virtqueue_notify(net->device, &net->tx);
	virtqueue_notify(net->device, &net->rx);
}

static void flush_source(struct wait_source *source)
{
	flush(net_behind(source));
}

/* Only what is waited for wakes the CPU. */
static void ask_interrupt(struct wait_source *source, unikernel_ready_t interest)
{
	struct net *net = net_behind(source);
	if (interest & net->rx_bit)
		virtqueue_request_interrupt(&net->rx, 0);
	if (interest & net->tx_bit && net->tx_notify)
		virtqueue_request_interrupt(&net->tx, net->tx_notify_after);
}

static bool is_idle(const struct wait_source *source)
{
	const struct virtqueue *q = &net_behind(source)->tx;
	return virtqueue_used(q) == in_flight(q);
}

static bool queue_init(struct net *net, struct virtqueue *q, uint16_t index,
		       uint64_t features)
{
	uint16_t size = net->device->transport->queue_size_max(net->device, index);
	uint16_t most = memory_is_small() ? SIZE_IN_SMALL : VIRTQUEUE_SIZE_MAX;
	if (size > most)
		size = most;
	if (size == 0 || size & (size - 1))
		return false;
	void *bytes = memory_allocate((uintptr_t)VIRTQUEUE_BYTES(size));
	virtqueue_init(q, bytes, size, features);
	return virtio_set_queue(net->device, index, q);
}

bool net_queues_init(struct net *net, uint64_t features)
{
	net->source.ready = ready;
	net->source.flush = flush_source;
	net->source.ask_interrupt = ask_interrupt;
	net->source.is_idle = is_idle;
	return queue_init(net, &net->rx, RX_QUEUE, features) &&
	       queue_init(net, &net->tx, TX_QUEUE, features);
}

unikernel_result_t unikernel_net_tx_post(unsigned handle,
					 const struct unikernel_net_part *parts,
					 unsigned count, void *token)
{
	struct net *net = net_of(handle);
	struct virtqueue_part chain[UNIKERNEL_NET_PARTS_MAX];
	uint32_t bytes = 0;
	if (count == 0 || count > UNIKERNEL_NET_PARTS_MAX ||
	    parts[0].length < HEADER_BYTES)
		return UNIKERNEL_EINVAL;
	for (unsigned i = 0; i < count; i++) {
		chain[i].bytes = (void *)(uintptr_t)parts[i].bytes;
		chain[i].length = (uint32_t)parts[i].length;
		bytes += chain[i].length;
	}
	if (bytes < HEADER_BYTES + NET_FRAME_MIN)
		return UNIKERNEL_EINVAL;
	if (!virtqueue_add(&net->tx, chain, count, 0, token))
		return UNIKERNEL_AGAIN;
	net->unnotified_bytes += bytes;
	if (net->unnotified_bytes >= BURST_BYTES)
		unikernel_net_flush(handle);
	return UNIKERNEL_OK;
}

void *unikernel_net_tx_reclaim(unsigned handle)
{
	struct net *net = net_of(handle);
	uint32_t written;
	void *token = virtqueue_take(&net->tx, &written);
	if (token)
		net->tx_notify = false;
	return token;
}

/* Half of the frames on their way make room for a burst; more interrupts gain nothing. */
void unikernel_net_tx_notify(unsigned handle)
{
	struct net *net = net_of(handle);
	net->tx_notify = true;
	net->tx_notify_after = in_flight(&net->tx) / 2;
}

unikernel_result_t unikernel_net_rx_post(unsigned handle, void *buffer, size_t size,
					 void *token)
{
	struct net *net = net_of(handle);
	struct virtqueue_part part = {buffer, (uint32_t)size};
	if (size < net->receive_size)
		return UNIKERNEL_EINVAL;
	return virtqueue_add(&net->rx, &part, 0, 1, token) ? UNIKERNEL_OK
							   : UNIKERNEL_AGAIN;
}

void *unikernel_net_rx_take(unsigned handle, size_t *length)
{
	struct net *net = net_of(handle);
	uint32_t written;
	void *token = virtqueue_take(&net->rx, &written);
	if (token)
		*length = written > HEADER_BYTES ? written - HEADER_BYTES : 0;
	return token;
}

void unikernel_net_flush(unsigned handle)
{
	flush(net_of(handle));
}
