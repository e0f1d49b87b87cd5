/* SPDX-License-Identifier: ISC */
/* Network devices: what an attachment makes of one. */
#include "net.h"
#include "common/memory_functions.h"
#include "taps.h"

/* What a tap does for frames that are sent it always does. */
static uint32_t offers_of(const struct attachment *attachment, uint32_t wanted)
{
	return attachment->has_headers ? wanted : 0;
}

/* A frame that fills its buffer was cut to fit: room for a byte more tells them. */
static void describe(const struct attachment *attachment, uint32_t offers,
		     struct unikernel_net_info *info)
{
	*info = (struct unikernel_net_info){
		.mtu = attachment->mtu,
		.offers = offers_of(attachment, offers),
		.receive_slots = RX_SLOTS,
		.send_slots = TX_SLOTS,
	};
	info->receive_size =
		(uint32_t)sizeof(struct unikernel_net_header) + net_frame_max(info) + 1;
	if (attachment->has_mac)
		memcpy(info->mac, attachment->mac, sizeof info->mac);
	else
		net_random_mac(info->mac);
}

size_t unikernel_net_copies(uint32_t offers)
{
	(void)offers;
	return 0;
}

unikernel_result_t platform_net_open(unsigned index, uint32_t offers,
				     struct unikernel_net_info *info)
{
	struct attachment *attachment = &attachments[index];
	if (!attachment->present)
		return UNIKERNEL_EUNSPEC;
	struct net *net = unikernel_alloc(sizeof *net);
	if (!net)
		unikernel_abort("too little RAM: network devices do not fit");
	describe(attachment, offers, info);
	*net = (struct net){.attachment = attachment, .receive_size = info->receive_size};
	net->rx_bit = (unikernel_ready_t)1 << (NET_FIRST_HANDLE + index);
	net->tx_bit = net->rx_bit << UNIKERNEL_NET_TX_BIT;
	net_queues_init(net);
	if (attachment->is_stream)
		attachment->stream =
			stream_new(attachment->descriptor, net_frame_max(info));
	if (attachment->has_headers)
		tap_set_offers(attachment->descriptor, info->offers);
	nets[index] = net;
	wait_add(&net->source);
	return UNIKERNEL_OK;
}
