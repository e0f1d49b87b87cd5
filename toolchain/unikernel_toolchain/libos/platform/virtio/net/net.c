/* SPDX-License-Identifier: ISC */
/* Network devices: agreeing with one on what it does. */
#include "net.h"
#include "common/memory_functions.h"
#include "virtio/interrupts.h"
#include "x86_64/machine/trap.h"

#define F_CSUM ((uint64_t)1 << 0)
#define F_GUEST_CSUM ((uint64_t)1 << 1)
#define F_MTU ((uint64_t)1 << 3)
#define F_MAC ((uint64_t)1 << 5)
#define F_GUEST_TSO4 ((uint64_t)1 << 7)
#define F_GUEST_TSO6 ((uint64_t)1 << 8)
#define F_HOST_TSO4 ((uint64_t)1 << 11)
#define F_HOST_TSO6 ((uint64_t)1 << 12)
#define F_MRG_RXBUF ((uint64_t)1 << 15)
#define WANTED (F_MTU | F_MAC)

/* Without these a device older than virtio 1.0 has a shorter header, in a descriptor of
 * its own. */
#define WANTED_LEGACY (F_MRG_RXBUF | VIRTIO_F_ANY_LAYOUT)

/* struct virtio_net_config */
#define CONFIG_MAC 0
#define CONFIG_MTU 10

/* Interrupts are one for all: they end a halt, and nothing more. */
static void on_interrupt(void)
{
	for (unsigned i = 0; i < NETS_MAX; i++) {
		struct virtio_device *d = nets[i].device;
		if (d && d->transport->acknowledge)
			d->transport->acknowledge(d);
	}
}

static void read_mac(struct virtio_device *d, uint64_t features,
		     uint8_t mac[NET_MAC_SIZE])
{
	net_random_mac(mac);
	for (unsigned i = 0; features & F_MAC && i < NET_MAC_SIZE; i++)
		mac[i] = (uint8_t)d->config[CONFIG_MAC + i];
}

static uint16_t read_mtu(struct virtio_device *d, uint64_t features)
{
	if (!(features & F_MTU))
		return NET_MTU_DEFAULT;
	return *(volatile uint16_t *)(d->config + CONFIG_MTU);
}

/* Each feature with what it is in unikernel.h. */
static const struct {
	uint64_t features;
	uint32_t offer;
} offers_table[] = {
	{F_CSUM, UNIKERNEL_NET_OFFERS_CHECKSUM},
	{F_HOST_TSO4, UNIKERNEL_NET_OFFERS_SEGMENTATION4},
	{F_HOST_TSO6, UNIKERNEL_NET_OFFERS_SEGMENTATION6},
	{F_GUEST_CSUM, UNIKERNEL_NET_OFFERS_VERIFICATION},
	{F_GUEST_TSO4 | F_GUEST_TSO6, UNIKERNEL_NET_OFFERS_COALESCING},
};
#define OFFERS (sizeof offers_table / sizeof *offers_table)

static uint64_t features_for(uint32_t offers)
{
	uint64_t features = 0;
	for (unsigned i = 0; i < OFFERS; i++)
		features |= offers & offers_table[i].offer ? offers_table[i].features : 0;
	return features;
}

static uint32_t offers_of(uint64_t features)
{
	uint32_t offers = 0;
	for (unsigned i = 0; i < OFFERS; i++)
		offers |= features & offers_table[i].features ? offers_table[i].offer : 0;
	return offers;
}

static void describe(const struct net *net, uint64_t features,
		     struct unikernel_net_info *info)
{
	struct virtio_device *d = net->device;
	*info = (struct unikernel_net_info){
		.mtu = read_mtu(d, features),
		.offers = offers_of(features),
		.receive_slots = net->rx.size,
		.send_slots = net->tx.size,
	};
	read_mac(d, features, info->mac);
	info->receive_size =
		(uint32_t)sizeof(struct unikernel_net_header) + net_frame_max(info);
}

/* `*features`: wanted, then agreed on. */
static bool set_up(struct net *net, uint64_t *features)
{
	struct virtio_device *d = net->device;
	*features |= WANTED | (d->legacy ? WANTED_LEGACY : 0);
	if (!virtio_begin(d, features))
		return false;
	if (d->legacy && (*features & WANTED_LEGACY) != WANTED_LEGACY)
		return false;
	interrupts_init();
	trap_set_interrupt(VECTOR_NET, on_interrupt);
	d->interrupts = d->transport->route_interrupt(d, VECTOR_NET);
	if (!d->interrupts || !net_queues_init(net, *features))
		return false;
	virtio_ready(d);
	return true;
}

size_t unikernel_net_copies(uint32_t offers)
{
	(void)offers;
	return 0;
}

unikernel_result_t platform_net_open(unsigned index, uint32_t offers,
				     struct unikernel_net_info *info)
{
	struct net *net = &nets[index];
	uint64_t features = features_for(offers);
	net->device = virtio_find(VIRTIO_ID_NET, index);
	if (!net->device)
		return UNIKERNEL_EUNSPEC;
	if (!set_up(net, &features)) {
		virtio_reset(net->device);
		net->device = NULL;
		return UNIKERNEL_EUNSPEC;
	}
	describe(net, features, info);
	net->receive_size = info->receive_size;
	net->rx_bit = (unikernel_ready_t)1 << (NET_FIRST_HANDLE + index);
	net->tx_bit = net->rx_bit << UNIKERNEL_NET_TX_BIT;
	wait_add(&net->source);
	return UNIKERNEL_OK;
}
