/* SPDX-License-Identifier: ISC */
/* All that a file can be asked only before the sandbox closes: its kind, its size and how
 * it was opened. */
#include "files.h"
#include "common/boot_variable.h"
#include "common/report/format.h"
#include "unix/cmdline.h"
#include "unix/linux/block_device.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/system_calls.h"
#include "unix/sandbox/sandbox.h"

#define NAME_SIZE sizeof "UNIKERNEL_BLOCK_00"
#define DESCRIPTOR_MAX 0x7fffffff

struct file files[BLOCKS_MAX];

static int read_descriptor(const char *variable, const char *text)
{
	static const char kind[] = "file:";
	uint64_t number = 0;
	unsigned at = 0;
	while (kind[at] && text[at] == kind[at])
		at++;
	text += at;
	if (kind[at] || !cmdline_take_number(&text, DESCRIPTOR_MAX, &number) ||
	    (*text && *text != ' '))
		cmdline_refuse("%s is not file:FD", variable);
	if (!descriptor_is_open((int)number))
		cmdline_refuse("%s: this process has no descriptor %u", variable, number);
	return (int)number;
}

static void look_at_mode(const char *variable, struct file *file)
{
	long flags = descriptor_flags(file->descriptor);
	if (flags & O_PATH || (flags & O_ACCESS) == O_WRONLY)
		cmdline_refuse("%s: descriptor %u is not open for reading", variable,
			       (uint64_t)file->descriptor);
	if (flags & O_APPEND)
		cmdline_refuse("%s: descriptor %u appends whatever is written to it; "
			       "open the file without O_APPEND",
			       variable, (uint64_t)file->descriptor);
	if (flags & O_DIRECT)
		cmdline_refuse("%s: descriptor %u takes aligned memory only; open the "
			       "file without O_DIRECT",
			       variable, (uint64_t)file->descriptor);
	file->read_only = (flags & O_ACCESS) == O_RDONLY;
}

static void look_at_file(const char *variable, struct file *file)
{
	struct file_status status;
	long result = system_call_3(SYS_FSTAT, (uintptr_t)file->descriptor,
				    (uintptr_t)&status, 0);
	uint32_t kind = result < 0 ? 0 : status.mode & S_IFMT;
	if (kind != S_IFREG && kind != S_IFBLK)
		cmdline_refuse("%s: descriptor %u is neither a file nor a block device",
			       variable, (uint64_t)file->descriptor);
	file->bytes = (uint64_t)status.size;
	file->sector_size = BLOCK_SECTOR_LEAST;
	file->physical_block_size = (uint32_t)status.block_size;
	if (kind == S_IFBLK &&
	    (system_ioctl(file->descriptor, BLKGETSIZE64, (uintptr_t)&file->bytes) < 0 ||
	     system_ioctl(file->descriptor, BLKSSZGET, (uintptr_t)&file->sector_size) <
		     0 ||
	     system_ioctl(file->descriptor, BLKPBSZGET,
			  (uintptr_t)&file->physical_block_size) < 0))
		cmdline_refuse("%s: the block device at descriptor %u does not tell its "
			       "size",
			       variable, (uint64_t)file->descriptor);
	if (file->bytes < file->sector_size)
		cmdline_refuse("%s: the file at descriptor %u is smaller than a sector, "
			       "%u bytes; give it its size beforehand",
			       variable, (uint64_t)file->descriptor,
			       (uint64_t)file->sector_size);
}

void files_init(void)
{
	for (unsigned i = 0; i < BLOCKS_MAX; i++) {
		char variable[NAME_SIZE];
		format(variable, sizeof variable, "UNIKERNEL_BLOCK_%u", (uint64_t)i);
		const char *text = boot_variable(cmdline, variable);
		if (!text)
			continue;
		struct file *file = &files[i];
		*file = (struct file){.present = true,
				      .descriptor = read_descriptor(variable, text)};
		look_at_mode(variable, file);
		look_at_file(variable, file);
		descriptors_keep(file->descriptor);
		sandbox_allow_file(file->descriptor);
	}
}
