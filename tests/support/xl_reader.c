/* SPDX-License-Identifier: ISC */
/* Reads the configuration of a domain as xl does, and prints what xl takes from it: words
 * and their values, each with a NUL behind it. Of disks: image, name, format, writable.
 */
#include <libxlutil.h>
#include <stdio.h>

static void put(const char *key, const char *value)
{
	printf("%s%c%s%c", key, 0, value ? value : "", 0);
}

static int put_disk(XLU_Config *config, const char *text)
{
	libxl_device_disk disk;

	libxl_device_disk_init(&disk);
	if (xlu_disk_parse(config, 1, &text, &disk))
		return 1;
	put("target", disk.pdev_path);
	put("vdev", disk.vdev);
	put("format", libxl_disk_format_to_string(disk.format));
	put("access", disk.readwrite ? "rw" : "ro");
	return 0;
}

static int put_list(XLU_Config *config, const char *key)
{
	XLU_ConfigList *list;
	int entries, failed = 0;

	if (xlu_cfg_get_list(config, key, &list, &entries, 1))
		return 0;
	for (int i = 0; i < entries; i++) {
		const char *text = xlu_cfg_get_listitem(list, i);
		if (key[0] == 'd')
			failed |= put_disk(config, text);
		else
			put(key, text);
	}
	return failed;
}

int main(int argc, char **argv)
{
	static const char *const words[] = {"name", "kernel", "type", "cmdline",
					    "on_crash"};
	static const char *const numbers[] = {"memory", "vcpus"};
	XLU_Config *config = xlu_cfg_init(stderr, argc > 1 ? argv[1] : "");
	const char *text;
	long number;

	if (argc != 2 || !config || xlu_cfg_readfile(config, argv[1]))
		return 1;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!xlu_cfg_get_string(config, words[i], &text, 0))
			put(words[i], text);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!xlu_cfg_get_long(config, numbers[i], &number, 0)) {
			char digits[24];
			snprintf(digits, sizeof(digits), "%ld", number);
			put(numbers[i], digits);
		}
	return put_list(config, "vif") | put_list(config, "disk");
}
