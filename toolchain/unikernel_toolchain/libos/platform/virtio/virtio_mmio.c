/* SPDX-License-Identifier: ISC */
/* Virtio over MMIO (virtio 1.1, section 4.2; the legacy interface 4.2.4, which QEMU's
 * microvm still shows unless told otherwise). */
#include "ioapic.h"
#include "virtio.h"
#include "virtqueue.h"
#include "x86_64/machine/paging.h"

#define FIRST_SLOT 0xfeb00000u /* QEMU microvm */
#define SLOT_SIZE 512
#define SLOTS 32
#define FIRST_LINE 5 /* slot n is on line 5 + n of the IOAPIC ... */
#define LINES 8	     /* ... of which microvm without ACPI has so many */

#define MAGIC 0x000
#define MAGIC_VALUE 0x74726976 /* "virt" */
#define VERSION 0x004
#define VERSION_LEGACY 1
#define DEVICE_ID 0x008
#define DEVICE_FEATURES 0x010
#define DEVICE_FEATURES_WORD 0x014
#define DRIVER_FEATURES 0x020
#define DRIVER_FEATURES_WORD 0x024
#define LEGACY_PAGE_SIZE 0x028
#define QUEUE_SELECT 0x030
#define QUEUE_SIZE_MAX 0x034
#define QUEUE_SIZE 0x038
#define LEGACY_QUEUE_ALIGN 0x03c
#define LEGACY_QUEUE_PAGE 0x040
#define QUEUE_READY 0x044
#define QUEUE_NOTIFY 0x050
#define INTERRUPT_ACKNOWLEDGE 0x064
#define INTERRUPT_ALL 3 /* queues and configuration */
#define STATUS 0x070
#define QUEUE_DESCRIPTORS 0x080
#define QUEUE_AVAILABLE 0x090
#define QUEUE_USED 0x0a0
#define CONFIG_GENERATION 0x0fc
#define CONFIG 0x100

#define PAGE_BYTES 4096

static uint32_t read(struct virtio_device *d, unsigned offset)
{
	return *(volatile uint32_t *)(d->registers + offset);
}

static void write(struct virtio_device *d, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(d->registers + offset) = value;
}

static void write_address(struct virtio_device *d, unsigned offset,
			  volatile void *address)
{
	write(d, offset, (uint32_t)(uintptr_t)address);
	write(d, offset + 4, (uint32_t)((uintptr_t)address >> 32));
}

static uint8_t status(struct virtio_device *d)
{
	return (uint8_t)read(d, STATUS);
}

static void set_status(struct virtio_device *d, uint8_t value)
{
	write(d, STATUS, value);
}

static uint64_t features(struct virtio_device *d)
{
	uint64_t words[2];
	for (unsigned i = 0; i < 2; i++) {
		write(d, DEVICE_FEATURES_WORD, i);
		words[i] = read(d, DEVICE_FEATURES);
	}
	return words[1] << 32 | words[0];
}

static void set_features(struct virtio_device *d, uint64_t value)
{
	for (unsigned i = 0; i < 2; i++) {
		write(d, DRIVER_FEATURES_WORD, i);
		write(d, DRIVER_FEATURES, (uint32_t)(value >> (32 * i)));
	}
}

/* What is read of a queue is of the one selected last. */
static uint16_t queue_size_max(struct virtio_device *d, uint16_t index)
{
	write(d, QUEUE_SELECT, index);
	return (uint16_t)read(d, QUEUE_SIZE_MAX);
}

/* A legacy device is told the first page only and works out the rest of the layout. */
static void set_queue(struct virtio_device *d, struct virtqueue *q)
{
	q->doorbell = d->registers + QUEUE_NOTIFY;
	write(d, QUEUE_SELECT, q->index);
	if (d->legacy)
		write(d, LEGACY_PAGE_SIZE, PAGE_BYTES);
	write(d, QUEUE_SIZE, q->size);
	if (d->legacy) {
		write(d, LEGACY_QUEUE_ALIGN, VIRTQUEUE_USED_ALIGN);
		write(d, LEGACY_QUEUE_PAGE,
		      (uint32_t)((uintptr_t)q->descriptors / PAGE_BYTES));
		return;
	}
	write_address(d, QUEUE_DESCRIPTORS, q->descriptors);
	write_address(d, QUEUE_AVAILABLE, q->available);
	write_address(d, QUEUE_USED, q->used);
	write(d, QUEUE_READY, 1);
}

static void notify(const struct virtqueue *q)
{
	*(volatile uint32_t *)q->doorbell = q->index;
}

/* Each slot has a line of its own, as far as there are lines: nothing is shared. */
static bool route_interrupt(struct virtio_device *d, unsigned vector)
{
	if (d->number >= LINES)
		return false;
	ioapic_route(FIRST_LINE + d->number, vector);
	return true;
}

static uint32_t generation(struct virtio_device *d)
{
	return d->legacy ? 0 : read(d, CONFIG_GENERATION);
}

/* The line stays up until told, and only its rising raises the interrupt. */
static void acknowledge(struct virtio_device *d)
{
	write(d, INTERRUPT_ACKNOWLEDGE, INTERRUPT_ALL);
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
	.generation = generation,
	.acknowledge = acknowledge,
};

void virtio_mmio_probe(virtio_add_t *add)
{
	paging_map_device(FIRST_SLOT, SLOTS * SLOT_SIZE);
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct virtio_device found = {
			.transport = &transport,
			.number = slot,
			.registers = (volatile char *)(uintptr_t)(FIRST_SLOT +
								  slot * SLOT_SIZE),
		};
		if (read(&found, MAGIC) != MAGIC_VALUE)
			break; /* microvm has its slots in a row */
		found.id = read(&found, DEVICE_ID);
		found.legacy = read(&found, VERSION) == VERSION_LEGACY;
		found.config = found.registers + CONFIG;
		if (found.id) /* 0: a slot that nothing is in */
			add(&found);
	}
}
