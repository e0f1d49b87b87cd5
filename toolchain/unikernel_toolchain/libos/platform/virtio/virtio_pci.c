/* SPDX-License-Identifier: ISC */
/* Virtio over PCI (virtio 1.1, section 4.1): modern devices on bus 0, with their
 * registers wherever the capabilities say. */
#include "pci.h"
#include "pci_msix.h"
#include "virtio.h"
#include "virtqueue.h"
#include "x86_64/machine/paging.h"

#define VENDOR_VIRTIO 0x1af4
#define DEVICE_MODERN 0x1040 /* plus the device's number */
#define DEVICE_LAST 0x107f
#define TRANSITIONAL_NET 0x1000 /* such numbers follow no rule */
#define TRANSITIONAL_BLOCK 0x1001
#define TRANSITIONAL_RNG 0x1005

#define CAPABILITY_VENDOR 0x09
#define KIND_COMMON 1
#define KIND_NOTIFY 2
#define KIND_CONFIG 4

/* struct virtio_pci_cap */
#define CAP_KIND 3
#define CAP_BAR 4
#define CAP_OFFSET 8
#define CAP_LENGTH 12
#define CAP_NOTIFY_STEP 16

/* struct virtio_pci_common_cfg */
#define DEVICE_FEATURES_WORD 0x00
#define DEVICE_FEATURES 0x04
#define DRIVER_FEATURES_WORD 0x08
#define DRIVER_FEATURES 0x0c
#define CHANGE_INTERRUPT 0x10 /* entry of the MSI-X table */
#define STATUS 0x14
#define GENERATION 0x15
#define QUEUE_SELECT 0x16
#define QUEUE_SIZE 0x18
#define QUEUE_INTERRUPT 0x1a /* the same */
#define QUEUE_ENABLE 0x1c
#define QUEUE_NOTIFY_OFFSET 0x1e
#define QUEUE_DESCRIPTORS 0x20
#define QUEUE_AVAILABLE 0x28
#define QUEUE_USED 0x30

/* Entries of the MSI-X table. All queues use one: which it was is found by looking. */
#define QUEUE_ENTRY 0
#define CHANGE_ENTRY 1

/* Each register is accessed by its own width (virtio 1.1, section 4.1.3.1). */
static volatile uint8_t *r8(struct virtio_device *d, unsigned offset)
{
	return (volatile uint8_t *)(d->registers + offset);
}

static volatile uint16_t *r16(struct virtio_device *d, unsigned offset)
{
	return (volatile uint16_t *)(d->registers + offset);
}

static volatile uint32_t *r32(struct virtio_device *d, unsigned offset)
{
	return (volatile uint32_t *)(d->registers + offset);
}

static void write_address(struct virtio_device *d, unsigned offset,
			  volatile void *address)
{
	*r32(d, offset) = (uint32_t)(uintptr_t)address;
	*r32(d, offset + 4) = (uint32_t)((uintptr_t)address >> 32);
}

static uint8_t status(struct virtio_device *d)
{
	return *r8(d, STATUS);
}

static void set_status(struct virtio_device *d, uint8_t value)
{
	*r8(d, STATUS) = value;
}

static uint64_t features(struct virtio_device *d)
{
	uint64_t words[2];
	for (unsigned i = 0; i < 2; i++) {
		*r32(d, DEVICE_FEATURES_WORD) = i;
		words[i] = *r32(d, DEVICE_FEATURES);
	}
	return words[1] << 32 | words[0];
}

static void set_features(struct virtio_device *d, uint64_t value)
{
	for (unsigned i = 0; i < 2; i++) {
		*r32(d, DRIVER_FEATURES_WORD) = i;
		*r32(d, DRIVER_FEATURES) = (uint32_t)(value >> (32 * i));
	}
}

static uint16_t queue_size_max(struct virtio_device *d, uint16_t index)
{
	*r16(d, QUEUE_SELECT) = index;
	return *r16(d, QUEUE_SIZE);
}

