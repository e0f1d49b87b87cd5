/* SPDX-License-Identifier: ISC */
/* What the rings of a Xen guest's front ends stand on, for programs of the host: grants
 * that are checked, memory whose ends are (-fsanitize=address), and a generator of
 * numbers that gives the same ones each time. */
#ifndef XEN_BACK_END_H
#define XEN_BACK_END_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unikernel.h"
#include "xen/grant_table.h"

#define PAGE 4096u
#define GRANTS 8192
#define FIRST_GRANT 8

struct fake_grant {
	char *page; /* NULL: none */
	bool read_only;
};

static struct fake_grant grants[GRANTS];
static unsigned grants_in_use, next_grant;
static bool grants_stay; /* as if the back end had them mapped */

grant_t grant_access(uint16_t domain, const void *bytes, bool read_only)
{
	(void)domain;
	for (unsigned i = 0; i < GRANTS; i++) {
		unsigned at = FIRST_GRANT + next_grant++ % (GRANTS - FIRST_GRANT);
		if (grants[at].page)
			continue;
		grants[at] = (struct fake_grant){
			(char *)((uintptr_t)bytes & -(uintptr_t)PAGE), read_only};
		grants_in_use++;
		return at;
	}
	return GRANT_NONE;
}

bool grant_end(grant_t reference)
{
	if (reference == GRANT_NONE)
		return true;
	assert(reference < GRANTS && grants[reference].page);
	if (grants_stay)
		return false;
	grants[reference].page = NULL;
	grants_in_use--;
	return true;
}

void grant_abandon(grant_t reference)
{
	assert(reference < GRANTS && grants[reference].page);
}

void *unikernel_alloc_aligned(size_t alignment, size_t size)
{
	return aligned_alloc(alignment, size);
}

/* xorshift64* (Vigna, 2016) */
static uint64_t seed = 88172645463325252u;

static uint32_t any(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 2685821657736338717u) >> 32);
}

static uint32_t below(uint32_t limit)
{
	return any() % limit;
}

static bool one_in(uint32_t count)
{
	return below(count) == 0;
}

/* Where a granted page is that the back end reads, or writes to. */
static char *granted(grant_t reference, bool writes)
{
	assert(reference < GRANTS && grants[reference].page);
	assert(!writes || !grants[reference].read_only);
	return grants[reference].page;
}

/* How many answers of a back end to try: the first argument, or a few. */
static unsigned long inputs(int argc, char **argv)
{
	return argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
}

#endif
