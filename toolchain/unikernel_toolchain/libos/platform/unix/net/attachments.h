/* SPDX-License-Identifier: ISC */
/* attachments.h: what the network devices of a process are attached to.
 *
 * UNIKERNEL_NET_0, UNIKERNEL_NET_1 ...: KIND:WHERE[,mac=M][,mtu=N]
 *   tap:FD     a tap with IFF_VNET_HDR
 *   raw:FD     Ethernet frames, one a read or write: a datagram socket, a plain tap
 *   stream:FD  Ethernet frames in a stream of bytes: a connected socket of QEMU's
 *   open:NAME  a tap that the process opens itself
 */
#ifndef ATTACHMENTS_H
#define ATTACHMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/nets.h"
#include "stream.h"

struct attachment {
	bool present;
	bool has_headers; /* frames stand behind struct unikernel_net_header there too */
	bool is_stream;
	struct stream *stream; /* of one that is, from when its device is acquired */
	bool has_mac;
	uint8_t mac[NET_MAC_SIZE];
	uint16_t mtu;
	int descriptor; /* never waits */
};

extern struct attachment attachments[NETS_MAX];

/* Reads the variables and readies the descriptors, which are kept. */
void attachments_init(void);

#endif
