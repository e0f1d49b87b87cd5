/* SPDX-License-Identifier: ISC */
/* grant_table.h: pages that other domains may reach (xen/include/public/grant_table.h,
 * version 1).
 *
 * The table is made at the first grant and grows by pages of 512 grants, as far as Xen
 * lets it. After a resume in another place it is empty, and all references are gone
 * (xen_domain.h).
 */
#ifndef GRANT_TABLE_H
#define GRANT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t
	grant_t;      /* grant_ref_t of the protocols: what the other domain is told */
#define GRANT_NONE 0u /* no reference is ever that: the first eight are Xen's own */

/* How many grants there may be at most, on this Xen; those in use count. Asks Xen once.
 */
uint32_t grants_max(void);

/* Lets domain `domain` map or copy the page that `bytes` is in, of any part of the
 * guest's RAM, and with `read_only` not write to it. GRANT_NONE: none is left. */
grant_t grant_access(uint16_t domain, const void *bytes, bool read_only);

/* Whether the other domain has the page mapped, or copies from or to it, now. */
bool grant_is_mapped(grant_t reference);

/* Ends a grant. False while the other domain has the page mapped: then the page must not
 * be used for anything else, the grant stays as it is, and grant_end may be called again.
 * The reference is given out again only after true. GRANT_NONE is allowed: true. */
bool grant_end(grant_t reference);

/* For who gives up on a grant that grant_end leaves: neither the reference nor the page
 * is ever used again (the page is the caller's to keep). Later grants are tried again to
 * be ended, so that references do not run out. */
void grant_abandon(grant_t reference);

#endif
