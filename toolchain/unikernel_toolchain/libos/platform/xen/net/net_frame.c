/* SPDX-License-Identifier: ISC */
/* A back end says that a checksum is missing, but not where (NETRXF_csum_blank): it is
 * TCP's or UDP's, over IPv4 or IPv6. */
#include "net_frame.h"

#define ETHERNET_SIZE 14
#define TYPE_OFFSET 12
#define TYPE_VLAN 0x8100
#define VLAN_SIZE 4
#define TYPE_IP4 0x0800
#define TYPE_IP6 0x86dd

#define IP4_SIZE 20
#define IP4_PROTOCOL 9
#define IP6_SIZE 40
#define IP6_NEXT 6
#define HOP_BY_HOP 0
#define ROUTING 43
#define DESTINATION 60
#define EXTENSIONS_MAX 8
#define EXTENSION_UNIT 8

#define TCP 6
#define TCP_SIZE 20
#define TCP_DATA_OFFSET 12
#define TCP_CHECKSUM 16
#define UDP 17
#define UDP_SIZE 8
#define UDP_CHECKSUM 6

static unsigned be16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* Where what the IPv4 header at `at` carries begins, 0 when that is not to be found. */
static size_t skip_ip4(const uint8_t *frame, size_t length, size_t at, uint8_t *protocol)
{
	if (length < at + IP4_SIZE)
		return 0;
	*protocol = frame[at + IP4_PROTOCOL];
	size_t size = (size_t)(frame[at] & 15) * 4;
	return size < IP4_SIZE ? 0 : at + size;
}

static size_t skip_ip6(const uint8_t *frame, size_t length, size_t at, uint8_t *protocol)
{
	if (length < at + IP6_SIZE)
		return 0;
	*protocol = frame[at + IP6_NEXT];
	at += IP6_SIZE;
	for (unsigned i = 0; i < EXTENSIONS_MAX && length >= at + EXTENSION_UNIT; i++) {
		if (*protocol != HOP_BY_HOP && *protocol != ROUTING &&
		    *protocol != DESTINATION)
			break;
		*protocol = frame[at];
		at += ((size_t)frame[at + 1] + 1) * EXTENSION_UNIT;
	}
	return at;
}

/* Where the transport header begins, 0 when there is none. */
static size_t find_transport(const uint8_t *frame, size_t length, uint8_t *protocol)
{
	size_t at = ETHERNET_SIZE;
	if (length < at + VLAN_SIZE)
		return 0;
	unsigned type = be16(frame + TYPE_OFFSET);
	if (type == TYPE_VLAN) {
		type = be16(frame + TYPE_OFFSET + VLAN_SIZE);
		at += VLAN_SIZE;
	}
	if (type == TYPE_IP4)
		return skip_ip4(frame, length, at, protocol);
	return type == TYPE_IP6 ? skip_ip6(frame, length, at, protocol) : 0;
}

bool net_frame_find_checksum(const uint8_t *frame, size_t length,
			     struct unikernel_net_header *header)
{
	uint8_t protocol = 0;
	size_t at = find_transport(frame, length, &protocol);
	size_t size = protocol == TCP ? TCP_SIZE : UDP_SIZE;
	if (!at || (protocol != TCP && protocol != UDP) || length < at + size)
		return false;
	if (protocol == TCP)
		size = (size_t)(frame[at + TCP_DATA_OFFSET] >> 4) * 4;
	header->checksum_start = (uint16_t)at;
	header->checksum_offset = protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
	header->header_length = (uint16_t)(at + size);
	return true;
}
