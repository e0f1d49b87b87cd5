/* SPDX-License-Identifier: ISC */
/* unikernel.h: the only door between a platform and everything above it.
 *
 * Below it stands platform/, with one folder a target; above it the
 * OCaml footing (runtime/), the Solo5 layer (solo5/) and C applications.
 * A guest has one thread. No function here may be called from an interrupt.
 */
#ifndef UNIKERNEL_H
#define UNIKERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Results. A call that could fail in a fifth way aborts the guest instead. */
typedef enum {
	UNIKERNEL_OK = 0,      /* done */
	UNIKERNEL_AGAIN = 1,   /* nothing to do now; wait and call again */
	UNIKERNEL_EINVAL = 2,  /* the arguments cannot be served */
	UNIKERNEL_EUNSPEC = 3, /* the device failed */
} unikernel_result_t;

/* Exit statuses. 0 to 123 are the application's own. */
#define UNIKERNEL_EXIT_SUCCESS 0
#define UNIKERNEL_EXIT_FAILURE 1
#define UNIKERNEL_EXIT_ABORT 255

/* What a guest knows at its start. Lives as long as the guest; read only. */
struct unikernel_start_info {
	const char *cmdline;	/* boot parameters, "" when there are none */
	size_t heap_size;	/* bytes that unikernel_alloc can hand out in one block */
	size_t stack_size;	/* bytes of the one stack, guard excluded */
	const void *stack_base; /* its lowest byte; 64 KiB below are unmapped */
};

/* The layer above defines this. The platform calls it once, on the guest's
 * stack, with devices, clocks, heap and entropy ready. Returning v is
 * unikernel_exit(v). */
int unikernel_main(const struct unikernel_start_info *info);

/* Ends the guest; `status` reaches the host (see UNIKERNEL_EXIT_*). */
__attribute__((noreturn)) void unikernel_exit(int status);

/* Ends the guest as broken: prints `why` (one line, no newline) and a
 * backtrace on the console; the host sees "aborted", never an exit status. */
__attribute__((noreturn)) void unikernel_abort(const char *why);

/* Writes to the console, at once and in order. Best effort, never fails. */
void unikernel_console_write(const char *text, size_t length);

/* Takes up to `capacity` bytes typed at the console. Does not wait; returns
 * how many, 0 when nothing was typed. */
size_t unikernel_console_read(char *buffer, size_t capacity);

/* Whether all was read that will ever be typed: a process's input can end, as that of a
 * file or a pipe does; a machine's console cannot. The end is ready in unikernel_wait,
 * until unikernel_console_read has found nothing. */
bool unikernel_console_ended(void);

/* Nanoseconds from an arbitrary origin; never goes back. What the guest was held for
 * (paused, its host asleep, a snapshot on a disk) counts, found out within a second of
 * running and to a second; virtio machines without a wall clock do not know of it. */
uint64_t unikernel_clock_monotonic(void);

/* Nanoseconds since 1970-01-01 00:00 UTC; after a pause right again as soon. */
uint64_t unikernel_clock_wall(void);

/* Devices with input waiting: bit n is handle n; the console is handle 0. */
typedef uint64_t unikernel_ready_t;
#define UNIKERNEL_READY_CONSOLE ((unikernel_ready_t)1)

/* Halts the CPU until a device of the set `interest` has input or the monotonic
 * clock reaches `deadline_ns`; a deadline in the past only looks, UINT64_MAX is
 * never. Returns the devices of `interest` with input, 0 at the deadline. Input
 * of other devices keeps. */
unikernel_ready_t unikernel_wait(unikernel_ready_t interest, uint64_t deadline_ns);

/* Network devices carry Ethernet frames without copying them: the guest's own buffers
 * go to the device and come back with the token (not NULL) they were given with. Until
 * then they are the device's.
 *
 * Every frame, sent or received, stands right behind this header: struct
 * virtio_net_hdr_v1 (virtio 1.1, section 5.1.6), little-endian. All zero is a frame that
 * asks for nothing. */
struct unikernel_net_header {
	uint8_t flags;		  /* UNIKERNEL_NET_PARTIAL_CHECKSUM, _CHECKSUM_VALID */
	uint8_t segmentation;	  /* UNIKERNEL_NET_WHOLE, _TCP4 or _TCP6 */
	uint16_t header_length;	  /* headers of Ethernet, IP and TCP, when segmented */
	uint16_t segment_size;	  /* TCP payload of each segment but the last */
	uint16_t checksum_start;  /* sum from here to the frame's end ... */
	uint16_t checksum_offset; /* ... and store it so far behind checksum_start */
	uint16_t buffers;	  /* received: 1 */
};
/* The checksum field holds the pseudo header's sum only. */
#define UNIKERNEL_NET_PARTIAL_CHECKSUM 1
/* Received: the device checked it. */
#define UNIKERNEL_NET_CHECKSUM_VALID 2
#define UNIKERNEL_NET_WHOLE 0
#define UNIKERNEL_NET_TCP4 1
#define UNIKERNEL_NET_TCP6 4

