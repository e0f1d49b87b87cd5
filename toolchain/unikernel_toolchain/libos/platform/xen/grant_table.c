/* SPDX-License-Identifier: ISC */
/* The table's pages are Xen's; the guest has them mapped one behind the other. An entry
 * that grants nothing is not looked at by Xen: it holds the number of the next free one.
 *
 * An entry in use by the other side says so in its flags, which Xen sets at any time: it
 * is ended by an atomic exchange of flags that do not say so.
 */
#include "grant_table.h"
#include "common/memory/region.h"
#include "grants.h"
#include "hypercall.h"
#include "places.h"

#include <grant_table.h>
#include <memory.h>

#define PAGE_GRANTS (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GRANTS_RESERVED 8u /* GNTTAB_NR_RESERVED_ENTRIES */
#define IN_USE (GTF_reading | GTF_writing)
#define ABANDONED_MAX 64

static struct grant_entry_v1 *const table = (struct grant_entry_v1 *)PLACE_GRANTS;
static uint32_t pages;	   /* of the table, mapped */
static grant_t first_free; /* GRANT_NONE: none in the mapped pages */
static grant_t abandoned[ABANDONED_MAX];
static unsigned abandoned_count;

static uint32_t pages_max(void)
{
	static uint32_t most;
	struct gnttab_query_size query = {.dom = DOMID_SELF};
	if (most)
		return most;
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_query_size, (uintptr_t)&query,
		   1);
	most = query.status == GNTST_okay ? query.max_nr_frames : 1;
	most = most < PLACE_GRANTS_PAGES ? most : PLACE_GRANTS_PAGES;
	return most;
}

uint32_t grants_max(void)
{
	return pages_max() * (uint32_t)PAGE_GRANTS - GRANTS_RESERVED;
}

static void give_back(grant_t reference)
{
	table[reference].frame = first_free;
	first_free = reference;
}

/* One page more; false when Xen gives none. */
static bool grow(void)
{
	if (pages == pages_max() ||
	    !place_page(XENMAPSPACE_grant_table, pages, PLACE_GRANTS + pages * PAGE_SIZE))
		return false;
	uint32_t start = pages++ * (uint32_t)PAGE_GRANTS;
	uint32_t first = start ? start : GRANTS_RESERVED;
	for (uint32_t i = start + (uint32_t)PAGE_GRANTS; i > first; i--)
		give_back(i - 1);
	return true;
}

static bool end(grant_t reference)
{
	uint16_t *flags = &table[reference].flags;
	uint16_t seen = __atomic_load_n(flags, __ATOMIC_ACQUIRE);
	do {
		if (seen & IN_USE)
			return false;
	} while (!__atomic_compare_exchange_n(flags, &seen, 0, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_ACQUIRE));
	give_back(reference);
	return true;
}

static void end_abandoned(void)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < abandoned_count; i++)
		if (!end(abandoned[i]))
			abandoned[kept++] = abandoned[i];
	abandoned_count = kept;
}

static grant_t take_free(void)
{
	if (!first_free && !grow())
		end_abandoned();
	grant_t reference = first_free;
	if (reference)
		first_free = table[reference].frame;
	return reference;
}

grant_t grant_access(uint16_t domain, const void *bytes, bool read_only)
{
	grant_t reference = take_free();
	if (!reference)
		return GRANT_NONE;
	table[reference].frame = (uint32_t)((uintptr_t)bytes / PAGE_SIZE);
	table[reference].domid = domain;
	__atomic_store_n(&table[reference].flags,
			 (uint16_t)(GTF_permit_access | (read_only ? GTF_readonly : 0)),
			 __ATOMIC_SEQ_CST);
	return reference;
}

bool grant_is_mapped(grant_t reference)
{
	return __atomic_load_n(&table[reference].flags, __ATOMIC_ACQUIRE) & IN_USE;
}

bool grant_end(grant_t reference)
{
	return reference == GRANT_NONE || end(reference);
}

/* More than there is room to remember stay out of use. */
void grant_abandon(grant_t reference)
{
	if (abandoned_count < ABANDONED_MAX)
		abandoned[abandoned_count++] = reference;
}

void grants_forget(void)
{
	pages = 0;
	first_free = GRANT_NONE;
	abandoned_count = 0;
}
