/* SPDX-License-Identifier: ISC */
/* solo5.h: the Solo5 0.6 interface between an application and what it runs on.
 *
 * Names, types and constants are Solo5's, so that applications compile unchanged; the
 * layer in solo5/ carries them out over unikernel.h.
 *
 * Results: OK, AGAIN (nothing now, try later), EINVAL (the arguments cannot be served),
 * EUNSPEC (the device failed). A function without a result cannot fail.
 */
#ifndef SOLO5_H_INCLUDED
#define SOLO5_H_INCLUDED

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

typedef enum {
	SOLO5_R_OK = 0,
	SOLO5_R_AGAIN = 1,
	SOLO5_R_EINVAL = 2,
	SOLO5_R_EUNSPEC = 3,
} solo5_result_t;

/* What the application is told at its start; lives for ever, read only. */
struct solo5_start_info {
	const char *cmdline;  /* arguments as one text, "" when there are none */
	uintptr_t heap_start; /* one region for the application, read-write, no code */
	size_t heap_size;     /* bytes */
};

/* The application. Returning v is solo5_exit(v). */
int solo5_app_main(const struct solo5_start_info *info);

#define SOLO5_EXIT_SUCCESS 0
#define SOLO5_EXIT_FAILURE 1
#define SOLO5_EXIT_ABORT 255

/* Ends the guest; the status reaches the host. 255 and above are reserved. */
void solo5_exit(int status) __attribute__((noreturn));

/* Ends the guest as broken, with a backtrace on the console. */
void solo5_abort(void) __attribute__((noreturn));

/* Sets the base of thread-local storage (FS on x86_64). EINVAL: not canonical or not
 * aligned to 16. The word at base + 0x28 becomes the stack protector's. */
solo5_result_t solo5_set_tls_base(uintptr_t base);

typedef uint64_t solo5_time_t; /* nanoseconds */

/* Nanoseconds from an arbitrary origin; never goes back. */
solo5_time_t solo5_clock_monotonic(void);

/* Nanoseconds since 1970-01-01 00:00 UTC. */
solo5_time_t solo5_clock_wall(void);

typedef uint64_t solo5_handle_t;
typedef uint64_t solo5_handle_set_t; /* bit n: handle n */

/* Halts until the monotonic clock reaches `deadline` or a network device has input; a
 * deadline in the past looks once. `ready_set` (may be NULL) gets the devices with
 * input, 0 at the deadline. */
void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set);

/* Writes to the console; best effort. */
void solo5_console_write(const char *buf, size_t size);

#define SOLO5_NET_ALEN 6
#define SOLO5_NET_HLEN 14

struct solo5_net_info {
	uint8_t mac_address[SOLO5_NET_ALEN];
	size_t mtu; /* bytes, without the Ethernet header */
};

/* Network devices, by their name in the manifest. Frames are whole, Ethernet header
 * included. Writes never wait; reads give AGAIN when nothing came. */
solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle,
				 struct solo5_net_info *info);
solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size);
solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
			      size_t *read_size);

typedef uint64_t solo5_off_t; /* bytes */

struct solo5_block_info {
	solo5_off_t capacity;	/* bytes */
	solo5_off_t block_size; /* bytes */
};

/* Block devices, by their name in the manifest. Offsets and sizes are multiples of the
 * block size; all of a transfer is done or none. */
solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle,
				   struct solo5_block_info *info);
solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset,
				 const uint8_t *buf, size_t size);
solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf,
				size_t size);

#endif
