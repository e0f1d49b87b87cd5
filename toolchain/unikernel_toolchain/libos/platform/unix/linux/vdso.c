/* SPDX-License-Identifier: ISC */
/* Looks a name up as a dynamic linker does: System V gABI, chapter 5, and the hash table
 * of GNU ld (DT_GNU_HASH). */
#include "vdso.h"

#include <stdbool.h>
#include <stddef.h>

#define PT_LOAD 1
#define PT_DYNAMIC 2
#define DT_STRTAB 5
#define DT_SYMTAB 6
#define DT_GNU_HASH 0x6ffffef5

struct header {
	uint8_t identification[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments, sections;
	uint32_t flags;
	uint16_t header_size, segment_size, segment_count;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_size, memory_size, alignment;
};

struct dynamic {
	uint64_t tag, value;
};

struct symbol {
	uint32_t name;
	uint8_t info, other;
	uint16_t section;
	uint64_t value, size;
};

struct hash_table {
	uint32_t bucket_count, first_symbol, filter_words, filter_shift;
	uint64_t filter[];
};

struct object {
	uintptr_t base; /* what its addresses count from */
	const char *names;
	const struct symbol *symbols;
	const struct hash_table *hash;
};

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;
	for (; *name; name++)
		hash = 33 * hash + (uint8_t)*name;
	return hash;
}

static bool same(const char *left, const char *right)
{
	while (*left && *left == *right) {
		left++;
		right++;
	}
	return *left == *right;
}

/* Addresses in the object count from what its first segment was linked for, mostly 0. */
static const struct dynamic *find_dynamic(uintptr_t image, struct object *object)
{
	const struct header *header = (const void *)image;
	const struct segment *segments = (const void *)(image + header->segments);
	const struct dynamic *dynamic = NULL;
	bool based = false;
	for (unsigned i = 0; i < header->segment_count; i++) {
		const struct segment *s = &segments[i];
		if (s->type == PT_LOAD && !based) {
			object->base = image + s->offset - s->address;
			based = true;
		}
		if (s->type == PT_DYNAMIC)
			dynamic = (const void *)(image + s->offset);
	}
	return based ? dynamic : NULL;
}

/* All three tables are needed; an object that lacks one is passed over. */
static bool open_object(uintptr_t image, struct object *object)
{
	const struct dynamic *entry = find_dynamic(image, object);
	for (; entry && entry->tag; entry++) {
		uintptr_t place = object->base + entry->value;
		if (entry->tag == DT_STRTAB)
			object->names = (const void *)place;
		else if (entry->tag == DT_SYMTAB)
			object->symbols = (const void *)place;
		else if (entry->tag == DT_GNU_HASH)
			object->hash = (const void *)place;
	}
	return object->names && object->symbols && object->hash;
}

/* The symbols of a bucket lie in a row, of whose hashes the last is odd. */
static uintptr_t look_up(const struct object *object, const char *name)
{
	const struct hash_table *table = object->hash;
	const uint32_t *buckets = (const void *)(table->filter + table->filter_words);
	const uint32_t *hashes = buckets + table->bucket_count;
	uint32_t hash = hash_of(name), i = buckets[hash % table->bucket_count];
	if (i < table->first_symbol)
		return 0;
	for (;; i++) {
		uint32_t other = hashes[i - table->first_symbol];
		const struct symbol *symbol = &object->symbols[i];
		if ((hash | 1) == (other | 1) && same(object->names + symbol->name, name))
			return object->base + symbol->value;
		if (other & 1)
			return 0;
	}
}

uintptr_t vdso_function(uintptr_t image, const char *name)
{
	struct object object = {0};
	return open_object(image, &object) ? look_up(&object, name) : 0;
}
