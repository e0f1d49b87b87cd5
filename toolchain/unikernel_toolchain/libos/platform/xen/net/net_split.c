/* SPDX-License-Identifier: ISC */
/* The first piece is as many whole segments as fit, so that what leaves is what would
 * have left. Headers are told their new lengths: IP's, its checksum, the pseudo-header in
 * TCP's. */
#include "net_split.h"
#include "common/memory_functions.h"
#include "net_send.h"

#define ETHERNET_SIZE 14
#define VLAN_SIZE 4
#define TYPE_OFFSET 12
#define TYPE_VLAN 0x8100
#define IP4_LENGTH 2
#define IP4_ID 4
#define IP4_CHECKSUM 10
#define IP4_SIZE 20
#define IP6_LENGTH 4
#define IP6_SIZE 40
#define TCP_SEQUENCE 4
#define TCP_FLAGS 13
#define TCP_CHECKSUM 16
#define TCP_SIZE 20
#define FIN_PSH 0x09
#define CWR 0x80

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static void add_to_sequence(uint8_t *at, uint32_t bytes)
{
	uint32_t sequence = (get16(at) << 16 | get16(at + 2)) + bytes;
	put16(at, sequence >> 16);
	put16(at + 2, sequence & 0xffff);
}

static void set_ip4(uint8_t *ip, size_t length, uint32_t segments_before)
{
	uint32_t sum = 0;
	put16(ip + IP4_LENGTH, (uint32_t)length);
	put16(ip + IP4_ID, get16(ip + IP4_ID) + segments_before);
	put16(ip + IP4_CHECKSUM, 0);
	for (unsigned i = 0; i < (ip[0] & 15u) * 4; i += 2)
		sum += get16(ip + i);
	put16(ip + IP4_CHECKSUM, ~fold(sum));
}

static size_t ip_offset(const uint8_t *head)
{
	bool tagged = get16(head + TYPE_OFFSET) == TYPE_VLAN;
	return ETHERNET_SIZE + (tagged ? VLAN_SIZE : 0);
}

/* Whether the headers are where the frame's own header says, one behind the other. */
static bool is_sound(const struct unikernel_net_header *h, const uint8_t *head,
		     size_t size)
{
	size_t ip = ip_offset(head), tcp = h->checksum_start;
	bool is_ip4 = h->segmentation == UNIKERNEL_NET_TCP4;
	return h->flags & UNIKERNEL_NET_PARTIAL_CHECKSUM &&
	       h->checksum_offset == TCP_CHECKSUM && h->header_length < size &&
	       h->header_length >= tcp + TCP_SIZE &&
	       tcp >= ip + (is_ip4 ? IP4_SIZE : IP6_SIZE) &&
	       (!is_ip4 || ip + (head[ip] & 15u) * 4 <= tcp) && h->segment_size > 0 &&
	       h->segment_size <= NET_FRAME_MOST - h->header_length;
}

/* `before`: payload of the pieces before this one; `size`: of this one. */
static void make(struct net_piece *p, const struct unikernel_net_header *h,
		 const uint8_t *head, size_t payload, size_t before, size_t size)
{
	size_t ip = ip_offset(head), tcp = h->checksum_start;
	*p = (struct net_piece){.header = *h,
				.head_size = h->header_length,
				.from = h->header_length + before,
				.size = size};
	memcpy(p->head, head, h->header_length);
	if (size <= h->segment_size)
		p->header.segmentation = UNIKERNEL_NET_WHOLE;
	if (h->segmentation == UNIKERNEL_NET_TCP4)
		set_ip4(p->head + ip, p->head_size - ip + size,
			(uint32_t)(before / h->segment_size));
	else
		put16(p->head + ip + IP6_LENGTH,
		      (uint32_t)(p->head_size - ip - IP6_SIZE + size));
	uint8_t *t = p->head + tcp;
	uint32_t old = (uint32_t)(p->head_size - tcp + payload) & 0xffff;
	uint32_t sum = get16(t + TCP_CHECKSUM) + (~old & 0xffff) +
		       (uint32_t)(p->head_size - tcp + size);
	put16(t + TCP_CHECKSUM, fold(sum));
	add_to_sequence(t + TCP_SEQUENCE, (uint32_t)before);
	t[TCP_FLAGS] &= (uint8_t)(before ? ~CWR : ~FIN_PSH);
}

bool net_split(const struct unikernel_net_header *h, const uint8_t *head, size_t size,
	       struct net_piece pieces[2])
{
	if (h->header_length < ETHERNET_SIZE + VLAN_SIZE || !is_sound(h, head, size))
		return false;
	size_t payload = size - h->header_length;
	size_t first = (NET_FRAME_MOST - h->header_length) / h->segment_size *
		       (size_t)h->segment_size;
	if (first >= payload)
		return false;
	make(&pieces[0], h, head, payload, 0, first);
	make(&pieces[1], h, head, payload, first, payload - first);
	return true;
}
