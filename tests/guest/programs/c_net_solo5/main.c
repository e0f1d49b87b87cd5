/* SPDX-License-Identifier: ISC */
/* Solo5's network calls: sends every frame back where it came from, on both devices of
 * its manifest. A frame of type 88b6 ends it. */
#include <string.h>

#include "solo5.h"
#define MFT_ENTRIES 3
#include "mft_abi.h"

MFT1_NOTE_DECLARE_BEGIN{
	.version = MFT_VERSION,
	.entries = MFT_ENTRIES,
	.e =
		{
			{.name = "", .type = MFT_RESERVED_FIRST},
			{.name = "a", .type = MFT_DEV_NET_BASIC},
			{.name = "b", .type = MFT_DEV_NET_BASIC},
		},
} MFT1_NOTE_DECLARE_END;

#define MAC_SIZE SOLO5_NET_ALEN
#define TYPE_OFFSET (2 * MAC_SIZE)
#define FRAME_MAX 1518

static void say(const char *text)
{
	solo5_console_write(text, strlen(text));
}

static void check(const char *what, bool holds)
{
	say(holds ? "ok: " : "WRONG: ");
	say(what);
	say("\n");
}

static solo5_handle_t acquire(const char *name)
{
	struct solo5_net_info info;
	solo5_handle_t handle = 0;
	check("acquired",
	      solo5_net_acquire(name, &handle, &info) == SOLO5_R_OK && info.mtu == 1500);
	check("not twice", solo5_net_acquire(name, &handle, &info) == SOLO5_R_EINVAL);
	return handle;
}

static void refuse_misuse(solo5_handle_t net)
{
	static uint8_t frame[4096];
	struct solo5_net_info info;
	solo5_handle_t handle;
	size_t size;
	check("not in the manifest",
	      solo5_net_acquire("c", &handle, &info) == SOLO5_R_EINVAL);
	check("frame too long", solo5_net_write(net, frame, 1515) == SOLO5_R_EINVAL);
	check("frame too short", solo5_net_write(net, frame, 13) == SOLO5_R_EINVAL);
	check("buffer too short",
	      solo5_net_read(net, frame, 1513, &size) == SOLO5_R_EINVAL);
	check("no such handle", solo5_net_write(60, frame, 60) == SOLO5_R_EINVAL);
}

static void turn_around(uint8_t *frame)
{
	uint8_t from[MAC_SIZE];
	memcpy(from, frame + MAC_SIZE, MAC_SIZE);
	memcpy(frame + MAC_SIZE, frame, MAC_SIZE);
	memcpy(frame, from, MAC_SIZE);
}

static bool echo(solo5_handle_t net)
{
	uint8_t frame[FRAME_MAX];
	size_t size;
	while (solo5_net_read(net, frame, sizeof frame, &size) == SOLO5_R_OK) {
		if (frame[TYPE_OFFSET] == 0x88 && frame[TYPE_OFFSET + 1] == 0xb6)
			return false;
		turn_around(frame);
		if (solo5_net_write(net, frame, size) != SOLO5_R_OK)
			say("WRONG: write failed\n");
	}
	return true;
}

int solo5_app_main(const struct solo5_start_info *info)
{
	check("command line", strcmp(info->cmdline, "a b") == 0);
	check("512 KiB of heap, Solo5's least", info->heap_size >= 512u << 10);
	solo5_handle_t nets[2] = {acquire("a"), acquire("b")};
	refuse_misuse(nets[0]);
	say("ready\n");
	for (;;) {
		solo5_handle_set_t ready;
		solo5_yield(UINT64_MAX, &ready);
		for (unsigned i = 0; i < 2; i++)
			if (ready >> nets[i] & 1 && !echo(nets[i]))
				return SOLO5_EXIT_SUCCESS;
	}
}