/* QUEUE_ENABLE goes last: the device may use the queue from then on. */
static void set_queue(struct virtio_device *d, struct virtqueue *q)
{
	*r16(d, QUEUE_SELECT) = q->index;
	q->doorbell = d->notification +
		      *r16(d, QUEUE_NOTIFY_OFFSET) * (uintptr_t)d->notification_step;
	if (d->interrupts)
		*r16(d, QUEUE_INTERRUPT) = QUEUE_ENTRY; /* else none */
	*r16(d, QUEUE_SIZE) = q->size;
	write_address(d, QUEUE_DESCRIPTORS, q->descriptors);
	write_address(d, QUEUE_AVAILABLE, q->available);
	write_address(d, QUEUE_USED, q->used);
	*r16(d, QUEUE_ENABLE) = 1;
}

static void notify(const struct virtqueue *q)
{
	*(volatile uint16_t *)q->doorbell = q->index;
}

static bool route_interrupt(struct virtio_device *d, unsigned vector)
{
	return pci_route_msix(d->number, QUEUE_ENTRY, vector);
}

/* Without an entry of its own a change raises nothing, and is found out later. */
static void route_change(struct virtio_device *d, unsigned vector)
{
	if (pci_route_msix(d->number, CHANGE_ENTRY, vector))
		*r16(d, CHANGE_INTERRUPT) = CHANGE_ENTRY;
}

static uint32_t generation(struct virtio_device *d)
{
	return *r8(d, GENERATION);
}

static const struct virtio_transport transport = {
	.status = status,
	.set_status = set_status,
	.features = features,
	.set_features = set_features,
	.queue_size_max = queue_size_max,
	.set_queue = set_queue,
	.notify = notify,
	.route_interrupt = route_interrupt,
	.route_change = route_change,
	.generation = generation,
};

/* Number of the virtio device behind a PCI identity, 0 when it is none. Transitional
 * devices, which QEMU's are unless told otherwise, have the modern registers, too. */
static uint32_t device_id(uint32_t identity)
{
	uint32_t vendor = identity & 0xffff, device = identity >> 16;
	if (vendor != VENDOR_VIRTIO)
		return 0;
	if (device > DEVICE_MODERN && device <= DEVICE_LAST)
		return device - DEVICE_MODERN;
	switch (device) {
	case TRANSITIONAL_NET:
		return VIRTIO_ID_NET;
	case TRANSITIONAL_BLOCK:
		return VIRTIO_ID_BLOCK;
	case TRANSITIONAL_RNG:
		return VIRTIO_ID_RNG;
	}
	return 0;
}

/* Maps the registers that a capability points at; NULL when they have no address. */
static volatile char *map_capability(unsigned device, unsigned at)
{
	uint64_t base = pci_bar(device, pci_read_byte(device, at + CAP_BAR));
	if (!base)
		return 0;
	base += pci_read(device, at + CAP_OFFSET);
	paging_map_device(base, pci_read(device, at + CAP_LENGTH));
	return (volatile char *)base;
}

static void read_capability(struct virtio_device *d, unsigned device, unsigned at)
{
	switch (pci_read_byte(device, at + CAP_KIND)) {
	case KIND_COMMON:
		d->registers = map_capability(device, at);
		break;
	case KIND_NOTIFY:
		d->notification = map_capability(device, at);
		d->notification_step = pci_read(device, at + CAP_NOTIFY_STEP);
		break;
	case KIND_CONFIG:
		d->config = map_capability(device, at);
		break;
	}
}

static void add_device(virtio_add_t *add, unsigned device, uint32_t id)
{
	struct virtio_device found = {
		.transport = &transport,
		.id = id,
		.number = device,
	};
	for (unsigned i = 0, at = 0; i < PCI_CAPABILITIES_MAX; i++) {
		at = pci_find_capability(device, CAPABILITY_VENDOR, at);
		if (!at)
			break;
		read_capability(&found, device, at);
	}
	if (!found.registers || !found.notification || !add(&found))
		return;
	/* the upper half is the status, where a written 1 clears */
	uint32_t command = pci_read(device, PCI_COMMAND) & 0xffff;
	pci_write(device, PCI_COMMAND, command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

bool virtio_pci_probe(virtio_add_t *add)
{
	if (pci_read(0, PCI_ID) == PCI_NONE)
		return false;
	for (unsigned device = 1; device < PCI_DEVICES; device++) {
		uint32_t id = device_id(pci_read(device, PCI_ID));
		if (id)
			add_device(add, device, id);
	}
	return true;
}
