"""Answers to lab 11."""

from . import Answer

_SAY = r"""
static char line[200];
#define SAY(...) solo5_console_write(line, (size_t)snprintf(line, sizeof line, __VA_ARGS__))
"""

_FIRMWARE = (
    r"""%%unikernel build firmware -t virtio --lang c
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "solo5.h"
"""
    + _SAY
    + r"""
static inline void outw(uint16_t port, uint16_t value)
{
        __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
        uint8_t value;
        __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static uint64_t big(int bytes)
{
        uint64_t value = 0;
        while (bytes--)
                value = value << 8 | inb(0x511);
        return value;
}

static uint64_t little(int bytes)
{
        uint64_t value = 0;
        for (int i = 0; i < bytes; i++)
                value |= (uint64_t)inb(0x511) << (8 * i);
        return value;
}

/* The item of a file, and its size in bytes; 0 when there is none. */
static uint16_t find(const char *wanted, uint64_t *size)
{
        outw(0x510, 0x0019);
        for (uint64_t left = big(4); left; left--) {
                char name[57] = "";
                *size = big(4);
                uint16_t item = (uint16_t)big(2);
                big(2);
                for (int i = 0; i < 56; i++)
                        name[i] = (char)inb(0x511);
                if (!strcmp(name, wanted))
                        return item;
        }
        return 0;
}

int solo5_app_main(const struct solo5_start_info *info)
{
        (void)info;
        outw(0x510, 0x0000);
        uint64_t size;
        uint16_t item;
        if (big(4) != 0x51454d55 || !(item = find("etc/e820", &size)))
                return SOLO5_EXIT_FAILURE;
        outw(0x510, item);
        for (; size >= 20; size -= 20) {
                uint64_t address = little(8), length = little(8);
                if (little(4) == 1)
                        SAY("RAM at 0x%llx: %llu bytes\n", (unsigned long long)address,
                            (unsigned long long)length);
        }
        return SOLO5_EXIT_SUCCESS;
}
"""
)

_WHO = (
    r"""%%unikernel build who -t virtio --lang c --net service --block storage
#include <stdint.h>
#include <stdio.h>
#include "solo5.h"
"""
    + _SAY
    + r"""
int solo5_app_main(const struct solo5_start_info *info)
{
        (void)info;
        for (unsigned slot = 0; slot < 8; slot++) {
                volatile uint32_t *registers =
                        (volatile uint32_t *)(uintptr_t)(0xfeb00000u + 512 * slot);
                if (registers[0] == 0x74726976 && registers[2])
                        SAY("slot %u: device %u\n", slot, registers[2]);
        }
        return SOLO5_EXIT_SUCCESS;
}
"""
)

_TRANSPORT = (
    r"""%%writefile transport.h
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "solo5.h"
"""
    + _SAY
    + r"""
static volatile char *device;

static inline uint32_t get(unsigned offset)
{
        return *(volatile uint32_t *)(device + offset);
}

static inline void put(unsigned offset, uint32_t value)
{
        *(volatile uint32_t *)(device + offset) = value;
}

static inline bool find(uint32_t id)
{
        for (unsigned slot = 0; slot < 8; slot++) {
                device = (volatile char *)(uintptr_t)(0xfeb00000u + 512 * slot);
                if (get(0x000) == 0x74726976 && get(0x008) == id)
                        return true;
        }
        return false;
}

static inline bool agree(void)
{
        put(0x070, 0);
        put(0x070, 1);
        put(0x070, 1 | 2);
        put(0x024, 0);
        put(0x020, 0);
        put(0x024, 1);
        put(0x020, 1);
        put(0x070, 1 | 2 | 8);
        return get(0x070) & 8;
}

static inline uint64_t capacity(void)
{
        return (uint64_t)get(0x104) << 32 | get(0x100);
}
"""
)

_QUEUE = r"""%%writefile queue.h
#include "transport.h"

#define QUEUE_SIZE 4

struct descriptor {
        uint64_t address;
        uint32_t length;
        uint16_t flags, next;
};

static struct queue {
        struct descriptor descriptors[QUEUE_SIZE];
        struct {
                volatile uint16_t flags, index, ring[QUEUE_SIZE];
        } available __attribute__((aligned(4)));
        struct {
                volatile uint16_t flags, index;
                struct {
                        uint32_t id, length;
                } ring[QUEUE_SIZE];
        } used __attribute__((aligned(4)));
} queue __attribute__((aligned(4096)));

static inline void put_address(unsigned offset, volatile void *place)
{
        put(offset, (uint32_t)(uintptr_t)place);
        put(offset + 4, (uint32_t)((uint64_t)(uintptr_t)place >> 32));
}

static inline void start_queue(void)
{
        put(0x030, 0);
        put(0x038, QUEUE_SIZE);
        put_address(0x080, queue.descriptors);
        put_address(0x090, &queue.available);
        put_address(0x0a0, &queue.used);
        put(0x044, 1);
        put(0x070, 1 | 2 | 8 | 4);
}

static inline uint8_t request(uint32_t type, uint64_t sector, void *bytes)
{
        static struct {
                uint32_t type, reserved;
                uint64_t sector;
        } head;
        static volatile uint8_t status;
        head.type = type;
        head.sector = sector;
        status = 255;
        queue.descriptors[0] = (struct descriptor){(uintptr_t)&head, 16, 1, 1};
        queue.descriptors[1] =
                (struct descriptor){(uintptr_t)bytes, 512, type ? 1 : 1 | 2, 2};
        queue.descriptors[2] = (struct descriptor){(uintptr_t)&status, 1, 2, 0};
        uint16_t before = queue.used.index;
        queue.available.ring[queue.available.index % QUEUE_SIZE] = 0;
        __asm__ volatile("" : : : "memory");
        queue.available.index++;
        __asm__ volatile("mfence" : : : "memory");
        put(0x050, 0);
        while (queue.used.index == before)
                ;
        __asm__ volatile("" : : : "memory");
        return status;
}
"""

