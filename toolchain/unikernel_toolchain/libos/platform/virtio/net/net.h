/* SPDX-License-Identifier: ISC */
/* net.h: a network device that the guest has acquired (virtio 1.1, section 5.1). */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/nets.h"
#include "pvh/wait.h"
#include "unikernel.h"
#include "virtio/virtio.h"
#include "virtio/virtqueue.h"

struct net {
	struct virtio_device *device; /* NULL: not acquired */
	struct virtqueue rx, tx;
	struct wait_source source;
	unikernel_ready_t rx_bit, tx_bit;
	uint32_t receive_size;	   /* least bytes of a receive buffer */
	uint32_t unnotified_bytes; /* sent since the device was last told */
	bool tx_notify;		   /* frames that left set tx_bit ... */
	uint16_t tx_notify_after;  /* ... once there are more than so many */
};

extern struct net nets[NETS_MAX];

/* Readies the queues' part of a device whose features are agreed on. */
bool net_queues_init(struct net *net, uint64_t features);

#endif