/* What a device does for the guest: completes partial checksums of sent frames; cuts sent
 * TCP segments of up to 64 KiB; checks or vouches for received checksums; joins received
 * TCP segments, up to 64 KiB. */
#define UNIKERNEL_NET_OFFERS_CHECKSUM 1u
#define UNIKERNEL_NET_OFFERS_SEGMENTATION4 2u
#define UNIKERNEL_NET_OFFERS_SEGMENTATION6 4u
#define UNIKERNEL_NET_OFFERS_VERIFICATION 8u
#define UNIKERNEL_NET_OFFERS_COALESCING 16u
#define UNIKERNEL_NET_OFFERS_ALL 31u

struct unikernel_net_info {
	uint8_t mac[6];
	uint16_t mtu;	       /* bytes, without the Ethernet header */
	uint32_t offers;       /* UNIKERNEL_NET_OFFERS_* in use */
	uint32_t receive_size; /* least bytes of a receive buffer, header included */
	uint16_t receive_slots, send_slots; /* buffers and parts that fit in the queues */
};

/* Takes the device `name`, which the boot variable UNIKERNEL_NET lists in the order of
 * the devices ("service,management"); without that variable, the first that is free. Of
 * what it offers the guest uses `offers` at most. The handle is its bit in
 * unikernel_wait, ready when a frame was received. UNIKERNEL_EINVAL: no such name, or
 * taken already; UNIKERNEL_EUNSPEC: no such device, or one this guest cannot drive. */
unikernel_result_t unikernel_net_acquire(const char *name, uint32_t offers,
					 unsigned *handle,
					 struct unikernel_net_info *info);

/* Bytes of the heap, at most, that a device acquired with these offers keeps pages in for
 * frames to be copied through, where the other end may not reach the application's own: 0
 * on most targets. For who divides the heap beforehand. */
size_t unikernel_net_copies(uint32_t offers);

struct unikernel_net_part {
	const void *bytes;
	size_t length;
};

/* Sends one frame of 1 to UNIKERNEL_NET_PARTS_MAX parts, of which the first begins with
 * the whole header. UNIKERNEL_AGAIN: the queue is full until unikernel_net_tx_reclaim
 * returned something. UNIKERNEL_EINVAL: the frame has no Ethernet header, or there are
 * too many parts. The device hears of it at the next unikernel_net_flush or
 * unikernel_wait, or before. */
#define UNIKERNEL_NET_PARTS_MAX 16
unikernel_result_t unikernel_net_tx_post(unsigned handle,
					 const struct unikernel_net_part *parts,
					 unsigned count, void *token);

/* The token of the next frame that left, NULL when there is none. Nobody may have got it:
 * on xen a back end that is away loses what is sent meanwhile, as a cable that is not
 * plugged in does, and nothing is received until it, or another one, is there. */
void *unikernel_net_tx_reclaim(unsigned handle);

/* Makes bit `handle` + UNIKERNEL_NET_TX_BIT ready in unikernel_wait once frames have
 * left, or at once when none are on their way, until unikernel_net_tx_reclaim returns
 * one. Not to wake for them otherwise makes sending cheap. */
#define UNIKERNEL_NET_TX_BIT 16
void unikernel_net_tx_notify(unsigned handle);

/* Gives a buffer to receive a frame into, with its header. Used in the order given.
 * UNIKERNEL_AGAIN: no slot is free; UNIKERNEL_EINVAL: smaller than receive_size. */
unikernel_result_t unikernel_net_rx_post(unsigned handle, void *buffer, size_t size,
					 void *token);

/* The token of the next buffer that a frame came in and the frame's length without the
 * header, NULL when there is none. */
void *unikernel_net_rx_take(unsigned handle, size_t *length);

/* Notifies the device at once of what was posted. */
void unikernel_net_flush(unsigned handle);

/* Block devices read and write whole sectors without copying: buffers of a request are
 * the device's from when it is posted until its token (not NULL) comes back. Several may
 * be under way at once; they are done in any order, so who needs one before another waits
 * for it. */
