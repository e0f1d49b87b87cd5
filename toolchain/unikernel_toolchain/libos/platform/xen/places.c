/* SPDX-License-Identifier: ISC */
#include "places.h"
#include "common/memory/region.h"
#include "hypercall.h"
#include "x86_64/machine/paging.h"

#include <memory.h>

#define RINGS_START 0xfeff8000u
#define RINGS_END 0xff000000u

#define GIB_SHIFT 30
#define LARGE_PAGE_SHIFT 21
#define LARGE ((uint64_t)1 << 7)
#define ENTRIES 512

extern const char hypercall_page[];
extern uint64_t boot_pdpt[];

void *place_of_ring(uint64_t frame)
{
	const struct region rings = {RINGS_START, RINGS_END};
	uintptr_t address = frame * PAGE_SIZE;
	return frame < RINGS_END / PAGE_SIZE && region_holds(&rings, address)
		       ? (void *)address
		       : 0;
}

/* The boot code maps the first GiB only. What was empty is cached nowhere. */
void places_map_early(void)
{
	static uint64_t directory[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
	uintptr_t page = RINGS_START >> LARGE_PAGE_SHIFT;
	directory[page % ENTRIES] = page << LARGE_PAGE_SHIFT | PAGING_DATA | LARGE;
	boot_pdpt[RINGS_START >> GIB_SHIFT] =
		(uintptr_t)directory | PAGING_PRESENT | PAGING_WRITABLE;
}

void paging_map_fixed(void)
{
	paging_map((uintptr_t)hypercall_page, (uintptr_t)hypercall_page + PAGE_SIZE,
		   PAGING_CODE);
	paging_map(PLACE_GRANTS, PLACES_END, PAGING_DATA); /* one large page */
	paging_map(RINGS_START, RINGS_END, PAGING_DATA);
}

bool place_page(unsigned space, uint64_t index, uintptr_t address)
{
	struct xen_add_to_physmap page = {
		.domid = DOMID_SELF,
		.space = space,
		.idx = index,
		.gpfn = address / PAGE_SIZE,
	};
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap,
			  (uintptr_t)&page) == 0;
}
