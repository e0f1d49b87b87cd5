/* SPDX-License-Identifier: ISC */
/* A frame as requests in the ring, each of a piece of one page.
 *
 * A grant lets the back end read a whole page. So pages that the frame fills are granted
 * as they are, and what lies in others, next to who knows what, is copied to pages that
 * hold nothing else. A frame in so many parts that it would take too many requests is
 * copied as a whole: 16 pages hold the largest. */
#include "net_slots.h"
#include "common/memory_functions.h"
#include "net_split.h"

#include <io/netif.h>

#define HEADER_BYTES sizeof(struct unikernel_net_header)
#define COPIES_AT_ONCE 16 /* pages made together */

/* Where the next bytes of the frame are taken from. */
struct source {
	uint32_t part, parts_end; /* free-running positions */
	const char *bytes;
	size_t left; /* of this part, or of the head */
	size_t skip; /* of the parts behind it */
	size_t most; /* of those, that belong to the frame */
};

/* What was laid out so far. */
struct layout {
	uint16_t ids[NET_FRAME_SLOTS];
	uint16_t sizes[NET_FRAME_SLOTS];
	unsigned count;
	bool is_copy; /* the last may take more */
};

void net_slot_free(struct net_send *tx, uint16_t id)
{
	tx->slots[id].next = tx->free_slot;
	tx->free_slot = id;
	tx->free_slots++;
}

void net_slot_end(struct net_send *tx, uint16_t id)
{
	struct net_slot *slot = &tx->slots[id];
	if (!grant_end(slot->whole))
		unikernel_abort("a network back end still reads memory of a frame that "
				"it has said is sent");
	slot->whole = GRANT_NONE;
	slot->frame = NET_SEND_NONE;
	net_slot_free(tx, id);
}

static bool next_part(const struct net_send *tx, struct source *from)
{
	while (from->left == 0) {
		if (from->part == from->parts_end || from->most == 0)
			return false;
		const struct unikernel_net_part *part =
			&tx->parts[from->part++ % NET_SEND_SLOTS];
		size_t skip = part->length < from->skip ? part->length : from->skip;
		size_t left = part->length - skip;
		from->skip -= skip;
		from->bytes = (const char *)part->bytes + skip;
		from->left = left < from->most ? left : from->most;
		from->most -= from->left;
	}
	return true;
}

/* A piece of `frame`. The header before the frame is told otherwise. */
static struct source source_of(const struct net_send *tx, uint16_t frame,
			       const struct net_piece *piece)
{
	return (struct source){
		.part = tx->parts_out,
		.parts_end = tx->parts_out + tx->frames[frame].parts,
		.bytes = (const char *)piece->head,
		.left = piece->head_size,
		.skip = HEADER_BYTES + piece->from,
		.most = piece->size,
	};
}

/* Gives pages to the slots that have the least numbers without: slots are used last in,
 * first out, so that few ever have one. */
bool net_slots_allocate(struct net_send *tx, unsigned count)
{
	struct shared_page pages[NET_FRAME_SLOTS];
	if (!shared_pages_allocate(pages, count))
		return false;
	for (unsigned i = 0, given = 0; i < NET_SEND_SLOTS && given < count; i++)
		if (!tx->slots[i].copy.bytes)
			tx->slots[i].copy = pages[given++];
	return true;
}

static bool has_copy(struct net_send *tx, uint16_t id)
{
	while (!tx->slots[id].copy.bytes)
		if (!net_slots_allocate(tx, COPIES_AT_ONCE))
			return false;
	return shared_page_grant(&tx->slots[id].copy, tx->domain, true);
}

static bool add_slot(struct net_send *tx, struct layout *to)
{
	if (to->count == NET_FRAME_SLOTS || tx->free_slot == NET_SEND_NONE)
		return false;
	uint16_t id = tx->free_slot;
	tx->free_slot = tx->slots[id].next;
	tx->free_slots--;
	to->ids[to->count] = id;
	to->sizes[to->count++] = 0;
	return true;
}