struct unikernel_block_info {
	uint64_t sectors;	      /* its size; 0: no disk is in it now */
	uint32_t sector_size;	      /* bytes: a power of two, 512 to 64 KiB */
	uint32_t physical_block_size; /* bytes that the medium writes at once, or more */
	uint32_t request_sectors;     /* most sectors of one read or write */
	uint32_t discard_sectors;     /* most of one discard, 0: it cannot */
	uint16_t request_parts;	      /* most parts of one read or write */
	uint16_t slots;		      /* requests of one part that fit in the queue */
	bool read_only;
};

/* Takes the device `name`, which the boot variable UNIKERNEL_BLOCK lists in the order of
 * the devices ("journal,archive"); without that variable, the first that is free. The
 * handle is its bit in unikernel_wait, ready when a request is done. UNIKERNEL_EINVAL: no
 * such name, or taken already; UNIKERNEL_EUNSPEC: no such device, or one this guest
 * cannot drive. On unix UNIKERNEL_BLOCK_0=file:FD, UNIKERNEL_BLOCK_1=file:FD ... give
 * each device an open descriptor of a file or of a block device, read-only when it is. */
unikernel_result_t unikernel_block_acquire(const char *name, unsigned *handle,
					   struct unikernel_block_info *info);

struct unikernel_block_part {
	void *bytes;
	size_t length; /* those of a request add up to whole sectors */
};

/* Post a read into, or a write from, 1 to request_parts parts. UNIKERNEL_AGAIN: the queue
 * is full until unikernel_block_take returned something. UNIKERNEL_EINVAL: a limit of the
 * device's info is exceeded, sectors do not exist, or it is read-only. The device hears
 * of it at the next unikernel_block_notify or unikernel_wait, or before. */
unikernel_result_t unikernel_block_read(unsigned handle, uint64_t sector,
					const struct unikernel_block_part *parts,
					unsigned count, void *token);
unikernel_result_t unikernel_block_write(unsigned handle, uint64_t sector,
					 const struct unikernel_block_part *parts,
					 unsigned count, void *token);

/* The size of the device now, in sectors: on virtio its disk may be taken away, put in or
 * resized while the guest runs; on xen its back end may go, which fails what was under
 * way, and come again. 0: there is none, and whatever is asked of it fails at once. What
 * was under way when a xen guest was moved is asked again of its next back end, and has
 * failed when none has come within ten seconds.
 * Requests are held to the size that was seen last, and look again beyond it. */
uint64_t unikernel_block_sectors(unsigned handle);

/* Whether the device was seen without a disk since this was asked last, or its size: what
 * the guest knows of what is on it is of another disk then. */
bool unikernel_block_was_away(unsigned handle);

/* Posts a flush: once it is done, all writes that were done before it was posted survive
 * the loss of power. */
unikernel_result_t unikernel_block_flush(unsigned handle, void *token);

/* Posts a discard: nobody needs what is in `sectors` sectors any more; what they read as
 * afterwards is not said. */
unikernel_result_t unikernel_block_discard(unsigned handle, uint64_t sector,
					   uint64_t sectors, void *token);

/* The token of the next request that is done, NULL when there is none. `*result`:
 * UNIKERNEL_OK, or UNIKERNEL_EUNSPEC when the device failed; then a write may be there in
 * part. */
void *unikernel_block_take(unsigned handle, unikernel_result_t *result);

/* Notifies the device at once of what was posted. */
void unikernel_block_notify(unsigned handle);

/* Directories of the host, which a process is given (unix; a machine has none). A file
 * server beside the process opens what is in them, so that the process need not; it
 * follows no links, and leads to nothing outside. Requests wait for their answer, and
 * everything else in the guest waits with them. */

/* Takes the directory `name`, which the boot variable UNIKERNEL_KV lists; without that
 * variable, the first that is free. UNIKERNEL_EINVAL: no such name, or taken already;
 * UNIKERNEL_EUNSPEC: it is not there. UNIKERNEL_KV_0=dir:FD, UNIKERNEL_KV_1=dir:FD,ro ...
 * give each an open descriptor of a directory. */
unikernel_result_t unikernel_directory_acquire(const char *name, unsigned *handle);

enum unikernel_directory_operation {
	UNIKERNEL_DIRECTORY_STATUS = 1, /* of a file or a directory */
	UNIKERNEL_DIRECTORY_READ = 2,	/* a file's bytes */
	UNIKERNEL_DIRECTORY_LIST = 3,  /* entries: kind, length of the name (1 byte each),
					* name */
	UNIKERNEL_DIRECTORY_WRITE = 4, /* a whole file, at once and for good, with
					* directories on the way */
	UNIKERNEL_DIRECTORY_REMOVE = 5, /* a file, or a directory with all below it */
};

