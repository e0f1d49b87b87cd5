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
 * ends. So a block as large as the minor heap and a half, for pools that are not filled,
 * is kept back from large values; promotions may have it, and before the next large value
 * it is kept back anew. (Values of up to Max_young_wosize words are young.) */
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

static size_t reserve_bytes;
static void *reserve; /* NULL: in use, or none was kept yet */

void unikernel_ocaml_keep_reserve(size_t minor_bytes)
{
	reserve_bytes = minor_bytes + minor_bytes / 2;
	unikernel_free(reserve);
	reserve = unikernel_alloc(reserve_bytes);
}

static bool reserve_is_kept(void)
{
	if (!reserve)
		reserve = unikernel_alloc(reserve_bytes);
	return reserve;
}

static bool give_up_reserve(void)
{
	void *block = reserve;

	reserve = NULL;
	unikernel_free(block);
	return block;
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
	bool young = words <= Max_young_wosize;
	if (!young && !reserve_is_kept())
		return NULL;
	value *block = __real_caml_shared_try_alloc(heap, words, tag, reserved PINNED);
	if (!block && young && give_up_reserve())
		block = __real_caml_shared_try_alloc(heap, words, tag, reserved PINNED);
	return block;
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
	if (!reserve_only)
		return unikernel_alloc(size);
	uintnat minor_bytes = size / DOMAINS_RESERVED;
	void *minor_heap = unikernel_alloc(minor_bytes);
	if (minor_heap)
		unikernel_ocaml_keep_reserve(minor_bytes);
	return minor_heap;
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
	give_up_reserve();
	void *room = unikernel_alloc(Bsize_wsize(words));
	unikernel_free(room);
	if (!room)
		caml_raise_out_of_memory();
	__real_caml_update_minor_heap_max(words);
}
