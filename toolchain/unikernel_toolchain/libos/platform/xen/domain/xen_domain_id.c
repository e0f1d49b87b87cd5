/* SPDX-License-Identifier: ISC */
#include "xen_domain_id.h"
#include "xen/store/store_message.h"
#include "xen/xen_domain.h"
#include "xen/xenstore.h"

#include <xen.h>

#define DIGITS_SIZE 8

static uint16_t id = DOMID_SELF; /* not known */

uint16_t xen_domain_id(void)
{
	char digits[DIGITS_SIZE];
	size_t length;
	uint64_t number;
	if (id == DOMID_SELF &&
	    xenstore_read(XENSTORE_NO_TRANSACTION, "domid", digits, sizeof digits,
			  &length) == XENSTORE_OK &&
	    store_number(digits, length, DOMID_FIRST_RESERVED - 1, &number))
		id = (uint16_t)number;
	return id;
}

void xen_domain_id_forget(void)
{
	id = DOMID_SELF;
}
