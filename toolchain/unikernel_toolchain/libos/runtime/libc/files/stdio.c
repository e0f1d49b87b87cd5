/* SPDX-License-Identifier: ISC */
/* The bottom of musl's stdio: how a FILE is read, written, moved and closed.
 * Everything above (buffers, printf, scanf) is musl's own. */
#include "../libc.h"
#include <stdio.h>

/* The head of musl 1.2's struct _IO_FILE, src/internal/stdio_impl.h. */
struct stream {
	unsigned flags;
	unsigned char *read_position, *read_end;
	int (*close)(struct stream *);
	unsigned char *write_end, *write_position;
	unsigned char *unused;
	unsigned char *write_base;
	size_t (*read)(struct stream *, unsigned char *, size_t);
	size_t (*write)(struct stream *, const unsigned char *, size_t);
	off_t (*seek)(struct stream *, off_t, int);
	unsigned char *buffer;
	size_t buffer_size;
	struct stream *previous, *next;
	int fd;
};

_Static_assert(offsetof(struct stream, write_base) == 0x38, "musl's wbase");
_Static_assert(offsetof(struct stream, buffer_size) == 0x60, "musl's buf_size");
_Static_assert(offsetof(struct stream, fd) == 0x78, "musl's fd");

/* Writes what is buffered, then `text`; the buffer is empty after it. */
size_t __stdio_write(struct stream *stream, const unsigned char *text, size_t length)
{
	size_t buffered = (size_t)(stream->write_position - stream->write_base);

	unikernel_libc_write(stream->fd, stream->write_base, buffered);
	unikernel_libc_write(stream->fd, text, length);
	stream->write_end = stream->buffer + stream->buffer_size;
	stream->write_position = stream->write_base = stream->buffer;
	return length;
}

/* musl's stdout asks at its first write whether it is a terminal. It is. */
size_t __stdout_write(struct stream *, const unsigned char *, size_t)
	__attribute__((alias("__stdio_write")));

/* Fills the stream's buffer with what is typed by now and gives out its first byte; a
 * larger request is read in place but for its last byte, as musl does it: ungetc needs
 * the byte last given out to be in the buffer. */
size_t __stdio_read(struct stream *stream, unsigned char *text, size_t size)
{
	if (size > 1 || !stream->buffer_size) {
		ssize_t count = unikernel_libc_read(stream->fd, text,
						    size - !!stream->buffer_size);
		return count < 0 ? 0 : (size_t)count;
	}
	ssize_t count =
		unikernel_libc_read(stream->fd, stream->buffer, stream->buffer_size);
	if (count <= 0)
		return 0;
	stream->read_position = stream->buffer;
	stream->read_end = stream->buffer + count;
	*text = *stream->read_position++;
	return 1;
}

off_t __stdio_seek(struct stream *stream, off_t offset, int whence)
{
	return unikernel_libc_seek(stream->fd, offset, whence);
}

int __stdio_close(struct stream *stream)
{
	return unikernel_libc_close(stream->fd);
}
