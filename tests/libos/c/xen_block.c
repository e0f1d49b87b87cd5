/* SPDX-License-Identifier: ISC */
/* A block back end with a disk of its own, which does what it is asked, each request
 * checked for what the protocol allows; and which then answers what it likes: in any
 * order, twice, what was never asked, errors, and producers that jump. It goes, and comes
 * again, and the guest is moved. Bytes arrive as they were written, each token comes back
 * once, and nothing but the buffers is written to. Usage: xen_block [ANSWERS] */
#include "xen_back_end.h"
#include "xen/block/block_ring.h"

#include <io/blkif.h>

#define UNIT 512u
#define UNITS 4096u
#define ORDER 1
#define SLOTS (BLOCK_SLOTS_IN_PAGE << ORDER)
#define POOL 200
#define SEGMENTS 64

struct posted {
	bool is_out;
	struct block_request request;
	struct unikernel_block_part parts[BLOCK_REQUEST_PARTS];
	char *bytes[BLOCK_REQUEST_PARTS];
};

static struct block_ring b;
static struct blkif_sring *ring;
static char disk[UNITS * UNIT];
static struct posted posted[SLOTS + 8]; /* a token is one of these */
static unsigned out;
static struct blkif_request under_way[SLOTS];
static unsigned under_way_count;
static uint32_t taken, answered;
static bool is_honest = true; /* so far on this ring */

static void connect(void)
{
	const struct block_features features = {
		.segments = SEGMENTS, .flush = true, .discard = true};
	memset(ring, 0, PAGE << ORDER);
	taken = answered = under_way_count = 0;
	is_honest = true;
	block_ring_connect(&b, ring, 0, &features);
}

/* Parts that add up, each in memory of exactly its size. */
static void make_parts(struct posted *p, unsigned bytes)
{
	unsigned count = 1 + below(6), left = bytes;
	p->request.parts = p->parts;
	for (p->request.count = 0; left; p->request.count++) {
		unsigned n = p->request.count;
		unsigned length = n + 1 >= count ? left : 1 + below(left);
		p->bytes[n] = malloc(length);
		p->parts[n] = (struct unikernel_block_part){p->bytes[n], length};
		for (unsigned i = 0; i < length; i += 1 + below(64))
			p->bytes[n][i] = (char)any();
		left -= length;
	}
}

static void free_parts(struct posted *p)
{
	for (unsigned i = 0; i < p->request.count; i++)
		free(p->bytes[i]);
}

static bool overlaps(uint64_t sector, uint64_t sectors)
{
	for (unsigned i = 0; i < SLOTS + 8; i++) {
		const struct block_request *r = &posted[i].request;
		if (posted[i].is_out && sector < r->sector + r->sectors &&
		    r->sector < sector + sectors)
			return true;
	}
	return false;
}

static void post(void)
{
	struct posted *p = &posted[below(SLOTS + 8)];
	unsigned most = one_in(4) ? SEGMENTS * PAGE / UNIT : 16;
	uint64_t sectors = 1 + below(most), sector = below(UNITS - (unsigned)sectors);
	if (p->is_out || overlaps(sector, sectors))
		return;
	p->request = (struct block_request){
		.operation = (enum block_operation)below(4),
		.sector = sector,
		.sectors = sectors,
		.token = p,
	};
	if (p->request.operation == BLOCK_FLUSH)
		p->request.sector = p->request.sectors = 0;
	if (p->request.operation <= BLOCK_WRITE)
		make_parts(p, (unsigned)sectors * UNIT);
	p->is_out = block_ring_post(&b, &p->request) == UNIKERNEL_OK;
	out += p->is_out;
	if (!p->is_out)
		free_parts(p);
}

static bool is_on_disk(const struct posted *p)
{
	const char *at = disk + p->request.sector * UNIT;
	for (unsigned i = 0; i < p->request.count; i++) {
		if (memcmp(at, p->bytes[i], p->parts[i].length))
			return false;
		at += p->parts[i].length;
	}
	return true;
}

/* What an honest back end has done is so. */
static void collect(bool may_fail)
{
	struct posted *p;
	unikernel_result_t result;
	while ((p = block_ring_take(&b, &result))) {
		assert(p >= posted && p < posted + SLOTS + 8 && p->is_out);
		p->is_out = false;
		out--;
		assert(may_fail || result == UNIKERNEL_OK);
		if (result == UNIKERNEL_OK && is_honest &&
		    p->request.operation <= BLOCK_WRITE)
			assert(is_on_disk(p));
		free_parts(p);
	}
}

