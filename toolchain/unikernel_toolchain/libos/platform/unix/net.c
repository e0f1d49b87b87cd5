/* SPDX-License-Identifier: ISC */
/* Network devices: finding one by name and saying what it does. */
#include "net.h"
#include "boot_variable.h"
#include "boot_words.h"
#include "memory_functions.h"
#include "taps.h"

#define ETHERNET_HEADER 14
#define VLAN_TAG 4
#define COALESCED_FRAME_MAX 65550 /* virtio 1.1, section 5.1.6.3.1 */
#define ONE_TO_TELL 1		  /* a frame that fills its buffer was cut to fit */

struct net *nets[NETS_MAX];

static unsigned first_free(void)
{
	unsigned place = 0;
	while (place < NETS_MAX && nets[place])
		place++;
	return place;
}

static unsigned place_of(const char *name)
{
	const char *names = boot_variable(boot_words, "UK_NET");
	return names ? boot_list_position(names, name) : first_free();
}

/* What a tap does for frames that are sent it always does. Frames in a capture are to be
 * whole. */
static uint32_t offers_of(const struct plug *plug, uint32_t wanted)
{
	if (!plug->has_headers || plug->capture >= 0)
		return 0;
	if (!(wanted & UK_NET_OFFERS_CHECKSUM))
		wanted &= ~(UK_NET_OFFERS_SEGMENTATION4 | UK_NET_OFFERS_SEGMENTATION6);
	if (!(wanted & UK_NET_OFFERS_VERIFICATION))
		wanted &= ~UK_NET_OFFERS_COALESCING;
	return wanted & UK_NET_OFFERS_ALL;
}

static void describe(const struct plug *plug, uint32_t offers, struct uk_net_info *info)
{
	uint32_t frame = offers & UK_NET_OFFERS_COALESCING
				 ? COALESCED_FRAME_MAX
				 : plug->mtu + ETHERNET_HEADER + VLAN_TAG;
	*info = (struct uk_net_info){
		.mtu = plug->mtu,
		.offers = offers,
		.receive_size =
			(uint32_t)sizeof(struct uk_net_header) + frame + ONE_TO_TELL,
		.receive_slots = RECEIVE_SLOTS,
		.send_slots = SEND_SLOTS,
	};
	memcpy(info->mac, plug->mac, MAC_SIZE);
	if (!plug->has_mac) {
		uk_entropy(info->mac, MAC_SIZE);
		info->mac[0] = (uint8_t)((info->mac[0] & 0xfe) | 0x02);
	}
}

static struct net *plugged_into(struct plug *plug, unsigned place)
{
	struct net *net = uk_alloc(sizeof *net);
	if (!net)
		uk_abort("too little RAM: network devices do not fit");
	*net = (struct net){.plug = plug};
	net->received_bit = (uk_ready_t)1 << (NET_FIRST_HANDLE + place);
	net->sent_bit = net->received_bit << UK_NET_SENT;
	net_queues_init(net);
	return net;
}

uk_result_t uk_net_acquire(const char *name, uint32_t offers, unsigned *handle,
			   struct uk_net_info *info)
{
	unsigned place = place_of(name);
	if (place == NOT_IN_LIST || (place < NETS_MAX && nets[place]))
		return UK_EINVAL;
	if (place >= NETS_MAX || !plugs[place].present)
		return UK_EUNSPEC;
	struct plug *plug = &plugs[place];
	struct net *net = plugged_into(plug, place);
	describe(plug, offers_of(plug, offers), info);
	if (plug->has_headers)
		tap_set_offers(plug->descriptor, info->offers);
	net->receive_size = info->receive_size;
	nets[place] = net;
	wait_add(&net->source);
	*handle = NET_FIRST_HANDLE + place;
	return UK_OK;
}