static bool is_whole_page(const struct source *from)
{
	return ((uintptr_t)from->bytes & (SHARED_PAGE_SIZE - 1)) == 0 &&
	       from->left >= SHARED_PAGE_SIZE;
}

/* Grants the page that is next in the frame. */
static bool add_whole(struct net_send *tx, struct layout *to, struct source *from)
{
	grant_t grant = grant_access(tx->domain, from->bytes, true);
	if (grant == GRANT_NONE)
		return false;
	if (!add_slot(tx, to)) {
		grant_end(grant);
		return false;
	}
	tx->slots[to->ids[to->count - 1]].whole = grant;
	to->sizes[to->count - 1] = SHARED_PAGE_SIZE;
	to->is_copy = false;
	from->bytes += SHARED_PAGE_SIZE;
	from->left -= SHARED_PAGE_SIZE;
	return true;
}

/* Copies what is next in the frame, as far as the page goes, and with `whole` no further
 * than to where a page of the application's begins. */
static bool add_copy(struct net_send *tx, struct layout *to, struct source *from,
		     bool whole)
{
	if (!to->is_copy || to->sizes[to->count - 1] == SHARED_PAGE_SIZE) {
		if (!add_slot(tx, to))
			return false;
		to->is_copy = true;
	}
	uint16_t id = to->ids[to->count - 1];
	uint16_t *size = &to->sizes[to->count - 1];
	size_t most = SHARED_PAGE_SIZE - *size;
	size_t to_page = -(uintptr_t)from->bytes & (SHARED_PAGE_SIZE - 1);
	if (whole && to_page && to_page < most)
		most = to_page;
	if (most > from->left)
		most = from->left;
	if (!has_copy(tx, id))
		return false;
	memcpy((char *)tx->slots[id].copy.bytes + *size, from->bytes, most);
	*size = (uint16_t)(*size + most);
	from->bytes += most;
	from->left -= most;
	return true;
}

static void undo(struct net_send *tx, struct layout *layout)
{
	while (layout->count) {
		uint16_t id = layout->ids[--layout->count];
		grant_end(tx->slots[id].whole);
		tx->slots[id].whole = GRANT_NONE;
		net_slot_free(tx, id);
	}
}

/* `whole`: pages that the frame fills are granted, not copied. */
static bool lay_out(struct net_send *tx, uint16_t frame, const struct net_piece *piece,
		    struct layout *to, bool whole)
{
	struct source from = source_of(tx, frame, piece);
	*to = (struct layout){0};
	while (next_part(tx, &from)) {
		bool done = whole && is_whole_page(&from)
				    ? add_whole(tx, to, &from)
				    : add_copy(tx, to, &from, whole);
		if (!done) {
			undo(tx, to);
			return false;
		}
	}
	return true;
}

/* The header of the frame whose parts are the first that wait: it is in one part, at any
 * address. */
static struct unikernel_net_header header_of(const struct net_send *tx)
{
	struct unikernel_net_header header;
	memcpy(&header, tx->parts[tx->parts_out % NET_SEND_SLOTS].bytes, HEADER_BYTES);
	return header;
}

static volatile void *next_entry(struct net_send *tx)
{
	return front_ring_entry(&tx->ring, tx->ring.requests++,
				sizeof(union netif_tx_sring_entry));
}

static void put_request(struct net_send *tx, const struct layout *layout, unsigned i,
			uint16_t flags, uint16_t size)
{
	const struct net_slot *slot = &tx->slots[layout->ids[i]];
	volatile struct netif_tx_request *request = next_entry(tx);
	request->gref = slot->whole != GRANT_NONE ? slot->whole : slot->copy.grant;
	request->offset = 0;
	request->flags = flags;
	request->id = layout->ids[i];
	request->size = size;
}

