/* SPDX-License-Identifier: ISC */
/* A network back end that reads every frame it is given, which must be whole and lie in
 * pages that it was granted, with nothing else in them; and then answers what it likes:
 * in any order, twice, what was never asked, and with producers that jump. Each token
 * comes back once, and no grant is left over. Usage: xen_net_send [ANSWERS] */
#include <setjmp.h>

#include "xen_back_end.h"
#include "xen/net/net_send.h"

#include <io/netif.h>

#define HEADER sizeof(struct unikernel_net_header)
#define FRAMES NET_SEND_SLOTS
#define MEMORY (1u << 20)
#define HEAD_MOST 3000

struct posted {
	bool is_out;
	unsigned size, parts;
	struct unikernel_net_part part[UNIKERNEL_NET_PARTS_MAX];
	char head[HEADER + HEAD_MOST]; /* the first part is its own */
};

static struct net_send tx;
static struct netif_tx_sring *ring;
static struct posted posted[FRAMES];	   /* a token is one of these */
static uint16_t under_way[NET_SEND_SLOTS]; /* ids that were read and not answered */
static unsigned under_way_count;
static uint32_t taken, answered; /* by the back end */
static unsigned out;		 /* tokens that have not come back */
static unsigned whole_pages;
static char *memory;
static jmp_buf aborted;

void unikernel_abort(const char *why)
{
	assert(strstr(why, "still reads memory"));
	longjmp(aborted, 1);
}

static void connect(void)
{
	memset(ring, 0, PAGE);
	net_send_connect(&tx, ring, 0, true);
	taken = answered = under_way_count = 0;
}

/* Parts of any length at any address, many of them whole pages. */
static void make_frame(struct posted *frame)
{
	struct unikernel_net_header header = {0};
	unsigned most = one_in(4) ? NET_FRAME_MOST : 1514, count = 1 + below(16);
	frame->size = 14 + below(most - 13);
	if (one_in(3)) {
		header.flags = UNIKERNEL_NET_PARTIAL_CHECKSUM;
		header.segmentation = UNIKERNEL_NET_TCP4;
		header.segment_size = 1448;
	}
	unsigned first = below((frame->size < HEAD_MOST ? frame->size : HEAD_MOST) + 1);
	unsigned left = frame->size - first;
	memcpy(frame->head, &header, HEADER);
	frame->part[0] = (struct unikernel_net_part){frame->head, HEADER + first};
	for (frame->parts = 1; left; frame->parts++) {
		bool is_last = frame->parts + 1 >= count;
		unsigned length = is_last ? left : 1 + below(left);
		char *bytes = memory + below(MEMORY - length);
		if (one_in(2))
			bytes = memory + below((MEMORY - length) / PAGE) * PAGE;
		frame->part[frame->parts] = (struct unikernel_net_part){bytes, length};
		left -= length;
	}
}

static void post(void)
{
	struct posted *frame = &posted[below(FRAMES)];
	if (frame->is_out)
		return;
	make_frame(frame);
	frame->is_out = net_send_post(&tx, frame->part, frame->parts, frame);
	out += frame->is_out;
}

static void collect(void)
{
	struct posted *frame;
	net_send_turn(&tx);
	while ((frame = net_send_take(&tx))) {
		assert(frame >= posted && frame < posted + FRAMES && frame->is_out);
		frame->is_out = false;
		out--;
	}
}

static struct netif_tx_request next_request(void)
{
	return ring->ring[taken++ % NET_SEND_SLOTS].req;
}

/* A page of the application's is one that the frame fills. */
static unsigned read_piece(const struct netif_tx_request *request, unsigned size,
			   char *to)
{
	char *page = granted(request->gref, false);
	assert(grants[request->gref].read_only);
	assert(request->offset + size <= PAGE);
	bool is_own = page >= memory && page < memory + MEMORY;
	assert(!is_own || size == PAGE);
	whole_pages += is_own;
	memcpy(to, page + request->offset, size);
	assert(under_way_count < NET_SEND_SLOTS);
	under_way[under_way_count++] = request->id;
	return size;
}

static bool is_frame(const struct posted *p, const char *bytes, unsigned size)
{
	unsigned at = 0, skip = HEADER;
	if (!p->is_out || p->size != size)
		return false;
	for (unsigned i = 0; i < p->parts; i++, skip = 0) {
		unsigned here = (unsigned)p->part[i].length - skip;
		if (memcmp(bytes + at, (const char *)p->part[i].bytes + skip, here))
			return false;
		at += here;
	}
	return at == size;
}

