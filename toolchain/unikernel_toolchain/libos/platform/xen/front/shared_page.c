/* SPDX-License-Identifier: ISC */
#include "shared_page.h"
#include "common/memory_functions.h"
#include "unikernel.h"

bool shared_pages_allocate(struct shared_page *pages, unsigned count)
{
	char *bytes = unikernel_alloc_aligned(SHARED_PAGE_SIZE,
					      (size_t)count * SHARED_PAGE_SIZE);
	if (!bytes)
		return false;
	memset(bytes, 0, (size_t)count * SHARED_PAGE_SIZE);
	for (unsigned i = 0; i < count; i++)
		pages[i] = (struct shared_page){bytes + (size_t)i * SHARED_PAGE_SIZE,
						GRANT_NONE};
	return true;
}

bool shared_page_grant(struct shared_page *page, uint16_t domain, bool read_only)
{
	if (page->grant == GRANT_NONE && page->bytes)
		page->grant = grant_access(domain, page->bytes, read_only);
	return page->grant != GRANT_NONE;
}

void shared_page_end(struct shared_page *page)
{
	if (!grant_end(page->grant)) {
		grant_abandon(page->grant);
		page->bytes = NULL;
		shared_pages_allocate(page, 1);
	}
	page->grant = GRANT_NONE;
}
