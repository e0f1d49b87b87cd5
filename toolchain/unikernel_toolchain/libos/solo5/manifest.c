/* SPDX-License-Identifier: ISC */
#include "manifest.h"

/* A program without a manifest has none. */
extern const struct mft1_note __solo5_mft1_note __attribute__((weak));

static bool same(const char *left, const char *right)
{
	while (*left && *left == *right) {
		left++;
		right++;
	}
	return *left == *right;
}

/* One more than the last device's number. Entry 0 is reserved. */
static uint32_t entries(void)
{
	uint32_t count = &__solo5_mft1_note ? __solo5_mft1_note.m.entries : 0;
	return count < MFT_MAX_ENTRIES ? count : MFT_MAX_ENTRIES;
}

solo5_handle_t manifest_index(const char *name, mft_type_t type)
{
	for (uint32_t i = 1; i < entries(); i++) {
		const struct mft_entry *entry = &__solo5_mft1_note.m.e[i];
		if (entry->type == type && same(entry->name, name))
			return i;
	}
	return 0;
}

unsigned manifest_count(mft_type_t type)
{
	unsigned count = 0;
	for (uint32_t i = 1; i < entries(); i++)
		count += __solo5_mft1_note.m.e[i].type == type;
	return count;
}
