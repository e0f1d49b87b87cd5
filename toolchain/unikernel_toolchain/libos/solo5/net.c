/* SPDX-License-Identifier: ISC */
/* Network devices: Solo5 copies each frame, and leaves nothing to the device. */
#include "manifest.h"
#include "solo5.h"
#include "solo5_net.h"
#include "unikernel.h"

#define BUFFERS_MAX 64 /* each way */
#define BUFFERS_MIN 4

/* Of the heap, for each device: its queues, and as many buffers as fit; beside that what
 * it copies frames through. */
#define DEVICE_SHARE 32
#define DEVICE_MIN ((size_t)48 << 10)
#define DEVICE_MAX ((size_t)448 << 10)
#define BLOCK_OVERHEAD 64 /* of the heap, no less than that */

/* A device of the manifest; its number there is Solo5's handle. */
struct port {
	bool acquired;
	unsigned handle; /* the platform's */
	size_t frame_max;
	void *free; /* buffers to send from, linked through their first words */
};

static struct port ports[MFT_MAX_ENTRIES];

static void put_free(struct port *port, void *buffer)
{
	*(void **)buffer = port->free;
	port->free = buffer;
}

static size_t device_memory;

size_t solo5_net_memory(size_t heap_size)
{
	device_memory = heap_size / DEVICE_SHARE;
	if (device_memory < DEVICE_MIN)
		device_memory = DEVICE_MIN;
	if (device_memory > DEVICE_MAX)
		device_memory = DEVICE_MAX;
	device_memory += unikernel_net_copies(0);
	return manifest_count(MFT_DEV_NET_BASIC) * device_memory;
}

/* How many buffers each way there is room for, beside what the device itself took. */
static unsigned buffer_count(size_t device_took, size_t both_sizes)
{
	size_t left = device_memory > device_took ? device_memory - device_took : 0;
	size_t count = left / (both_sizes + 2 * BLOCK_OVERHEAD);
	return count < BUFFERS_MIN   ? BUFFERS_MIN
	       : count > BUFFERS_MAX ? BUFFERS_MAX
				     : (unsigned)count;
}

static void make_buffers(struct port *port, size_t receive_size, size_t device_took)
{
	size_t send_size = sizeof(struct unikernel_net_header) + port->frame_max;
	unsigned count = buffer_count(device_took, receive_size + send_size);
	while (count--) {
		void *in = unikernel_alloc(receive_size),
		     *out = unikernel_alloc(send_size);
		if (out)
			put_free(port, out);
		if (in && unikernel_net_rx_post(port->handle, in, receive_size, in) !=
				  UNIKERNEL_OK)
			unikernel_free(in);
	}
	if (!port->free)
		unikernel_abort("too little RAM for network buffers");
}

solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle,
				 struct solo5_net_info *info)
{
	struct unikernel_net_info device;
	solo5_handle_t index = manifest_index(name, MFT_DEV_NET_BASIC);
	struct port *port = &ports[index];
	if (!index || port->acquired)
		return SOLO5_R_EINVAL;
	size_t used_before = unikernel_heap_used();
	unikernel_result_t r = unikernel_net_acquire(name, 0, &port->handle, &device);
	if (r != UNIKERNEL_OK)
		return (solo5_result_t)r;
	port->acquired = true;
	port->frame_max = device.mtu + SOLO5_NET_HLEN;
	make_buffers(port, device.receive_size, unikernel_heap_used() - used_before);
	for (unsigned i = 0; i < SOLO5_NET_ALEN; i++)
		info->mac_address[i] = device.mac[i];
	info->mtu = device.mtu;
	*handle = index;
	return SOLO5_R_OK;
}

static struct port *port_of(solo5_handle_t handle)
{
	return handle < MFT_MAX_ENTRIES && ports[handle].acquired ? &ports[handle] : NULL;
}

/* A buffer to send from; waits when all are on their way. */
static void *free_buffer(struct port *port)
{
	void *buffer;
	for (;;) {
		while ((buffer = unikernel_net_tx_reclaim(port->handle)))
			put_free(port, buffer);
		buffer = port->free;
		if (buffer)
			break;
		unikernel_net_tx_notify(port->handle);
		unikernel_wait((unikernel_ready_t)1
				       << (port->handle + UNIKERNEL_NET_TX_BIT),
			       UINT64_MAX);
	}
	port->free = *(void **)buffer;
	return buffer;
}

solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
	struct port *port = port_of(handle);
	if (!port || size < SOLO5_NET_HLEN || size > port->frame_max)
		return SOLO5_R_EINVAL;
	struct unikernel_net_header *header = free_buffer(port);
	struct unikernel_net_part part = {header, sizeof *header + size};
	*header = (struct unikernel_net_header){0};
	__builtin_memcpy(header + 1, buf, size);
	unikernel_result_t r = unikernel_net_tx_post(port->handle, &part, 1, header);
	unikernel_net_flush(port->handle);
	return (solo5_result_t)r;
}

solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
			      size_t *read_size)
{
	struct port *port = port_of(handle);
	if (!port || size < port->frame_max)
		return SOLO5_R_EINVAL;
	struct unikernel_net_header *header =
		unikernel_net_rx_take(port->handle, read_size);
	if (!header)
		return SOLO5_R_AGAIN;
	if (*read_size > size)
		*read_size = size;
	__builtin_memcpy(buf, header + 1, *read_size);
	unikernel_net_rx_post(port->handle, header, unikernel_alloc_size(header), header);
	return SOLO5_R_OK;
}

solo5_handle_set_t solo5_net_wait(solo5_time_t deadline)
{
	unikernel_ready_t interest = 0, ready;
	solo5_handle_set_t set = 0;
	for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++)
		interest |=
			ports[i].acquired ? (unikernel_ready_t)1 << ports[i].handle : 0;
	ready = unikernel_wait(interest, deadline);
	for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++)
		if (ports[i].acquired && ready >> ports[i].handle & 1)
			set |= (solo5_handle_set_t)1 << i;
	return set;
}