static void check_bytes(const char *bytes, unsigned size)
{
	unsigned n = 0;
	while (n < FRAMES && !is_frame(&posted[n], bytes, size))
		n++;
	assert(n < FRAMES);
}

/* The first request has the size of all; those behind it their own. */
static unsigned take_frame(char *frame)
{
	struct netif_tx_request first = next_request(), rest[NET_FRAME_SLOTS];
	unsigned count = 0, size = first.size, at;
	if (first.flags & NETTXF_extra_info) {
		struct netif_tx_request extra = next_request();
		struct netif_extra_info info;
		memcpy(&info, &extra, sizeof info);
		assert(info.type == XEN_NETIF_EXTRA_TYPE_GSO && !info.flags &&
		       info.u.gso.size == 1448);
	}
	for (bool more = first.flags & NETTXF_more_data; more; count++) {
		assert(count + 1 < NET_FRAME_SLOTS);
		rest[count] = next_request();
		size -= rest[count].size;
		more = rest[count].flags & NETTXF_more_data;
	}
	at = read_piece(&first, size, frame);
	for (unsigned i = 0; i < count; i++)
		at += read_piece(&rest[i], rest[i].size, frame + at);
	return first.size;
}

static void read_frame(void)
{
	static char frame[NET_FRAME_MOST];
	check_bytes(frame, take_frame(frame));
}

static void answer(uint16_t id, int16_t status)
{
	ring->ring[answered++ % NET_SEND_SLOTS].rsp =
		(struct netif_tx_response){id, status};
}

/* As a good one does, in any order; extra infos are answered by nobody's number. */
static unsigned answer_well(void)
{
	unsigned count = 0;
	unsigned left = one_in(2) ? 0 : below(under_way_count + 1);
	for (; under_way_count > left; count++) {
		unsigned n = below(under_way_count);
		answer(under_way[n], one_in(5) ? NETIF_RSP_ERROR : NETIF_RSP_OKAY);
		under_way[n] = under_way[--under_way_count];
	}
	while (taken - answered > under_way_count)
		answer((uint16_t)any(), NETIF_RSP_NULL);
	ring->rsp_prod = answered;
	collect();
	assert(!tx.is_broken);
	assert(under_way_count || tx.ring.requests != taken || !out);
	return count;
}

/* In another place no grant is there any more. */
static void disconnect(bool elsewhere)
{
	net_send_disconnect(&tx, elsewhere);
	if (!elsewhere)
		return;
	memset(grants, 0, sizeof grants);
	grants_in_use = 0;
}

static unsigned answer_badly(void)
{
	unsigned count = below(20);
	for (unsigned i = 0; i < count; i++)
		answer((uint16_t)(one_in(2) ? below(NET_SEND_SLOTS) : any()),
		       (int16_t)below(3));
	ring->rsp_prod = one_in(20) ? any() : answered;
	collect();
	disconnect(one_in(50));
	connect();
	collect();
	assert(!out);
	return count;
}

/* Only pages of copies stay granted. */
static void check_grants(void)
{
	unsigned used = 0;
	if (out)
		return;
	for (unsigned i = 0; i < NET_SEND_SLOTS; i++) {
		used += tx.slots[i].copy.grant != GRANT_NONE;
		assert(tx.slots[i].whole == GRANT_NONE);
	}
	assert(used == grants_in_use && tx.free_slots == NET_SEND_SLOTS);
	assert(!tx.frame_count && tx.parts_in == tx.parts_out);
}

/* Of a large frame nothing is copied but its ends. */
static void check_whole_pages(void)
{
	static struct posted frame;
	frame = (struct posted){.is_out = true, .size = 60000, .parts = 1};
	frame.part[0] = (struct unikernel_net_part){memory + 100, HEADER + frame.size};
	posted[0] = frame;
	memset(memory + 100, 0, HEADER);
	assert(net_send_post(&tx, frame.part, 1, &posted[0]));
	out = 1;
	net_send_turn(&tx);
	front_ring_push(&tx.ring);
	whole_pages = 0;
	read_frame();
	assert(whole_pages == (100 + HEADER + frame.size) / PAGE - 1);
	answer_badly();
}

static uint32_t get16(const char *at)
{
	return (uint32_t)(uint8_t)at[0] << 8 | (uint8_t)at[1];
}

