/* SPDX-License-Identifier: ISC */
/* The runtime's hash table of frame descriptors, filled in few branches: under emulation
 * each costs more than everything it decides. Linked in place of the runtime's own
 * (--wrap), which also serves modules loaded later; a guest has none. */
#define CAML_INTERNALS
#include <caml/memory.h>
#include <caml/stack.h>
#include <unikernel.h>

#define DESCRIPTORS_MIN 2
#define HAS_DEBUG_INFO 1
#define HAS_ALLOCATION_LENGTHS 2

void __wrap_caml_init_frame_descriptors(void);

/* The layout is that of <caml/stack.h>, padded to words. */
static frame_descr *after(frame_descr *d)
{
	const unsigned char *end = (const unsigned char *)&d->live_ofs[d->num_live];
	uintnat debug_infos = 1;

	if (d->frame_size & HAS_ALLOCATION_LENGTHS) {
		debug_infos = *end;
		end += 1 + debug_infos;
	}
	if (d->frame_size & HAS_DEBUG_INFO) {
		end = Align_to(end, uint32_t);
		end += debug_infos * sizeof(uint32_t);
	}
	return Align_to(end, void *);
}

static void insert(frame_descr *d)
{
	uintnat place = Hash_retaddr(d->retaddr);

	while (caml_frame_descriptors[place])
		place = (place + 1) & caml_frame_descriptors_mask;
	caml_frame_descriptors[place] = d;
}

/* A power of two, at least twice the number of descriptors. */
static uintnat places(void)
{
	uintnat count = DESCRIPTORS_MIN;

	for (intnat **table = caml_frametable; *table; table++)
		count += (uintnat) * *table;
	return (uintnat)4 << (63 - __builtin_clzl(count));
}

void __wrap_caml_init_frame_descriptors(void)
{
	uintnat size = places();

	caml_frame_descriptors = caml_stat_calloc_noexc(size, sizeof(frame_descr *));
	if (!caml_frame_descriptors)
		unikernel_abort("no memory for OCaml's frame descriptors");
	caml_frame_descriptors_mask = size - 1;
	for (intnat **table = caml_frametable; *table; table++) {
		frame_descr *d = (frame_descr *)(*table + 1);
		for (intnat left = **table; left; left--) {
			insert(d);
			d = after(d);
		}
	}
}
