/* SPDX-License-Identifier: ISC */
/* Primitives of Block_device. */
#include <caml/alloc.h>
#include <caml/bigarray.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <unikernel.h>

#define PARTS_MAX 126 /* no device takes more of one request */

/* The fields of Cstruct.t. */
#define CSTRUCT_BUFFER(cstruct) Field(cstruct, 0)
#define CSTRUCT_OFFSET(cstruct) Long_val(Field(cstruct, 1))
#define CSTRUCT_LENGTH(cstruct) Long_val(Field(cstruct, 2))

enum { READ, WRITE, FLUSH, DISCARD };

/* In the order of Block_device.raw. */
value unikernel_block_ocaml_acquire(value name)
{
	struct unikernel_block_info info;
	unsigned handle;
	unikernel_result_t r = unikernel_block_acquire(String_val(name), &handle, &info);

	if (r == UNIKERNEL_EINVAL)
		caml_failwith("no block device of this name");
	if (r != UNIKERNEL_OK)
		caml_failwith("this machine has no such block device");
	long fields[] = {
		(long)handle,	      (long)info.sectors,   info.sector_size,
		info.read_only,	      info.request_sectors, info.request_parts,
		info.discard_sectors, info.slots,
	};
	unsigned count = sizeof fields / sizeof *fields;
	value result = caml_alloc_tuple(count);

	for (unsigned i = 0; i < count; i++)
		Field(result, i) = Val_long(fields[i]);
	return result;
}

static unsigned fill_parts(struct unikernel_block_part *parts, value buffers)
{
	unsigned count = 0;

	for (; buffers != Val_emptylist && count < PARTS_MAX;
	     buffers = Field(buffers, 1)) {
		value cstruct = Field(buffers, 0);
		char *bytes = Caml_ba_data_val(CSTRUCT_BUFFER(cstruct));
		parts[count++] = (struct unikernel_block_part){
			bytes + CSTRUCT_OFFSET(cstruct),
			(size_t)CSTRUCT_LENGTH(cstruct),
		};
	}
	return count;
}

/* Limits were looked at before: what is refused otherwise than for want of room would
 * wait for ever. */
static intnat is_posted(unikernel_result_t result)
{
	if (result == UNIKERNEL_EINVAL)
		unikernel_abort("a block request beyond the limits of its device");
	return result == UNIKERNEL_OK;
}

intnat unikernel_block_ocaml_post(intnat handle, intnat operation, intnat sector,
				  intnat sectors, value buffers, intnat slot)
{
	struct unikernel_block_part parts[PARTS_MAX];
	unsigned device = (unsigned)handle, count = fill_parts(parts, buffers);
	uint64_t first = (uint64_t)sector;
	void *token = (void *)(slot + 1);

	switch (operation) {
	case READ:
		return is_posted(
			unikernel_block_read(device, first, parts, count, token));
	case WRITE:
		return is_posted(
			unikernel_block_write(device, first, parts, count, token));
	case FLUSH:
		return is_posted(unikernel_block_flush(device, token));
	default:
		return is_posted(
			unikernel_block_discard(device, first, (uint64_t)sectors, token));
	}
}

intnat unikernel_block_ocaml_sectors(intnat handle)
{
	return (intnat)unikernel_block_sectors((unsigned)handle);
}

intnat unikernel_block_ocaml_was_away(intnat handle)
{
	return unikernel_block_was_away((unsigned)handle);
}

intnat unikernel_block_ocaml_take(intnat handle)
{
	unikernel_result_t result;
	intnat token = (intnat)unikernel_block_take((unsigned)handle, &result);

	return token ? 2 * (token - 1) + (result != UNIKERNEL_OK) : -1;
}
