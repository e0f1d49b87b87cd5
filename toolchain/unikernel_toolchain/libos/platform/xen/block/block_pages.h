/* SPDX-License-Identifier: ISC */
/* block_pages.h: pages that a block device's requests are copied through. They are made
 * as they are needed, and stay granted: the back end keeps them mapped where it can
 * (feature-persistent), last used first (blkif.h, note 9). */
#ifndef BLOCK_PAGES_H
#define BLOCK_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/front/shared_page.h"

#define BLOCK_PAGES_MOST 640
#define BLOCK_PAGE_NONE 0xffffu

struct block_page {
	struct shared_page page;
	uint16_t next; /* in a list */
};

struct block_pages {
	struct block_page all[BLOCK_PAGES_MOST];
	unsigned limit, made;
	uint16_t free;
	unsigned free_count;
	uint16_t domain;
};

void block_pages_init(struct block_pages *p, unsigned limit);

/* A list of `count` pages that the domain reaches, BLOCK_PAGE_NONE when there are not so
 * many. */
uint16_t block_pages_take(struct block_pages *p, unsigned count);

/* Gives a list back. */
void block_pages_put(struct block_pages *p, uint16_t first);

/* They are for another domain from now on; those in use must be granted anew
 * (block_pages_grant). `elsewhere`: all grants are gone already. */
void block_pages_change(struct block_pages *p, uint16_t domain, bool elsewhere);

/* Grants a list; false when no grants are left. */
bool block_pages_grant(struct block_pages *p, uint16_t first);

#endif
