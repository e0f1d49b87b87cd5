/* SPDX-License-Identifier: ISC */
#include "capture.h"
#include "time.h"
#include "unikernel.h"
#include "write.h"

#define MAGIC 0xa1b2c3d4
#define LINKTYPE_ETHERNET 1
#define LENGTH_MAX 262144

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t reserved[2], length_max, link_type;
};

struct frame_header {
	uint32_t seconds, microseconds, captured, length;
};

bool capture_begin(int descriptor)
{
	struct file_header header = {MAGIC, 2, 4, {0, 0}, LENGTH_MAX, LINKTYPE_ETHERNET};
	return write_all(descriptor, &header, sizeof header);
}

bool capture_frame(int descriptor, const struct io_part *parts, unsigned count,
		   size_t length)
{
	uint64_t now_us = uk_clock_wall() / 1000;
	struct frame_header header = {
		(uint32_t)(now_us / 1000000),
		(uint32_t)(now_us % 1000000),
		(uint32_t)length,
		(uint32_t)length,
	};
	struct io_part record[1 + UK_NET_PARTS_MAX] = {{&header, sizeof header}};
	for (unsigned i = 0; i < count; i++) {
		size_t part = parts[i].length < length ? parts[i].length : length;
		record[1 + i] = (struct io_part){parts[i].bytes, part};
		length -= part;
	}
	return write_parts(descriptor, record, 1 + count);
}
