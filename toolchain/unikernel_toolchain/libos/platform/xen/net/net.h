/* SPDX-License-Identifier: ISC */
/* net.h: a network device that the guest has acquired (xen/include/public/io/netif.h). */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/nets.h"
#include "net_receive.h"
#include "net_send.h"
#include "pvh/wait.h"
#include "unikernel.h"
#include "xen/front/shared_page.h"
#include "xen/front/xenbus.h"

struct net {
	struct xenbus_device bus; /* first: a driver's functions get it */
	bool is_open;
	struct shared_page rx_page, tx_page;
	uint16_t granted_to;	   /* the domain that pages are shared with */
	uint32_t rx_port, tx_port; /* the same where the back end has one for both */
	struct net_receive rx;
	struct net_send tx;
	struct wait_source source;
	unikernel_ready_t rx_bit, tx_bit;
	bool splits;		   /* its back end has an event channel for each ring */
	uint32_t offers;	   /* UNIKERNEL_NET_OFFERS_* in use */
	uint32_t receive_size;	   /* least bytes of a receive buffer */
	uint32_t unnotified_bytes; /* sent since the back end was last told */
	bool tx_notify;		   /* frames that left set tx_bit ... */
	uint32_t tx_notify_after;  /* ... once so many answers wait */
};

extern struct net *nets[NETS_MAX]; /* NULL, or not open: not acquired */

/* Readies the functions that unikernel_wait calls. */
void net_source_init(struct net *net);

extern const struct xenbus_driver net_driver;

#endif
