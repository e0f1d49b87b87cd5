/* SPDX-License-Identifier: ISC */
/* Network devices: agreeing with a back end on what it does, at the beginning and each
 * time that one comes anew. The application was told once what the device offers: a back
 * end that does less will not do. */
#include "net.h"
#include "common/memory_functions.h"
#include "xen/event_channel.h"

#include <io/xenbus.h>

/* A missing "no-csum" means that IPv4's are completed, a missing "ipv6-csum" that IPv6's
 * are not (netif.h); unikernel.h knows one offer for both. */
static uint32_t back_offers(const struct net *net)
{
	const struct xenbus_device *bus = &net->bus;
	uint32_t offers = UNIKERNEL_NET_OFFERS_VERIFICATION;
	if (net->rx.page_count > NET_FRAME_SLOTS)
		offers |= UNIKERNEL_NET_OFFERS_COALESCING;
	if (xenbus_back_has(bus, "feature-no-csum-offload") ||
	    !xenbus_back_has(bus, "feature-ipv6-csum-offload"))
		return offers;
	offers |= UNIKERNEL_NET_OFFERS_CHECKSUM;
	if (net->tx.scatters && xenbus_back_has(bus, "feature-gso-tcpv4"))
		offers |= UNIKERNEL_NET_OFFERS_SEGMENTATION4;
	if (net->tx.scatters && xenbus_back_has(bus, "feature-gso-tcpv6"))
		offers |= UNIKERNEL_NET_OFFERS_SEGMENTATION6;
	return offers;
}

static bool agree(struct net *net)
{
	bool scatters = xenbus_back_has(&net->bus, "feature-sg");
	bool scattered = net->tx.scatters;
	net->tx.scatters = scatters;
	uint32_t offers = net->offers & back_offers(net);
	if (!xenbus_back_has(&net->bus, "feature-rx-copy") ||
	    (net->is_open && (offers != net->offers || (scattered && !scatters))))
		return false;
	net->offers = offers;
	net->splits = xenbus_back_has(&net->bus, "feature-split-event-channels");
	return true;
}

static bool open_ports(struct net *net)
{
	net->rx_port = xenbus_open_port(&net->bus);
	net->tx_port = net->splits ? xenbus_open_port(&net->bus) : net->rx_port;
	return net->rx_port != EVENT_PORT_NONE && net->tx_port != EVENT_PORT_NONE;
}

/* A page of another domain's is that domain's until it lets go. */
static void end_grants(struct net *net)
{
	for (unsigned i = 0; i < net->rx.page_count; i++)
		shared_page_end(&net->rx.pages[i]);
	for (unsigned i = 0; i < NET_SEND_SLOTS; i++)
		shared_page_end(&net->tx.slots[i].copy);
	shared_page_end(&net->rx_page);
	shared_page_end(&net->tx_page);
}

/* The old back end's rings may still be mapped: the new one gets others, if so. */
static bool publish(struct xenbus_device *bus)
{
	struct net *net = (struct net *)bus;
	uint16_t domain = bus->back_domain;
	if (net->granted_to != domain)
		end_grants(net);
	net->granted_to = domain;
	shared_page_end(&net->rx_page);
	shared_page_end(&net->tx_page);
	if (!agree(net) || !open_ports(net) || !net->rx_page.bytes || !net->tx_page.bytes)
		return false;
	memset(net->rx_page.bytes, 0, SHARED_PAGE_SIZE);
	memset(net->tx_page.bytes, 0, SHARED_PAGE_SIZE);
	net_send_connect(&net->tx, net->tx_page.bytes, domain, net->tx.scatters);
	return shared_page_grant(&net->rx_page, domain, false) &&
	       shared_page_grant(&net->tx_page, domain, false) &&
	       net_receive_connect(&net->rx, net->rx_page.bytes, domain);
}

struct key {
	const char *name;
	uint64_t value;
};

static enum xenstore_result write_all(const struct net *net,
				      xenstore_transaction_t transaction,
				      const struct key *keys, unsigned count)
{
	enum xenstore_result r = XENSTORE_OK;
	for (unsigned i = 0; i < count && r == XENSTORE_OK; i++)
		r = xenstore_write_number(transaction, net->bus.front, keys[i].name,
					  keys[i].value);
	return r;
}

static enum xenstore_result write_ports(const struct net *net,
					xenstore_transaction_t transaction)
{
	const struct key split[] = {{"event-channel-tx", net->tx_port},
				    {"event-channel-rx", net->rx_port}};
	const struct key one[] = {{"event-channel", net->rx_port}};
	return net->splits ? write_all(net, transaction, split, 2)
			   : write_all(net, transaction, one, 1);
}

static enum xenstore_result write_keys(struct xenbus_device *bus,
				       xenstore_transaction_t transaction)
{
	const struct net *net = (struct net *)bus;
	bool verifies = net->offers & UNIKERNEL_NET_OFFERS_VERIFICATION;
	bool joins = net->offers & UNIKERNEL_NET_OFFERS_COALESCING;
	const struct key keys[] = {
		{"tx-ring-ref", net->tx_page.grant},
		{"rx-ring-ref", net->rx_page.grant},
		{"request-rx-copy", 1},
		{"feature-rx-notify", 1},
		{"feature-sg", 1},
		{"feature-gso-tcpv4", joins},
		{"feature-gso-tcpv6", joins},
		{"feature-no-csum-offload", !verifies},
		{"feature-ipv6-csum-offload", verifies},
	};
	enum xenstore_result r =
		write_all(net, transaction, keys, sizeof keys / sizeof *keys);
	return r == XENSTORE_OK ? write_ports(net, transaction) : r;
}

static void disconnect(struct xenbus_device *bus, bool elsewhere)
{
	struct net *net = (struct net *)bus;
	if (!elsewhere) {
		if (net->tx_port != net->rx_port)
			event_channel_close(net->tx_port);
		event_channel_close(net->rx_port);
	}
	net->rx_port = net->tx_port = EVENT_PORT_NONE;
	net_send_disconnect(&net->tx, elsewhere);
	net_receive_disconnect(&net->rx);
	if (!elsewhere)
		return;
	for (unsigned i = 0; i < net->rx.page_count; i++)
		shared_page_forget(&net->rx.pages[i]);
	shared_page_forget(&net->rx_page);
	shared_page_forget(&net->tx_page);
}

const struct xenbus_driver net_driver = {
	.kind = "vif",
	.name = "network device",
	.published_state = XenbusStateConnected,
	.publish = publish,
	.write = write_keys,
	.disconnect = disconnect,
};
