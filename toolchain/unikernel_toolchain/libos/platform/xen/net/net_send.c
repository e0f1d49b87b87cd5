/* SPDX-License-Identifier: ISC */
/* Frames that are posted, and the answers to them.
 *
 *   free ──post──▶ waiting ──turn: the ring has places──▶ under way ──answers──▶ done
 *    ▲                                                                          │
 *    └────────────────────────────────── take ─────────────────────────────────┘
 *
 * A frame may take up to 18 places, and the application was promised room for so many
 * frames: those wait here, first in, first out, when the ring is full. */
#include "net_send.h"
#include "net_slots.h"

#include <io/netif.h>

static void put(struct net_send *tx, struct net_frames *list, uint16_t frame)
{
	tx->frames[frame].next = NET_SEND_NONE;
	if (list->first == NET_SEND_NONE)
		list->first = frame;
	else
		tx->frames[list->last].next = frame;
	list->last = frame;
}

static uint16_t get(struct net_send *tx, struct net_frames *list)
{
	uint16_t frame = list->first;
	if (frame != NET_SEND_NONE)
		list->first = tx->frames[frame].next;
	return frame;
}

void net_send_init(struct net_send *tx)
{
	const struct net_frames none = {NET_SEND_NONE, NET_SEND_NONE};
	tx->waiting = tx->done = tx->free = none;
	tx->free_slot = NET_SEND_NONE;
	for (unsigned i = NET_SEND_SLOTS; i-- > 0;) {
		put(tx, &tx->free, (uint16_t)i);
		tx->slots[i].frame = NET_SEND_NONE;
		net_slot_free(tx, (uint16_t)i);
	}
}

void net_send_connect(struct net_send *tx, void *page, uint16_t domain, bool scatters)
{
	front_ring_init(&tx->ring, page, NET_SEND_SLOTS);
	tx->domain = domain;
	tx->scatters = scatters;
}

static void finish(struct net_send *tx, uint16_t frame)
{
	tx->frame_count--;
	put(tx, &tx->done, frame);
}

static void drop_waiting(struct net_send *tx)
{
	uint16_t frame;
	while ((frame = get(tx, &tx->waiting)) != NET_SEND_NONE)
		finish(tx, frame);
	tx->parts_out = tx->parts_in;
}

static void end_slot(struct net_send *tx, uint16_t id, bool elsewhere)
{
	struct net_slot *slot = &tx->slots[id];
	uint16_t frame = slot->frame;
	if (elsewhere)
		slot->whole = GRANT_NONE;
	net_slot_end(tx, id);
	if (--tx->frames[frame].slots == 0)
		finish(tx, frame);
}

void net_send_disconnect(struct net_send *tx, bool elsewhere)
{
	tx->ring.shared = NULL;
	tx->is_broken = false;
	for (unsigned i = 0; i < NET_SEND_SLOTS; i++) {
		if (tx->slots[i].frame != NET_SEND_NONE)
			end_slot(tx, (uint16_t)i, elsewhere);
		if (elsewhere)
			shared_page_forget(&tx->slots[i].copy);
	}
	drop_waiting(tx);
}

bool net_send_post(struct net_send *tx, const struct unikernel_net_part *parts,
		   unsigned count, void *token)
{
	if (NET_SEND_SLOTS - (tx->parts_in - tx->parts_out) < count ||
	    tx->free.first == NET_SEND_NONE)
		return false;
	uint16_t frame = get(tx, &tx->free);
	tx->frames[frame].token = token;
	tx->frames[frame].parts = (uint16_t)count;
	tx->frame_count++;
	for (unsigned i = 0; i < count; i++)
		tx->parts[tx->parts_in++ % NET_SEND_SLOTS] = parts[i];
	put(tx, &tx->waiting, frame);
	return true;
}

/* Extra infos are answered, too, and named by nobody (NETIF_RSP_NULL). Whatever else is
 * no request under way is wrong: answered twice, or never asked. */
static bool take_answer(struct net_send *tx)
{
	volatile struct netif_tx_response *response = front_ring_entry(
		&tx->ring, tx->ring.responses++, sizeof(union netif_tx_sring_entry));
	uint16_t id = response->id;
	if (response->status == NETIF_RSP_NULL)
		return true;
	if (id >= NET_SEND_SLOTS || tx->slots[id].frame == NET_SEND_NONE)
		return false;
	end_slot(tx, id, false);
	return true;
}

static void take_answers(struct net_send *tx)
{
	uint32_t waiting = front_ring_waiting(&tx->ring);
	if (waiting == FRONT_RING_BROKEN)
		tx->is_broken = true;
	for (; !tx->is_broken && waiting; waiting--)
		tx->is_broken = !take_answer(tx);
}

void net_send_turn(struct net_send *tx)
{
	if (!tx->ring.shared) {
		drop_waiting(tx);
		return;
	}
	if (!tx->is_broken)
		take_answers(tx);
	while (!tx->is_broken && net_send_is_full(tx)) {
		uint16_t frame = tx->waiting.first;
		if (!net_slots_fill(tx, frame))
			break;
		tx->parts_out += tx->frames[frame].parts;
		get(tx, &tx->waiting);
		if (!tx->frames[frame].slots) /* nobody could send that */
			finish(tx, frame);
	}
}

void *net_send_take(struct net_send *tx)
{
	uint16_t frame = get(tx, &tx->done);
	if (frame == NET_SEND_NONE)
		return NULL;
	void *token = tx->frames[frame].token;
	put(tx, &tx->free, frame);
	return token;
}
