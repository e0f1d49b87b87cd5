/* SPDX-License-Identifier: ISC */
/* Network devices: what one is, told to the layer above. */
#include "net.h"
#include "common/memory_functions.h"
#include "common/report/format.h"
#include "machine/memory.h"
#include "net_slots.h"

#define MAC_TEXT_SIZE 17 /* "00:16:3e:01:02:03" */
#define MTU_LEAST 68	 /* RFC 791 */
#define HEADERS_MOST 18	 /* Ethernet's, with a VLAN tag */
#define MTU_MOST (NET_FRAME_MOST - HEADERS_MOST)
#define SEGMENTATION                                                                     \
	(UNIKERNEL_NET_OFFERS_SEGMENTATION4 | UNIKERNEL_NET_OFFERS_SEGMENTATION6)
#define RING_PAGES 5	  /* two, and the heap's guards and alignment */
#define COPIES_AT_MOST 64 /* of frames that leave, of who copies frames itself */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Strictly six times two digits. */
static bool parse_mac(const char *text, size_t length, uint8_t mac[NET_MAC_SIZE])
{
	if (length != MAC_TEXT_SIZE)
		return false;
	for (unsigned i = 0; i < NET_MAC_SIZE; i++, text += 3) {
		int high = digit(text[0]), low = digit(text[1]);
		if (high < 0 || low < 0 || (i + 1 < NET_MAC_SIZE && text[2] != ':'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void read_mac(const struct net *net, uint8_t mac[NET_MAC_SIZE])
{
	char path[XENBUS_FRONT_PATH_MAX + 8], text[MAC_TEXT_SIZE + 1];
	size_t length = 0;
	format(path, sizeof path, "%s/mac", net->bus.front);
	if (xenstore_read(XENSTORE_NO_TRANSACTION, path, text, sizeof text, &length) !=
		    XENSTORE_OK ||
	    !parse_mac(text, length, mac))
		net_random_mac(mac);
}

/* A joined frame takes 17 pages, any other one as a rule. */
static unsigned receive_pages(uint32_t offers)
{
	unsigned pages = offers & UNIKERNEL_NET_OFFERS_COALESCING ? 256 : 64;
	return memory_is_small() ? pages / 4 : pages;
}

/* As many as there will always be: the longest frame that is sent fits. */
static unsigned send_pages(uint32_t offers)
{
	return memory_is_small() && !(offers & SEGMENTATION) ? 4 : NET_FRAME_SLOTS;
}

/* Without scattering a frame must fit in one page; with it, in those there will be. */
static uint16_t read_mtu(const struct net *net)
{
	uint64_t mtu = NET_MTU_DEFAULT;
	unsigned pages = net->tx.scatters ? send_pages(net->offers) : 1;
	xenstore_read_number(net->bus.front, "mtu", &mtu, MTU_MOST);
	bool fits = mtu + HEADERS_MOST <= (uint64_t)pages * SHARED_PAGE_SIZE;
	return mtu >= MTU_LEAST && fits ? (uint16_t)mtu : NET_MTU_DEFAULT;
}

static void describe(struct net *net, struct unikernel_net_info *info)
{
	*info = (struct unikernel_net_info){
		.mtu = read_mtu(net),
		.offers = net->offers,
		.receive_slots = NET_RECEIVE_SLOTS,
		.send_slots = NET_SEND_SLOTS,
	};
	read_mac(net, info->mac);
	info->receive_size =
		(uint32_t)sizeof(struct unikernel_net_header) + net_frame_max(info);
}

size_t unikernel_net_copies(uint32_t offers)
{
	unsigned sends = memory_is_small() ? send_pages(offers) : COPIES_AT_MOST;
	return sizeof(struct net) +
	       (RING_PAGES + receive_pages(offers) + sends) * SHARED_PAGE_SIZE;
}

static bool allocate(struct net *net)
{
	return shared_pages_allocate(&net->rx_page, 1) &&
	       shared_pages_allocate(&net->tx_page, 1) &&
	       net_slots_allocate(&net->tx, send_pages(net->offers)) &&
	       net_receive_allocate(&net->rx, receive_pages(net->offers));
}

/* A device that could not be opened keeps its memory for the next attempt. */
static struct net *net_of_index(unsigned index)
{
	if (nets[index])
		return nets[index];
	struct net *net = unikernel_alloc(sizeof *net);
	if (!net)
		return NULL;
	memset(net, 0, sizeof *net);
	net_send_init(&net->tx);
	net_source_init(net);
	net->rx_bit = (unikernel_ready_t)1 << (NET_FIRST_HANDLE + index);
	net->tx_bit = net->rx_bit << UNIKERNEL_NET_TX_BIT;
	return nets[index] = net;
}

unikernel_result_t platform_net_open(unsigned index, uint32_t offers,
				     struct unikernel_net_info *info)
{
	struct net *net = net_of_index(index);
	if (!net)
		return UNIKERNEL_EUNSPEC;
	net->offers = offers;
	if (!net->rx.page_count && !allocate(net))
		return UNIKERNEL_EUNSPEC;
	if (!xenbus_open(&net->bus, &net_driver, index, XENBUS_CONNECTED))
		return UNIKERNEL_EUNSPEC;
	describe(net, info);
	net->receive_size = info->receive_size;
	net->is_open = true;
	wait_add(&net->source);
	return UNIKERNEL_OK;
}