static void transfer(uint8_t code, uint64_t sector, unsigned count,
		     const struct blkif_request_segment *segments)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned units = segments[i].last_sect - segments[i].first_sect + 1u;
		char *page = granted(segments[i].gref, true);
		assert(segments[i].first_sect <= segments[i].last_sect);
		assert(segments[i].last_sect < PAGE / UNIT && sector + units <= UNITS);
		char *at = page + segments[i].first_sect * UNIT;
		char *place = disk + sector * UNIT;
		if (code == BLKIF_OP_WRITE)
			memcpy(place, at, units * UNIT);
		else
			memcpy(at, place, units * UNIT);
		sector += units;
	}
}

static void serve(const struct blkif_request *r)
{
	struct blkif_request_indirect indirect;
	memcpy(&indirect, r, sizeof indirect);
	switch (r->operation) {
	case BLKIF_OP_INDIRECT:
		assert(indirect.nr_segments <= SEGMENTS);
		transfer(indirect.indirect_op, indirect.sector_number,
			 indirect.nr_segments,
			 (void *)granted(indirect.indirect_grefs[0], false));
		break;
	case BLKIF_OP_READ:
	case BLKIF_OP_WRITE:
		assert(r->nr_segments > 0 && r->nr_segments <= BLOCK_SEGMENTS_DIRECT);
		transfer(r->operation, r->sector_number, r->nr_segments, r->seg);
		break;
	case BLKIF_OP_DISCARD:
		break;
	default:
		assert(r->operation == BLKIF_OP_FLUSH_DISKCACHE && !r->nr_segments);
	}
}

static void read_requests(void)
{
	for (front_ring_push(&b.ring); taken != ring->req_prod; taken++) {
		assert(under_way_count < SLOTS);
		under_way[under_way_count++] = ring->ring[taken % SLOTS].req;
	}
}

static void answer(uint64_t id, int16_t status)
{
	ring->ring[answered++ % SLOTS].rsp = (struct blkif_response){id, 0, status};
}

static unsigned answer_well(void)
{
	unsigned left = below(under_way_count + 1), count = 0;
	for (; under_way_count > left; count++) {
		unsigned n = below(under_way_count);
		serve(&under_way[n]);
		answer(under_way[n].id, BLKIF_RSP_OKAY);
		under_way[n] = under_way[--under_way_count];
	}
	ring->rsp_prod = answered;
	collect(false);
	assert(!b.is_broken);
	return count;
}

/* Moved, the guest asks again what it was not answered. */
static void go_away(bool elsewhere)
{
	unsigned before = out;
	block_ring_disconnect(&b, elsewhere);
	if (elsewhere) {
		memset(grants, 0, sizeof grants);
		grants_in_use = 0;
		block_pages_change(&b.pages, 0, true);
	}
	collect(true);
	assert(elsewhere ? out <= before : out == 0);
	post();
	if (!elsewhere)
		collect(true);
	connect();
}

static unsigned answer_badly(void)
{
	unsigned count = below(10);
	is_honest = false;
	for (unsigned i = 0; i < count; i++)
		answer(one_in(3) ? any() : below(SLOTS), (int16_t)(0 - below(3)));
	ring->rsp_prod = one_in(10) ? any() : answered;
	collect(true);
	go_away(false);
	return count;
}

static void check_idle(void)
{
	if (out)
		return;
	assert(b.pages.free_count == b.pages.made && b.pages.made <= POOL);
	for (unsigned i = 0; i < b.slot_count; i++)
		assert(b.slots[i].state == BLOCK_SLOT_FREE);
}

int main(int argc, char **argv)
{
	unsigned long left = inputs(argc, argv);
	ring = aligned_alloc(PAGE, PAGE << ORDER);
	block_ring_init(&b, SLOTS, POOL);
	connect();
	while (left > 0) {
		for (unsigned n = below(30); n; n--)
			post();
		read_requests();
		unsigned tried = answer_well();
		if (one_in(3))
			tried += answer_badly();
		else if (one_in(5))
			go_away(one_in(2));
		left -= tried + 1 < left ? tried + 1 : left;
		check_idle();
	}
	go_away(false);
	assert(b.pages.made == POOL); /* it has run short of them */
	puts("done");
}
