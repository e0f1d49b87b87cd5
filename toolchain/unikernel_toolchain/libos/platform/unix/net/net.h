/* SPDX-License-Identifier: ISC */
/* net.h: a network device that the guest has acquired. */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stdint.h>

#include "attachments.h"
#include "common/nets.h"
#include "unikernel.h"
#include "unix/wait.h"

#define RX_SLOTS 64
#define TX_SLOTS 64

struct incoming {
	char *buffer;
	size_t size;
	void *token;
	size_t length; /* of the frame that came in, header excluded */
};

struct outgoing {
	void *token;
	unsigned count;
	size_t length; /* of all parts */
	struct io_part parts[UNIKERNEL_NET_PARTS_MAX];
};

/* Rings: each counter runs on, and its place is its remainder. */
struct net {
	struct attachment *attachment;
	struct wait_source source;
	unikernel_ready_t rx_bit, tx_bit;
	uint32_t receive_size; /* least bytes of a receive buffer */
	bool rx_is_empty;      /* nothing was there to receive when last asked */
	bool is_closed;	       /* nothing will ever be */
	bool tx_notify;
	unsigned empty_events; /* events in a row that brought nothing */
	unsigned rx_posted, rx_filled, rx_taken;
	unsigned tx_posted, tx_written, tx_reclaimed;
	struct incoming rx[RX_SLOTS];
	struct outgoing tx[TX_SLOTS];
};

extern struct net *nets[NETS_MAX]; /* NULL: not acquired */

/* Readies the queues' part of a device. */
void net_queues_init(struct net *net);

#endif
