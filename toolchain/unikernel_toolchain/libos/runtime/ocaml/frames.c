/* SPDX-License-Identifier: ISC */
/* The runtime's hash table of frame descriptors, filled in few branches: under emulation
 * each costs more than everything it decides. The runtime's own also serves modules
 * loaded later; a guest has none. Descriptors are the same bytes in every release
 * (<caml/stack.h>, from OCaml 5 on <caml/frame_descriptors.h>), under other names. */
#include "frames.h"
#include <unikernel.h>

#define DESCRIPTORS_MIN 2
#define HAS_DEBUG_INFO 1
#define HAS_ALLOCATION_LENGTHS 2
#define RETURNS_TO_C 0xffff /* no flags, though all bits are set */

#if OCAML_VERSION < 50000
#define frame_data frame_size
#endif

extern intnat *caml_frametable[];

/* What follows the live values is padded to words. */
static frame_descr *after(frame_descr *d)
{
	const unsigned char *end = (const unsigned char *)&d->live_ofs[d->num_live];
	unsigned flags = d->frame_data == RETURNS_TO_C ? 0 : d->frame_data;
	uintnat debug_infos = 1;

	if (flags & HAS_ALLOCATION_LENGTHS) {
		debug_infos = *end;
		end += 1 + debug_infos;
	}
	if (flags & HAS_DEBUG_INFO) {
		end = Align_to(end, uint32_t);
		end += debug_infos * sizeof(uint32_t);
	}
	return Align_to(end, void *);
}

static void insert(const struct frame_table *table, frame_descr *d)
{
	uintnat place = frame_place(table, d->retaddr);

	while (table->descriptors[place])
		place = (place + 1) & table->mask;
	table->descriptors[place] = d;
}

/* A power of two, at least twice the number of descriptors. */
static uintnat places(void)
{
	uintnat count = DESCRIPTORS_MIN;

	for (intnat **table = caml_frametable; *table; table++)
		count += (uintnat) * *table;
	return (uintnat)4 << (63 - __builtin_clzl(count));
}

struct frame_table unikernel_ocaml_frame_table(void)
{
	uintnat size = places();
	struct frame_table found = {
		.mask = size - 1,
		.descriptors = caml_stat_calloc_noexc(size, sizeof(frame_descr *)),
	};

	if (!found.descriptors)
		unikernel_abort("no memory for OCaml's frame descriptors");
	for (intnat **table = caml_frametable; *table; table++) {
		frame_descr *d = (frame_descr *)(*table + 1);
		for (intnat left = **table; left; left--) {
			insert(&found, d);
			d = after(d);
		}
	}
	return found;
}
