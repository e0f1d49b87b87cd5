/* SPDX-License-Identifier: ISC */
/* Devices of whatever bus, and the steps that begin each (virtio 1.1, section 3.1.1):
 *
 *   reset -> ACKNOWLEDGE -> DRIVER -> features -> FEATURES_OK -> queues -> DRIVER_OK
 *
 * A legacy device knows no FEATURES_OK and agrees to any subset of what it offers.
 */
#include "virtio.h"
#include "virtqueue.h"

#define DEVICES_MAX 32

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER 2
#define STATUS_DRIVER_OK 4
#define STATUS_FEATURES_OK 8
#define STATUS_FAILED 128

static struct virtio_device devices[DEVICES_MAX];
static unsigned device_count;

static bool add(const struct virtio_device *found)
{
	if (device_count == DEVICES_MAX)
		return false;
	devices[device_count++] = *found;
	return true;
}

static void probe(void)
{
	static bool probed;
	if (probed)
		return;
	probed = true;
	/* a machine with PCI has its virtio devices there; microvm has slots instead */
	if (!virtio_pci_probe(add))
		virtio_mmio_probe(add);
}

struct virtio_device *virtio_find(uint32_t id, unsigned n)
{
	probe();
	for (unsigned i = 0; i < device_count; i++)
		if (devices[i].id == id && n-- == 0)
			return &devices[i];
	return 0;
}

static void add_status(struct virtio_device *d, uint8_t bit)
{
	d->transport->set_status(d, d->transport->status(d) | bit);
}

void virtio_reset(struct virtio_device *d)
{
	d->transport->set_status(d, 0);
	while (d->transport->status(d) != 0)
		;
}

/* Virtio 1.1, section 3.1.1. */
bool virtio_begin(struct virtio_device *d, uint64_t *wanted)
{
	uint64_t ours = *wanted | VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_INDEX;
	virtio_reset(d);
	add_status(d, STATUS_ACKNOWLEDGE);
	add_status(d, STATUS_DRIVER);
	*wanted = d->transport->features(d) & ours; /* never more than is offered */
	d->transport->set_features(d, *wanted);
	if (d->legacy)
		return true;
	add_status(d, STATUS_FEATURES_OK);
	if (*wanted & VIRTIO_F_VERSION_1 && d->transport->status(d) & STATUS_FEATURES_OK)
		return true;
	add_status(d, STATUS_FAILED);
	return false;
}

bool virtio_set_queue(struct virtio_device *d, uint16_t index, struct virtqueue *q)
{
	if (d->transport->queue_size_max(d, index) < q->size)
		return false;
	q->index = index;
	d->transport->set_queue(d, q);
	return true;
}

void virtio_ready(struct virtio_device *d)
{
	add_status(d, STATUS_DRIVER_OK);
}
