/* SPDX-License-Identifier: ISC */
/* Pages that hold the bytes of requests, in a list of free ones. They are made some at a
 * time, as a guest that reads little needs few, and are never given back: a granted page
 * costs nothing more, and to end a grant that a back end may still have mapped cannot be
 * relied on. */
#include "block_pages.h"

#define MADE_AT_ONCE 32

void block_pages_init(struct block_pages *p, unsigned limit)
{
	p->limit = limit;
	p->made = p->free_count = 0;
	p->free = BLOCK_PAGE_NONE;
}

static void put_one(struct block_pages *p, uint16_t page)
{
	p->all[page].next = p->free;
	p->free = page;
	p->free_count++;
}

static bool make_some(struct block_pages *p)
{
	struct shared_page pages[MADE_AT_ONCE];
	unsigned count = p->limit - p->made;
	if (count > MADE_AT_ONCE)
		count = MADE_AT_ONCE;
	if (!count || !shared_pages_allocate(pages, count))
		return false;
	for (unsigned i = 0; i < count; i++) {
		p->all[p->made].page = pages[i];
		put_one(p, (uint16_t)p->made++);
	}
	return true;
}

uint16_t block_pages_take(struct block_pages *p, unsigned count)
{
	uint16_t first = BLOCK_PAGE_NONE, *last = &first;
	while (p->free_count < count)
		if (!make_some(p))
			return BLOCK_PAGE_NONE;
	for (unsigned i = 0; i < count; i++) {
		*last = p->free;
		last = &p->all[p->free].next;
		p->free = *last;
	}
	*last = BLOCK_PAGE_NONE;
	p->free_count -= count;
	if (block_pages_grant(p, first))
		return first;
	block_pages_put(p, first);
	return BLOCK_PAGE_NONE;
}

void block_pages_put(struct block_pages *p, uint16_t first)
{
	while (first != BLOCK_PAGE_NONE) {
		uint16_t next = p->all[first].next;
		put_one(p, first);
		first = next;
	}
}

bool block_pages_grant(struct block_pages *p, uint16_t first)
{
	for (; first != BLOCK_PAGE_NONE; first = p->all[first].next)
		if (!shared_page_grant(&p->all[first].page, p->domain, false))
			return false;
	return true;
}

void block_pages_change(struct block_pages *p, uint16_t domain, bool elsewhere)
{
	bool same = domain == p->domain && !elsewhere;
	p->domain = domain;
	for (unsigned i = 0; i < p->made && !same; i++) {
		if (elsewhere)
			shared_page_forget(&p->all[i].page);
		else
			shared_page_end(&p->all[i].page);
	}
}
