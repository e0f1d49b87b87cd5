/* SPDX-License-Identifier: ISC */
/* Sends every frame back where it came from, on all interfaces that its arguments name.
 * Nothing is copied: the buffer received into is the buffer sent. A frame of type 88b6
 * ends it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unikernel.h"

#define NETS_MAX 4
#define BUFFERS 24
#define TYPE_OFFSET 12
#define MAC_SIZE 6

struct net {
	unsigned handle;
	struct unikernel_net_info info;
	unsigned long long frames, bytes;
};

static struct net nets[NETS_MAX];
static unsigned count;
static unikernel_ready_t interest;

static void die(const char *what, int result)
{
	printf("%s: %d\n", what, result);
	exit(1);
}

static void give(struct net *net, void *buffer)
{
	unikernel_result_t r = unikernel_net_rx_post(net->handle, buffer,
						     net->info.receive_size, buffer);
	if (r != UNIKERNEL_OK)
		die("unikernel_net_rx_post", r);
}

static void open_net(const char *name)
{
	struct net *net = &nets[count++];
	unikernel_result_t r = unikernel_net_acquire(name, UNIKERNEL_NET_OFFERS_ALL,
						     &net->handle, &net->info);
	if (r != UNIKERNEL_OK)
		die(name, r);
	for (unsigned i = 0; i < BUFFERS; i++)
		give(net, malloc(net->info.receive_size));
	interest |= ((unikernel_ready_t)1 << UNIKERNEL_NET_TX_BIT | 1) << net->handle;
	printf("%s: handle %u mac", name, net->handle);
	for (unsigned i = 0; i < MAC_SIZE; i++)
		printf(" %02x", net->info.mac[i]);
	printf(" mtu %u offers %x\n", net->info.mtu, (unsigned)net->info.offers);
}

static void reclaim(struct net *net)
{
	void *buffer;
	while ((buffer = unikernel_net_tx_reclaim(net->handle)))
		give(net, buffer);
}

static bool is_end(const uint8_t *frame)
{
	return frame[TYPE_OFFSET] == 0x88 && frame[TYPE_OFFSET + 1] == 0xb6;
}

static void turn_around(struct unikernel_net_header *header)
{
	uint8_t *frame = (uint8_t *)(header + 1), from[MAC_SIZE];
	memcpy(from, frame + MAC_SIZE, MAC_SIZE);
	memcpy(frame + MAC_SIZE, frame, MAC_SIZE);
	memcpy(frame, from, MAC_SIZE);
	if (header->flags == UNIKERNEL_NET_CHECKSUM_VALID)
		header->flags = 0;
	header->buffers = 0;
}

static void echo(struct net *net)
{
	size_t length;
	struct unikernel_net_header *header;
	while ((header = unikernel_net_rx_take(net->handle, &length))) {
		if (is_end((uint8_t *)(header + 1))) {
			printf("%llu frames, %llu bytes\n", net->frames, net->bytes);
			exit(0);
		}
		turn_around(header);
		struct unikernel_net_part part = {header, sizeof *header + length};
		unikernel_result_t r =
			unikernel_net_tx_post(net->handle, &part, 1, header);
		if (r != UNIKERNEL_OK)
			die("unikernel_net_tx_post", r);
		net->frames++;
		net->bytes += length;
		reclaim(net);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		open_net(argv[i]);
	puts("ready");
	for (;;) {
		for (unsigned i = 0; i < count; i++) {
			echo(&nets[i]);
			reclaim(&nets[i]);
			unikernel_net_tx_notify(nets[i].handle);
		}
		unikernel_wait(interest, UINT64_MAX);
	}
}
