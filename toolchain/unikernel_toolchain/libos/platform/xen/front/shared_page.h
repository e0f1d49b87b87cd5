/* SPDX-License-Identifier: ISC */
/* shared_page.h: pages that hold nothing but what a back end is meant to see, granted to
 * it for as long as the device is there.
 *
 * A grant is of a whole page. Buffers of the application share pages with whatever else
 * is in the heap, so they are copied to and from pages of this kind; and as those stay
 * granted, the back end need not map and unmap them anew either. */
#ifndef SHARED_PAGE_H
#define SHARED_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/grant_table.h"

#define SHARED_PAGE_SIZE 4096u

struct shared_page {
	void *bytes;
	grant_t grant; /* GRANT_NONE: of nobody's */
};

/* Gives `count` entries memory, cleared; not granted. False when memory is short. */
bool shared_pages_allocate(struct shared_page *pages, unsigned count);

/* Has domain `domain` reach the page, if it does not yet. False: no grant was left. */
bool shared_page_grant(struct shared_page *page, uint16_t domain, bool read_only);

/* Ends the grant. A page that the other side still has mapped is left to it for good, and
 * the entry has another one, if there is memory: `bytes` may be NULL then. */
void shared_page_end(struct shared_page *page);

/* All grants are gone: the guest goes on in another place. */
static inline void shared_page_forget(struct shared_page *page)
{
	page->grant = GRANT_NONE;
}

#endif