_MIRROR = r"""%%writefile mirror.c
#include "queue.h"

int solo5_app_main(const struct solo5_start_info *info)
{
        static char sector[512];
        (void)info;
        if (!find(2) || !agree())
                return SOLO5_EXIT_FAILURE;
        start_queue();
        uint64_t all = capacity();
        for (uint64_t n = 0; n < all / 2; n++)
                if (request(0, n, sector) || request(1, all - 1 - n, sector))
                        return SOLO5_EXIT_FAILURE;
        return SOLO5_EXIT_SUCCESS;
}
"""

_STRIPE = (
    r"""%%unikernel build stripe --lang c --block left --block right
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "solo5.h"
"""
    + _SAY
    + r"""
#define SECTOR 512

static solo5_handle_t disks[2];

int solo5_app_main(const struct solo5_start_info *info)
{
        static uint8_t bytes[SECTOR];
        struct solo5_block_info left, right;
        char *end;
        uint64_t from = strtoull(info->cmdline, &end, 10), to = strtoull(end, NULL, 10);
        if (solo5_block_acquire("left", &disks[0], &left) != SOLO5_R_OK ||
            solo5_block_acquire("right", &disks[1], &right) != SOLO5_R_OK)
                return SOLO5_EXIT_FAILURE;
        uint64_t all = (left.capacity + right.capacity) / SECTOR;
        SAY("%llu sectors\n", (unsigned long long)all);
        if (from >= all || to >= all ||
            solo5_block_read(disks[from % 2], from / 2 * SECTOR, bytes, SECTOR) != SOLO5_R_OK ||
            solo5_block_write(disks[to % 2], to / 2 * SECTOR, bytes, SECTOR) != SOLO5_R_OK)
                return SOLO5_EXIT_FAILURE;
        return SOLO5_EXIT_SUCCESS;
}
"""
)

ANSWERS = {
    "ex-driver-1": Answer(
        _FIRMWARE,
        wrong={
            _FIRMWARE.replace("if (little(4) == 1)", "little(4);"): r"A q35 with \d+ MiB is not",
            _FIRMWARE.replace("item = (uint16_t)big(2)", "item = (uint16_t)little(2)"): (
                r"A microvm with \d+ MiB is not described so"
            ),
        },
    ),
    "ex-driver-2": Answer(
        _WHO,
        wrong={
            _WHO.replace(" && registers[2]", ""): r"does not say which",
            _WHO.replace("slot < 8", "slot < 3"): r"does not say which",
        },
    ),
    "ex-driver-3": Answer(
        _TRANSPORT,
        wrong={
            _TRANSPORT.replace("put(0x070, 1 | 2 | 8);", "").replace(
                "return get(0x070) & 8;", "return true;"
            ): r"status is 3: driver and device have not agreed",
            _TRANSPORT.replace("get(0x100);", "get(0x108);"): r"A disk of \d+ sectors is not seen",
        },
    ),
    "ex-driver-4": Answer(
        _QUEUE,
        wrong={
            _QUEUE.replace("head.sector = sector;", "head.sector = 0;"): r"Asked for sector \d+ of",
            _QUEUE.replace("return status;", "return 0;"): r"should say 'the disk said 1'",
        },
    ),
    "ex-driver-5": Answer(
        _MIRROR,
        wrong={
            _MIRROR.replace("all - 1 - n", "all / 2 + n"): r"are not as they should be",
            _MIRROR.replace("n < all / 2", "n < 2"): r"the first is 2?\d",
        },
    ),
    "ex-driver-6": Answer(
        _STRIPE,
        wrong={
            _STRIPE.replace("from % 2", "from * SECTOR / left.capacity").replace(
                "from / 2 *", "from % (left.capacity / SECTOR) *"
            ): r"was to be copied to \d+, for virtio",
            _STRIPE.replace("(left.capacity + right.capacity)", "left.capacity"): (
                r"does not say how many it has"
            ),
        },
    ),
}
