/* SPDX-License-Identifier: ISC */
/* The whole Solo5 interface but frames and disks, manifest included. */
#include <string.h>

#include "solo5.h"
#include "solo5_version.h"
#define MFT_ENTRIES 2
#include "mft_abi.h"

MFT1_NOTE_DECLARE_BEGIN{
	.version = MFT_VERSION,
	.entries = 2,
	.e =
		{
			{.name = "", .type = MFT_RESERVED_FIRST},
			{.name = "service", .type = MFT_DEV_NET_BASIC},
		},
} MFT1_NOTE_DECLARE_END;

#define YEAR_2020_S 1577836800u
#define SLEEP_NS 20000000u

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

static void use_heap(const struct solo5_start_info *info)
{
	char *heap = (char *)info->heap_start;
	memset(heap, 0x5a, info->heap_size);
	check("the whole heap can be written",
	      heap[0] == 0x5a && heap[info->heap_size - 1] == 0x5a);
	check("most of 16 MiB is heap", info->heap_size > 10u << 20);
}

static void use_clocks(void)
{
	solo5_handle_set_t ready = 1;
	solo5_time_t before = solo5_clock_monotonic();
	solo5_yield(before + SLEEP_NS, &ready);
	check("yield waits for the deadline",
	      solo5_clock_monotonic() >= before + SLEEP_NS);
	check("no device is ready", ready == 0);
	solo5_yield(0, NULL);
	check("wall clock", solo5_clock_wall() / 1000000000u > YEAR_2020_S);
}

static void use_devices(void)
{
	solo5_handle_t handle;
	struct solo5_net_info net;
	struct solo5_block_info block;
	check("network", solo5_net_acquire("service", &handle, &net) == SOLO5_R_OK);
	check("not in the manifest",
	      solo5_net_acquire("management", &handle, &net) == SOLO5_R_EINVAL);
	check("no disk in the manifest",
	      solo5_block_acquire("storage", &handle, &block) == SOLO5_R_EINVAL);
}

int solo5_app_main(const struct solo5_start_info *info)
{
	static uint64_t tls[32] __attribute__((aligned(16)));
	check("command line", strcmp(info->cmdline, "one --solo5:quiet two") == 0);
	use_heap(info);
	use_clocks();
	use_devices();
	check("TLS base not canonical",
	      solo5_set_tls_base((uintptr_t)1 << 50) == SOLO5_R_EINVAL);
	check("TLS base", solo5_set_tls_base((uintptr_t)tls) == SOLO5_R_OK);
	say("Solo5 " SOLO5_VERSION "\n");
	solo5_exit(7);
}
