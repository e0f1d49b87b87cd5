/* SPDX-License-Identifier: ISC */
/* block_device.h: files and block devices of Linux (include/uapi/linux/{fs,stat,fcntl,
 * falloc,fadvise}.h, arch/x86/include/uapi/asm/stat.h). */
#ifndef BLOCK_DEVICE_H
#define BLOCK_DEVICE_H

#include <stdint.h>

#define O_ACCESS 3
#define O_RDONLY 0
#define O_WRONLY 1
#define O_APPEND 02000
#define O_DIRECT 040000
#define O_PATH 010000000

#define S_IFMT 0170000u
#define S_IFREG 0100000u
#define S_IFBLK 0060000u

#define BLKSSZGET 0x1268
#define BLKPBSZGET 0x127b
#define BLKGETSIZE64 0x80081272

#define FALLOC_FL_KEEP_SIZE 1
#define FALLOC_FL_PUNCH_HOLE 2
#define PUNCH_HOLE (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)

#define POSIX_FADV_WILLNEED 3
#define RWF_NOWAIT 8

/* struct stat */
struct file_status {
	uint64_t device, inode, links;
	uint32_t mode, user, group, padding;
	uint64_t special;
	int64_t size, block_size, blocks;
	uint64_t times[6];
	int64_t unused[3];
};

#endif
