/* SPDX-License-Identifier: ISC */
/* elf_abi.h: the ELF note by which Solo5's tools tell what an image runs on. */
#ifndef ELF_ABI_H
#define ELF_ABI_H

#include <stdint.h>

enum abi_target {
	HVT_ABI_TARGET = 1,
	SPT_ABI_TARGET = 2,
	VIRTIO_ABI_TARGET = 3,
	MUEN_ABI_TARGET = 4,
	GENODE_ABI_TARGET = 5,
	XEN_ABI_TARGET = 6,
};

struct abi1_info {
	uint32_t abi_target;
	uint32_t abi_version;
	uint32_t reserved0;
	uint32_t reserved1;
};

#define ABI1_NOTE_NAME "Solo5"
#define ABI1_NOTE_TYPE 0x31494241 /* "ABI1" */
#define ABI1_NOTE_ALIGN 4
#define ABI1_NOTE_MAX_SIZE 32

struct abi1_nhdr {
	uint32_t n_namesz;
	uint32_t n_descsz;
	uint32_t n_type;
	char n_name[8];
};

struct abi1_note {
	struct abi1_nhdr h;
	struct abi1_info i;
};

_Static_assert(sizeof(struct abi1_note) == 36, "ABI note");

#define ABI1_NOTE_DECLARE_BEGIN                                                          \
	extern const struct abi1_note __solo5_abi1_note;                                 \
	const struct abi1_note __solo5_abi1_note                                         \
		__attribute__((section(".note.solo5.abi"), aligned(ABI1_NOTE_ALIGN),     \
			       used)) = {.h = {.n_namesz = sizeof(ABI1_NOTE_NAME),       \
					       .n_descsz = sizeof(struct abi1_info),     \
					       .n_type = ABI1_NOTE_TYPE,                 \
					       .n_name = ABI1_NOTE_NAME},                \
					 .i =
#define ABI1_NOTE_DECLARE_END                                                            \
	}                                                                                \
	;

/* Images that no operating system may take for its own programs. */
#define DECLARE_ELF_INTERP                                                               \
	extern const char __solo5_interp[24];                                            \
	const char __solo5_interp[24] __attribute__((section(".interp"), used)) =        \
		"/nonexistent/solo5/";

struct openbsd_note {
	uint32_t n_namesz;
	uint32_t n_descsz;
	uint32_t n_type;
	char n_name[8];
	uint32_t data;
};

#define DECLARE_OPENBSD_NOTE                                                             \
	extern const struct openbsd_note __solo5_openbsd_note;                           \
	const struct openbsd_note __solo5_openbsd_note                                   \
		__attribute__((section(".note.solo5.not-openbsd"), aligned(4),           \
			       used)) = {.n_namesz = 8,                                  \
					 .n_descsz = 4,                                  \
					 .n_type = 1,                                    \
					 .n_name = "OpenBSD",                            \
					 .data = 0};

#endif
