/* SPDX-License-Identifier: ISC */
/* Where OCaml 5's heaps lie: in blocks of the guest's one heap.
 *
 * The runtime maps address space: all domains' minor heaps in one piece, of which each
 * domain commits its own part, and the major heap's pools of small blocks, one by one.
 * Here mapping is allocating, and committing finds what is there. Large blocks come from
 * malloc.
 *
 * A reserve keeps a caught Out_of_memory caught. Where memory ends, a large value cannot
 * be had, and Out_of_memory is raised. But small values are young: they are promoted to
 * pools later, when nothing can be raised any more, and a runtime that finds no pool then
 * ends. So large values leave as much free as a minor heap and a half, for pools that are
 * not filled; where the minor heap was made larger than is good for the guest, an eighth
 * of all memory. (Values of up to Max_young_wosize words are young.) */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/domain.h>
#include <caml/fail.h>
#include <caml/minor_gc.h>
#include <caml/platform.h>
#include <caml/shared_heap.h>
#include <caml/version.h>
#include "../ocaml.h"
#include "ocaml5.h"

#define RESERVE_SHARE 8

static bool leaves_reserve(size_t bytes)
{
	size_t minor = Bsize_wsize(caml_minor_heap_max_wsz);
	size_t share = unikernel_heap_size() / RESERVE_SHARE;
	size_t reserve = minor + minor / 2 < share ? minor + minor / 2 : share;
	size_t left = unikernel_heap_size() - unikernel_heap_used();

	return bytes < left && left - bytes >= reserve;
}

#if OCAML_VERSION >= 50200
#define PINNED_PARAMETER
#define PINNED
#else
#define PINNED_PARAMETER , int pinned /* not to be collected */
#define PINNED , pinned
#endif

value *__real_caml_shared_try_alloc(struct caml_heap_state *heap, mlsize_t words,
				    tag_t tag, reserved_t reserved PINNED_PARAMETER);
value *__wrap_caml_shared_try_alloc(struct caml_heap_state *heap, mlsize_t words,
				    tag_t tag, reserved_t reserved PINNED_PARAMETER);
SAME_TYPE(caml_shared_try_alloc);

value *__wrap_caml_shared_try_alloc(struct caml_heap_state *heap, mlsize_t words,
				    tag_t tag, reserved_t reserved PINNED_PARAMETER)
{
	if (words > Max_young_wosize && !leaves_reserve(Bhsize_wosize(words)))
		return NULL;
	return __real_caml_shared_try_alloc(heap, words, tag, reserved PINNED);
}

/* Before OCaml 5.3 minor heaps of 128 domains are reserved, whatever is asked for. One is
 * there; nobody looks at the places of the others, once what is young ends with it. */
#if OCAML_VERSION >= 50300
#define DOMAINS_RESERVED 1
#else
#define DOMAINS_RESERVED Max_domains
#endif

static void *map(uintnat size, int reserve_only)
{
	return unikernel_alloc(reserve_only ? size / DOMAINS_RESERVED : size);
}

#if OCAML_VERSION >= 50200
void *__wrap_caml_mem_map(uintnat size, int reserve_only);

void *__wrap_caml_mem_map(uintnat size, int reserve_only)
{
	return map(size, reserve_only);
}
#else
void *__wrap_caml_mem_map(uintnat size, uintnat alignment, int reserve_only);

/* Alignment to pages is for the system's sake. */
void *__wrap_caml_mem_map(uintnat size, uintnat alignment, int reserve_only)
{
	(void)alignment;
	return map(size, reserve_only);
}
#endif
SAME_TYPE(caml_mem_map);

void *__wrap_caml_mem_commit(void *place, uintnat size);
SAME_TYPE(caml_mem_commit);

/* The runtime commits a minor heap right behind it has noted where all of them are. */
void *__wrap_caml_mem_commit(void *place, uintnat size)
{
	(void)size;
	if (DOMAINS_RESERVED > 1)
		caml_minor_heaps_end =
			caml_minor_heaps_start + Bsize_wsize(caml_minor_heap_max_wsz);
	return place;
}

void __wrap_caml_mem_decommit(void *place, uintnat size);
SAME_TYPE(caml_mem_decommit);

void __wrap_caml_mem_decommit(void *place, uintnat size)
{
	(void)place, (void)size;
}

void __wrap_caml_mem_unmap(void *place, uintnat size);
SAME_TYPE(caml_mem_unmap);

void __wrap_caml_mem_unmap(void *place, uintnat size)
{
	(void)size;
	unikernel_free(place);
}

void __real_caml_update_minor_heap_max(uintnat words);
void __wrap_caml_update_minor_heap_max(uintnat words);
SAME_TYPE(caml_update_minor_heap_max);

/* The runtime gives up the old minor heap before it has a new one, and ends when there is
 * none. */
void __wrap_caml_update_minor_heap_max(uintnat words)
{
	void *room = unikernel_alloc(Bsize_wsize(words));
	unikernel_free(room);
	if (!room)
		caml_raise_out_of_memory();
	__real_caml_update_minor_heap_max(words);
}