static void put_segmentation(struct net_send *tx,
			     const struct unikernel_net_header *header)
{
	volatile struct netif_extra_info *extra = next_entry(tx);
	extra->type = XEN_NETIF_EXTRA_TYPE_GSO;
	extra->flags = 0;
	extra->u.gso.size = header->segment_size;
	extra->u.gso.type = header->segmentation == UNIKERNEL_NET_TCP4
				    ? XEN_NETIF_GSO_TYPE_TCPV4
				    : XEN_NETIF_GSO_TYPE_TCPV6;
	extra->u.gso.pad = 0;
	extra->u.gso.features = 0;
}

/* The first request tells the size of all (netif.h, NOTE on "Guest transmit"). */
static void put_frame(struct net_send *tx, uint16_t frame,
		      const struct unikernel_net_header *header,
		      const struct layout *layout)
{
	uint16_t flags = 0, total = 0;
	if (header->flags & UNIKERNEL_NET_PARTIAL_CHECKSUM)
		flags = NETTXF_csum_blank | NETTXF_data_validated;
	if (header->segmentation != UNIKERNEL_NET_WHOLE)
		flags |= NETTXF_extra_info;
	for (unsigned i = 0; i < layout->count; i++)
		total = (uint16_t)(total + layout->sizes[i]);
	for (unsigned i = 0; i < layout->count; i++) {
		uint16_t more = i + 1 < layout->count ? NETTXF_more_data : 0;
		tx->slots[layout->ids[i]].frame = frame;
		put_request(tx, layout, i, (uint16_t)(more | (i ? 0 : flags)),
			    i ? layout->sizes[i] : total);
		if (i == 0 && flags & NETTXF_extra_info)
			put_segmentation(tx, header);
	}
	tx->frames[frame].slots = (uint16_t)(tx->frames[frame].slots + layout->count);
}

static size_t size_of(const struct net_send *tx, uint16_t frame)
{
	size_t size = 0;
	for (unsigned i = 0; i < tx->frames[frame].parts; i++)
		size += tx->parts[(tx->parts_out + i) % NET_SEND_SLOTS].length;
	return size - HEADER_BYTES;
}

/* The frame's first bytes, from however many parts. */
static void copy_head(const struct net_send *tx, uint16_t frame, uint8_t *head,
		      size_t size)
{
	const struct net_piece first = {.size = size};
	struct source from = source_of(tx, frame, &first);
	for (; next_part(tx, &from); head += from.left, from.left = 0)
		memcpy(head, from.bytes, from.left);
}

/* One piece, as a rule; none of a frame that is too long and cannot be cut. */
static unsigned cut(const struct net_send *tx, uint16_t frame, struct net_piece pieces[2])
{
	uint8_t head[NET_HEAD_MOST];
	size_t size = size_of(tx, frame);
	struct unikernel_net_header header = header_of(tx);
	if (size <= NET_FRAME_MOST) {
		pieces[0].header = header;
		pieces[0].head_size = pieces[0].from = 0;
		pieces[0].size = size;
		return 1;
	}
	if (header.header_length > NET_HEAD_MOST)
		return 0;
	copy_head(tx, frame, head, header.header_length);
	return net_split(&header, head, size, pieces) ? 2 : 0;
}

bool net_slots_fill(struct net_send *tx, uint16_t frame)
{
	struct net_piece pieces[2];
	struct layout layouts[2];
	if (front_ring_free(&tx->ring) < 2 * (NET_FRAME_SLOTS + 1) ||
	    tx->free_slots < 2 * NET_FRAME_SLOTS)
		return false;
	tx->frames[frame].slots = 0;
	unsigned count = cut(tx, frame, pieces);
	for (unsigned i = 0; i < count; i++) {
		bool whole =
			tx->scatters && lay_out(tx, frame, &pieces[i], &layouts[i], true);
		if (whole || lay_out(tx, frame, &pieces[i], &layouts[i], false))
			continue;
		if (i > 0)
			undo(tx, &layouts[0]);
		return front_ring_out(&tx->ring) == 0; /* no answer will make room */
	}
	for (unsigned i = 0; i < count; i++)
		put_frame(tx, frame, &pieces[i].header, &layouts[i]);
	return true;
}