static uint32_t sum16(const char *at, unsigned bytes)
{
	uint32_t sum = 0;
	for (unsigned i = 0; i < bytes; i += 2)
		sum += get16(at + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Of IPv4: addresses, protocol 6 and the length of TCP's header and payload. */
static uint32_t pseudo_sum(const char *frame, unsigned size)
{
	uint32_t sum = sum16(frame + 26, 8) + 6 + size - 34;
	return (sum & 0xffff) + (sum >> 16);
}

#define TCP_HEAD 54

/* One of two frames that a longer one leaves as: its headers are told what it is. */
static void check_piece(const char *frame, unsigned size, const char *long_frame,
			unsigned from)
{
	assert(!memcmp(frame + TCP_HEAD, long_frame + TCP_HEAD + from, size - TCP_HEAD));
	assert(get16(frame + 16) == size - 14);
	assert(get16(frame + 18) == 100 + from / 1448);
	assert(sum16(frame + 14, 20) == 0xffff);
	assert(get16(frame + 50) == pseudo_sum(frame, size));
	assert((get16(frame + 38) << 16 | get16(frame + 40)) == from);
	assert((uint8_t)frame[47] == (from ? 0x19 : 0x90));
}

/* IP allows 14 bytes more than the protocol with an Ethernet header. */
static void check_longest(void)
{
	static char head[HEADER + TCP_HEAD], frame[NET_FRAME_MOST];
	static char long_frame[65549];
	struct unikernel_net_header header = {
		.flags = UNIKERNEL_NET_PARTIAL_CHECKSUM,
		.segmentation = UNIKERNEL_NET_TCP4,
		.header_length = TCP_HEAD,
		.segment_size = 1448,
		.checksum_start = 34,
		.checksum_offset = 16,
	};
	static const char ip[] = {0x45, 0, -1, -1, 0, 100, 0,  0, 64, 6,
				  0,	0, 10, 0,  0, 1,   10, 0, 0,  2};
	memcpy(head, &header, HEADER);
	head[HEADER + 12] = 8;
	memcpy(head + HEADER + 14, ip, sizeof ip);
	head[HEADER + 46] = 0x50;
	head[HEADER + 47] = (char)0x99; /* CWR, ACK, PSH, FIN */
	uint32_t sum = pseudo_sum(head + HEADER, sizeof long_frame);
	head[HEADER + 50] = (char)(sum >> 8);
	head[HEADER + 51] = (char)sum;
	memcpy(long_frame, head + HEADER, TCP_HEAD);
	memcpy(long_frame + TCP_HEAD, memory + 5, sizeof long_frame - TCP_HEAD);
	struct unikernel_net_part parts[] = {{head, sizeof head},
					     {memory + 5, sizeof long_frame - TCP_HEAD}};
	assert(net_send_post(&tx, parts, 2, &posted[0]));
	posted[0].is_out = true;
	out = 1;
	net_send_turn(&tx);
	front_ring_push(&tx.ring);
	unsigned first = take_frame(frame);
	assert((first - TCP_HEAD) % 1448 == 0);
	check_piece(frame, first, long_frame, 0);
	unsigned second = take_frame(frame);
	assert(first + second == sizeof long_frame + TCP_HEAD);
	check_piece(frame, second, long_frame, first - TCP_HEAD);
	answer_well();
	answer_badly();
}

/* A page that the back end keeps after its answer may be of anything tomorrow. */
static void check_kept_page(void)
{
	struct unikernel_net_part part = {memory + PAGE - HEADER, HEADER + 2 * PAGE};
	memset(memory + PAGE - HEADER, 0, HEADER);
	assert(net_send_post(&tx, &part, 1, memory));
	net_send_turn(&tx);
	grants_stay = true;
	answer(ring->ring[0].req.id, NETIF_RSP_OKAY);
	front_ring_push(&tx.ring);
	ring->rsp_prod = answered;
	if (setjmp(aborted) == 0) {
		net_send_turn(&tx);
		assert(!"it went on");
	}
}

int main(int argc, char **argv)
{
	unsigned long left = inputs(argc, argv);
	ring = aligned_alloc(PAGE, PAGE);
	memory = aligned_alloc(PAGE, MEMORY);
	for (unsigned i = 0; i < MEMORY; i++)
		memory[i] = (char)any();
	for (unsigned i = 0; i < FRAMES; i++)
		for (unsigned n = 0; n < sizeof posted[i].head; n++)
			posted[i].head[n] = (char)any();
	net_send_init(&tx);
	connect();
	while (left > 0) {
		for (unsigned n = below(40); n; n--)
			post();
		collect();
		front_ring_push(&tx.ring);
		while (taken != ring->req_prod)
			read_frame();
		unsigned tried = one_in(3) ? answer_badly() : answer_well();
		left -= tried + 1 < left ? tried + 1 : left;
		check_grants();
	}
	assert(whole_pages > 0);
	disconnect(false);
	connect();
	collect();
	check_whole_pages();
	check_longest();
	check_kept_page();
	puts("done");
}
