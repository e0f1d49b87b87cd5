/* SPDX-License-Identifier: ISC */
/* Network devices: frames to and from the descriptors.
 *
 * A frame is read when the guest asks for it, while its buffer is in the cache, and
 * written when the guest sends it. What the kernel has no room for waits here. */
#include "common/memory/memory_functions.h"
#include "net.h"
#include "net_frames.h"

#define FRUITLESS_MAX 8

struct net *nets[NETS_MAX];

static struct net *net_of(unsigned handle)
{
	unsigned place = handle - NET_FIRST_HANDLE;
	if (place >= NETS_MAX || !nets[place])
		unikernel_abort(
			"a network call with a handle that is no network device's");
	return nets[place];
}

static struct net *net_behind(const struct wait_source *source)
{
	return (struct net *)((char *)(uintptr_t)source - offsetof(struct net, source));
}

/* Reads the next frame into the next buffer; false when there is none of either. */
static bool fill_one(struct net *net)
{
	while (net->filled != net->given) {
		struct incoming *in = &net->in[net->filled % RECEIVE_SLOTS];
		enum frame_result result = frame_read(net->plug, in);
		if (result == FRAME_NEVER)
			net->is_closed = true;
		if (result == FRAME_NONE || result == FRAME_NEVER)
			break;
		if (result == FRAME_DROPPED)
			continue;
		net->filled++;
		net->fruitless = 0;
		return true;
	}
	net->is_dry = true;
	return false;
}

/* Writes what waits, as long as the kernel takes it. */
static void send_waiting(struct net *net)
{
	frame_write_rest(net->plug);
	while (net->left != net->added) {
		const struct outgoing *out = &net->out[net->left % SEND_SLOTS];
		if (!frame_write(net->plug, out->parts, out->count, out->length))
			break;
		net->left++;
	}
}

/* Has everything left that the guest sent? */
static bool has_left(const struct net *net)
{
	return net->left == net->added && !frame_is_half_written(net->plug);
}

static unikernel_ready_t ready(struct wait_source *source, unikernel_ready_t interest)
{
	struct net *net = net_behind(source);
	bool received = net->received != net->filled;
	bool is_dry = net->is_dry && !frame_is_at_hand(net->plug);
	if (!received && interest & net->received_bit && !is_dry)
		received = fill_one(net);
	bool sent =
		net->sent_awaited && (net->sent != net->left || net->left == net->added);
	return (received ? net->received_bit : 0) | (sent ? net->sent_bit : 0);
}

static int16_t events(const struct wait_source *source, unikernel_ready_t interest)
{
	const struct net *net = net_behind(source);
	bool receives = interest & net->received_bit && !net->is_closed &&
			net->filled != net->given;
	return (int16_t)((receives ? POLL_IN : 0) | (has_left(net) ? 0 : POLL_OUT));
}

/* A descriptor whose other end is gone is ready for ever and gives nothing. */
static void happened(struct wait_source *source, int16_t events)
{
	struct net *net = net_behind(source);
	send_waiting(net);
	if (!(events & ~POLL_OUT))
		return;
	net->is_dry = false;
	if (!fill_one(net) && events & ~(POLL_IN | POLL_OUT) &&
	    ++net->fruitless == FRUITLESS_MAX)
		net->is_closed = true;
}

static bool is_idle(const struct wait_source *source)
{
	return has_left(net_behind(source));
}

void net_queues_init(struct net *net)
{
	net->source = (struct wait_source){
		.descriptor = net->plug->descriptor,
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

unikernel_result_t unikernel_net_send(unsigned handle,
				      const struct unikernel_net_part *parts,
				      unsigned count, void *token)
{
	struct net *net = net_of(handle);
	struct outgoing *out = &net->out[net->added % SEND_SLOTS];
	if (net->added - net->sent == SEND_SLOTS)
		return UNIKERNEL_AGAIN;
	if (!take_parts(out, parts, count))
		return UNIKERNEL_EINVAL;
	out->token = token;
	bool in_turn = net->left == net->added;
	net->added++;
	if (in_turn)
		send_waiting(net);
	return UNIKERNEL_OK;
}

void *unikernel_net_sent(unsigned handle)
{
	struct net *net = net_of(handle);
	if (net->sent == net->left)
		return NULL;
	net->sent_awaited = false;
	return net->out[net->sent++ % SEND_SLOTS].token;
}

void unikernel_net_await_sent(unsigned handle)
{
	net_of(handle)->sent_awaited = true;
}

unikernel_result_t unikernel_net_give(unsigned handle, void *buffer, size_t size,
				      void *token)
{
	struct net *net = net_of(handle);
	if (size < net->receive_size)
		return UNIKERNEL_EINVAL;
	if (net->given - net->received == RECEIVE_SLOTS)
		return UNIKERNEL_AGAIN;
	net->in[net->given++ % RECEIVE_SLOTS] =
		(struct incoming){.buffer = buffer, .size = size, .token = token};
	return UNIKERNEL_OK;
}

void *unikernel_net_receive(unsigned handle, size_t *length)
{
	struct net *net = net_of(handle);
	if (net->received == net->filled && (net->is_closed || !fill_one(net)))
		return NULL;
	const struct incoming *in = &net->in[net->received++ % RECEIVE_SLOTS];
	*length = in->length;
	return in->token;
}

void unikernel_net_flush(unsigned handle)
{
	send_waiting(net_of(handle));
}