#define UNIKERNEL_DIRECTORY_FILE 1
#define UNIKERNEL_DIRECTORY_DIRECTORY 2

struct unikernel_directory_answer {
	int32_t error; /* 0, or an errno of Linux */
	uint32_t kind; /* UNIKERNEL_DIRECTORY_FILE ..., of the first two operations */
	uint64_t size;
	int64_t modified_seconds; /* since 1970-01-01 UTC */
	uint32_t modified_nanoseconds;
	char *bytes; /* of a file or a list, to be freed (unikernel_free) */
	size_t length, capacity;
};

/* Asks for what is at a path: names with "/" between them, "" for the directory itself.
 * UNIKERNEL_EUNSPEC: the file server is gone. */
unikernel_result_t unikernel_directory_ask(unsigned handle,
					   enum unikernel_directory_operation operation,
					   const char *path, size_t path_length,
					   const void *value, size_t size,
					   struct unikernel_directory_answer *answer);

/* Fills `buffer` with unpredictable bytes, different at every boot. Never
 * waits for more randomness: the generator is seeded at the first call, or before
 * unikernel_main where the processor has no random instruction. */
void unikernel_entropy(void *buffer, size_t length);

/* Heap. Every block stands between canaries that are checked when it is freed
 * or resized; an overrun, a double or a foreign free aborts the guest.
 * Blocks are aligned to 16 bytes; unikernel_alloc_aligned takes a larger power of
 * two. NULL when memory is short. Fresh bytes are not cleared. */
void *unikernel_alloc(size_t size);
void *unikernel_alloc_aligned(size_t alignment, size_t size);
void *unikernel_realloc(void *block, size_t size);
void unikernel_free(void *block);
/* Bytes that the application may use in this block, at least what it asked. */
size_t unikernel_alloc_size(const void *block);
/* Bytes of the heap altogether, which may lie in several places, and those in blocks now,
 * canaries and headers included. */
size_t unikernel_heap_size(void);
size_t unikernel_heap_used(void);

/* Sets the base of thread-local storage (FS on x86_64). UNIKERNEL_EINVAL when `base` is
 * not canonical. */
unikernel_result_t unikernel_set_tls_base(uintptr_t base);

/* Whether there is code in the image, of a C library, that looks for a thread block of
 * its own. If not, the base is 0 until it is set: reaching for it is a fault. */
extern const bool unikernel_thread_block_is_used;

/* A stack overrun raises a page fault just below stack_base. The handler is asked first:
 * it gets the interrupted instruction's address and where the stack that can be read
 * begins, and returns where to go on instead (the OCaml footing raises Stack_overflow
 * there), or 0 to let the guest die of the fault. `argument` goes into the first argument
 * register. */
typedef uintptr_t (*unikernel_overrun_handler_t)(uintptr_t instruction, uintptr_t stack,
						 uintptr_t *argument);
void unikernel_set_overrun_handler(unikernel_overrun_handler_t handler);

/* How many bytes of stack a guest has at most. The layer above may define less. */
extern const size_t unikernel_stack_size_max;

/* A language may have stacks in the heap. For a backtrace it tells of the one with
 * `address` in it where its frames end, and the stack pointer with which its caller goes
 * on (0: nobody called it). `stack` is as the platform knows it: on the guest's own stack
 * its end, elsewhere 0. Called when anything may be broken. */
struct unikernel_stack {
	uintptr_t end;
	uintptr_t caller;
};
typedef void (*unikernel_stack_finder_t)(uintptr_t address,
					 struct unikernel_stack *stack);
void unikernel_set_stack_finder(unikernel_stack_finder_t finder);

/* Boot milestones, told to whoever measures the boot. Each is recorded at its
 * first call only. */
typedef enum {
	UNIKERNEL_MILESTONE_ENTRY = 1, /* first instruction (platform) */
	UNIKERNEL_MILESTONE_BASE = 2,  /* base ready, before unikernel_main (platform) */
	UNIKERNEL_MILESTONE_RUNTIME = 3, /* language runtime ready */
	UNIKERNEL_MILESTONE_START = 4,	 /* the application's start is called */
	UNIKERNEL_MILESTONE_LINE = 5,	 /* first console line is out (platform) */
} unikernel_milestone_t;
void unikernel_milestone(unikernel_milestone_t milestone);

#endif
