/* SPDX-License-Identifier: ISC */
/* mft_abi.h: Solo5's application manifest, version 1: the devices an application wants,
 * by name, as an ELF note inside the image.
 *
 * A generated C file defines MFT_ENTRIES (devices and the reserved first entry),
 * includes this and writes the initialiser of struct mft between
 * MFT1_NOTE_DECLARE_BEGIN and MFT1_NOTE_DECLARE_END.
 */
#ifndef MFT_ABI_H
#define MFT_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MFT_VERSION 1
#define MFT_NAME_SIZE 68 /* bytes, with the NUL */
#define MFT_NAME_MAX 67
#define MFT_MAX_ENTRIES 64

typedef enum mft_type {
	MFT_DEV_BLOCK_BASIC = 1,
	MFT_DEV_NET_BASIC = 2,
	MFT_RESERVED_FIRST = 1 << 30, /* entry 0 */
} mft_type_t;

struct mft_block_basic {
	uint64_t capacity;   /* bytes */
	uint16_t block_size; /* bytes */
};

struct mft_net_basic {
	uint8_t mac[6];
	uint16_t mtu; /* bytes, without the Ethernet header */
};

struct mft_entry {
	char name[MFT_NAME_SIZE];
	mft_type_t type;
	union {
		struct mft_block_basic block_basic;
		struct mft_net_basic net_basic;
	} u;
	union {
		int hostfd;
		void *data;
	} b;
	bool attached;
};

#ifndef MFT_ENTRIES
#define MFT_ENTRIES
#define MFT_ENTRIES_UNKNOWN
#endif

struct mft {
	uint32_t version;
	uint32_t entries;
	struct mft_entry e[MFT_ENTRIES];
};

#define MFT1_NOTE_NAME "Solo5"
#define MFT1_NOTE_TYPE 0x3154464d /* "MFT1" */

struct mft1_nhdr {
	uint32_t n_namesz;
	uint32_t n_descsz;
	uint32_t n_type;
	char n_name[8];
};

struct mft1_note {
	struct mft1_nhdr h;
	struct mft m;
};

#define MFT1_NOTE_ALIGN __alignof__(struct mft)
#define MFT1_NOTE_MAX_SIZE                                                               \
	(sizeof(struct mft1_note) - sizeof(struct mft1_nhdr) +                           \
	 MFT_MAX_ENTRIES * sizeof(struct mft_entry))

_Static_assert(MFT_MAX_ENTRIES <= 64, "entries are bits of a 64-bit set");
_Static_assert(sizeof(struct mft1_nhdr) == 20, "note header");
_Static_assert(offsetof(struct mft1_note, m) % MFT1_NOTE_ALIGN == 0,
	       "manifest alignment");

#ifndef MFT_ENTRIES_UNKNOWN
_Static_assert(MFT_ENTRIES <= MFT_MAX_ENTRIES, "too many devices in the manifest");
#endif

#define MFT1_NOTE_DECLARE_BEGIN                                                          \
	extern const struct mft1_note __solo5_mft1_note;                                 \
	const struct mft1_note __solo5_mft1_note __attribute__((                         \
		section(".note.solo5.manifest"), aligned(4), used)) = {                  \
		.h = {.n_namesz = sizeof(MFT1_NOTE_NAME),                                \
		      .n_descsz = sizeof(struct mft1_note) - sizeof(struct mft1_nhdr),   \
		      .n_type = MFT1_NOTE_TYPE,                                          \
		      .n_name = MFT1_NOTE_NAME},                                         \
		.m =
#define MFT1_NOTE_DECLARE_END                                                            \
	}                                                                                \
	;

#endif
