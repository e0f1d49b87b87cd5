/* SPDX-License-Identifier: ISC */
/* The table of names, appended to the image after the link:
 * u32 count, then per function by ascending address: ULEB128 distance from the
 * previous address (first: from 0), u8 number of leading bytes shared with the
 * previous name, the rest of the name with its NUL.
 */
#include "symbols.h"
#include "common/platform.h"

struct symbol_table {
	uint64_t address, size;
};

/* Patched by whoever appends the table; zeros mean none. Read through `table`, or the
 * compiler would take the zeros for granted. */
extern const struct symbol_table unikernel_symbol_table;
__attribute__((section(".rodata.unikernel_symbol_table")))
const struct symbol_table unikernel_symbol_table = {0, 0};

static const volatile struct symbol_table *const table = &unikernel_symbol_table;

struct cursor {
	const uint8_t *next, *end;
};

static uint8_t take(struct cursor *c)
{
	return c->next < c->end ? *c->next++ : 0;
}

static uint64_t take_uleb128(struct cursor *c)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = take(c);
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

static void take_name(struct cursor *c, char name[SYMBOL_NAME_SIZE])
{
	size_t length = take(c);
	for (char byte; (byte = (char)take(c)); length++)
		if (length < SYMBOL_NAME_SIZE - 1)
			name[length] = byte;
	name[length < SYMBOL_NAME_SIZE ? length : SYMBOL_NAME_SIZE - 1] = 0;
}

/* One walk from the beginning: names are deltas of the one before, and a report asks for
 * some dozens at most. */
bool symbol_find(uint64_t address, struct symbol *symbol)
{
	const uint8_t *start = (const uint8_t *)table->address;
	if (!start || !in_text(address))
		return false;
	struct cursor c = {start, start + table->size};
	uint32_t count = 0;
	for (unsigned i = 0; i < sizeof count; i++)
		count |= (uint32_t)take(&c) << (8 * i);
	uint64_t at = 0, next = 0;
	for (; count && (next += take_uleb128(&c)) <= address; count--) {
		take_name(&c, symbol->name);
		at = next;
	}
	symbol->offset = address - at;
	return at != 0;
}

uintptr_t symbols_image_end(void)
{
	uintptr_t end = table->address + table->size;
	return end > (uintptr_t)_end ? end : (uintptr_t)_end;
}
