/* SPDX-License-Identifier: ISC */
/* places.h: what is mapped besides RAM and image.
 *
 * Rings of console and xenstore lie in pages that the toolstack chose, eight below 4 GiB
 * (xen: tools/include/xenguest.h, X86_HVM_END_SPECIAL_REGION). Pages that the guest asks
 * Xen for lie where a PVH domain has nothing: its RAM ends below the ACPI tables at
 * 0xfc000000, and from 0xfec00000 on PCs have interrupt controllers. Linux puts Xen's
 * shared page at the same place.
 */
#ifndef PLACES_H
#define PLACES_H

#include <stdbool.h>
#include <stdint.h>

#define PLACE_GRANTS 0xfe600000u /* at most PLACE_GRANTS_PAGES */
#define PLACE_GRANTS_PAGES 256u
#define PLACE_SHARED_INFO 0xfe700000u /* one page */
#define PLACES_END 0xfe800000u

/* The page of a ring, from its number as the toolstack tells it; NULL when it is none of
 * the eight. */
void *place_of_ring(uint64_t frame);

/* Maps them in the boot code's tables, too. */
void places_map_early(void);

/* Has Xen put a page of `space` (XENMAPSPACE_*) at `address`; false when it refuses. */
bool place_page(unsigned space, uint64_t index, uintptr_t address);

#endif
