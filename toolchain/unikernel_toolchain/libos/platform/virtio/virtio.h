/* SPDX-License-Identifier: ISC */
/* virtio.h: virtio devices (virtio 1.1), whatever carries them. */
#ifndef VIRTIO_H
#define VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_ID_NET 1
#define VIRTIO_ID_BLOCK 2
#define VIRTIO_ID_RNG 4

#define VIRTIO_F_ANY_LAYOUT ((uint64_t)1 << 27)
#define VIRTIO_F_EVENT_INDEX ((uint64_t)1 << 29)
#define VIRTIO_F_VERSION_1 ((uint64_t)1 << 32)

struct virtio_device;
struct virtqueue;

/* What a carrier, MMIO or PCI, does for a device. */
struct virtio_transport {
	uint8_t (*status)(struct virtio_device *d);
	void (*set_status)(struct virtio_device *d, uint8_t status);
	uint64_t (*features)(struct virtio_device *d);
	void (*set_features)(struct virtio_device *d, uint64_t features);
	/* Largest size of queue `index` in descriptors, 0 when there is no such queue. */
	uint16_t (*queue_size_max)(struct virtio_device *d, uint16_t index);
	/* Tells the device where q->index lies and turns that queue on; sets q->doorbell.
	 */
	void (*set_queue)(struct virtio_device *d, struct virtqueue *q);
	void (*notify)(const struct virtqueue *q);
	/* Has the device raise `vector` on this CPU; before its queues are set. False
	 * when it cannot. */
	bool (*route_interrupt)(struct virtio_device *d, unsigned vector);
	/* Has the device raise `vector` when its configuration changes; NULL when that
	 * raises the interrupt of its queues. */
	void (*route_change)(struct virtio_device *d, unsigned vector);
	/* Another number whenever what is in `config` is another; always 0 of a legacy
	 * device. */
	uint32_t (*generation)(struct virtio_device *d);
	/* Lets the device raise its interrupt anew; NULL when it does so by itself. */
	void (*acknowledge)(struct virtio_device *d);
};

struct virtio_device {
	const struct virtio_transport *transport;
	uint32_t id;
	unsigned number;	     /* MMIO: slot; PCI: device number on bus 0 */
	bool legacy;		     /* older than virtio 1.0 */
	bool interrupts;	     /* route_interrupt succeeded */
	volatile char *registers;    /* MMIO: all; PCI: common configuration */
	volatile char *notification; /* PCI only */
	uint32_t notification_step;  /* PCI only: bytes from queue to queue */
	volatile char *config;	     /* device specific */
};

/* Device number `n` of a kind in the order of their places, NULL when there are not so
 * many. The first call looks for devices on whatever bus the machine has and maps their
 * registers: a guest that needs none does not pay for the search. */
struct virtio_device *virtio_find(uint32_t id, unsigned n);

/* Resets the device and agrees on features: `*wanted` and what every driver here can
 * do; on return what was agreed. False when the device refuses. */
bool virtio_begin(struct virtio_device *d, uint64_t *wanted);
bool virtio_set_queue(struct virtio_device *d, uint16_t index, struct virtqueue *q);
void virtio_ready(struct virtio_device *d);
void virtio_reset(struct virtio_device *d);

/* Where a carrier's probe puts what it found; false when there is no more room. */
typedef bool virtio_add_t(const struct virtio_device *found);

/* The carriers look for devices. False when the machine has no PCI. */
bool virtio_pci_probe(virtio_add_t *add);
void virtio_mmio_probe(virtio_add_t *add);

#endif
