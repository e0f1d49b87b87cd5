/* SPDX-License-Identifier: ISC */
#include "shared_info.h"
#include "places.h"
#include "unikernel.h"

#include <memory.h>

static struct shared_info *page;

struct shared_info *shared_info(void)
{
	if (page)
		return page;
	if (!place_page(XENMAPSPACE_shared_info, 0, PLACE_SHARED_INFO))
		unikernel_abort("Xen gave no shared info page: no time, no events");
	page = (struct shared_info *)PLACE_SHARED_INFO;
	return page;
}

void shared_info_forget(void)
{
	page = 0;
}
