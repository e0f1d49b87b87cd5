/* SPDX-License-Identifier: ISC */
/* The ceiling of a network device: `NAME send FRAME_BYTES SEGMENT_BYTES COUNT` sends TCP
 * segments over IPv4 as fast as it can, cut by the device where SEGMENT_BYTES is not 0;
 * `NAME receive COUNT` takes in frames. Says how long that took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unikernel.h"

#define FRAMES 32
#define ETHERNET_SIZE 14
#define IP_SIZE 20
#define TCP_SIZE 20
#define HEADERS (ETHERNET_SIZE + IP_SIZE + TCP_SIZE)
#define CHECKSUM_IN_TCP 16
#define FRAME_MAX (65535 + ETHERNET_SIZE)

static unsigned handle;
static struct unikernel_net_info info;

static void die(const char *what)
{
	puts(what);
	exit(1);
}

static void put_16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Host and guest are 10.9.0.1 and 10.9.0.2; the segment belongs to no connection. */
static void write_headers(uint8_t *frame, size_t size)
{
	static const uint8_t ip[IP_SIZE] = {0x45, 0, 0,	 0, 0, 0, 0x40, 0, 64, 6,
					    0,	  0, 10, 9, 0, 2, 10,	9, 0,  1};
	uint8_t *tcp = frame + ETHERNET_SIZE + IP_SIZE;
	memset(frame, 0xff, 6);
	memcpy(frame + 6, info.mac, 6);
	put_16(frame + 12, 0x0800);
	memcpy(frame + ETHERNET_SIZE, ip, IP_SIZE);
	put_16(frame + ETHERNET_SIZE + 2, (unsigned)size - ETHERNET_SIZE);
	put_16(tcp, 5001);
	put_16(tcp + 2, 5001);
	tcp[12] = TCP_SIZE / 4 << 4;
	tcp[13] = 0x10; /* ACK */
	put_16(tcp + 14, 0xffff);
}

static struct unikernel_net_header *make_frame(size_t size, unsigned segment_size)
{
	struct unikernel_net_header *header = calloc(1, sizeof *header + FRAME_MAX);
	if (!header || size < HEADERS || size > FRAME_MAX)
		die("no such frame");
	write_headers((uint8_t *)(header + 1), size);
	if (!segment_size)
		return header;
	header->flags = UNIKERNEL_NET_PARTIAL_CHECKSUM;
	header->segmentation = UNIKERNEL_NET_TCP4;
	header->header_length = HEADERS;
	header->segment_size = (uint16_t)segment_size;
	header->checksum_start = ETHERNET_SIZE + IP_SIZE;
	header->checksum_offset = CHECKSUM_IN_TCP;
	return header;
}

static void *wait_for_sent(void)
{
	void *frame;
	while (!(frame = unikernel_net_tx_reclaim(handle))) {
		unikernel_net_tx_notify(handle);
		unikernel_wait((unikernel_ready_t)1 << (handle + UNIKERNEL_NET_TX_BIT),
			       UINT64_MAX);
	}
	return frame;
}

static void send(size_t size, unsigned segment_size, unsigned long count)
{
	for (unsigned long i = 0; i < count + FRAMES; i++) {
		void *frame =
			i < FRAMES ? make_frame(size, segment_size) : wait_for_sent();
		struct unikernel_net_part part = {
			frame, sizeof(struct unikernel_net_header) + size};
		if (i < count &&
		    unikernel_net_tx_post(handle, &part, 1, frame) != UNIKERNEL_OK)
			die("unikernel_net_tx_post failed");
	}
}

static void give(void *buffer)
{
	if (unikernel_net_rx_post(handle, buffer, info.receive_size, buffer) !=
	    UNIKERNEL_OK)
		die("unikernel_net_rx_post failed");
}

static unsigned long long receive(unsigned long count)
{
	unsigned long long bytes = 0;
	size_t length;
	for (unsigned long i = 0; i < count;) {
		void *buffer = unikernel_net_rx_take(handle, &length);
		if (!buffer) {
			unikernel_wait((unikernel_ready_t)1 << handle, UINT64_MAX);
			continue;
		}
		bytes += length;
		give(buffer);
		i++;
	}
	return bytes;
}

static void report(unsigned long count, unsigned long long bytes, uint64_t start_ns)
{
	uint64_t took_ns = unikernel_clock_monotonic() - start_ns;
	printf("%lu frames, %llu bytes, %llu ns\n", count, bytes,
	       (unsigned long long)took_ns);
}

int main(int argc, char **argv)
{
	if (argc < 4 || unikernel_net_acquire(argv[1], UNIKERNEL_NET_OFFERS_ALL, &handle,
					      &info) != UNIKERNEL_OK)
		die("no device");
	unsigned long count = strtoul(argv[argc - 1], NULL, 10);
	unsigned long long bytes;
	if (strcmp(argv[2], "send") == 0) {
		size_t size = strtoul(argv[3], NULL, 10);
		uint64_t start_ns = unikernel_clock_monotonic();
		send(size, (unsigned)strtoul(argv[4], NULL, 10), count);
		bytes = (unsigned long long)count * size;
		report(count, bytes, start_ns);
		return 0;
	}
	for (unsigned i = 0; i < FRAMES; i++)
		give(malloc(info.receive_size));
	puts("ready");
	bytes = receive(1);
	uint64_t start_ns = unikernel_clock_monotonic();
	report(count - 1, receive(count - 1), start_ns);
	return 0;
}
