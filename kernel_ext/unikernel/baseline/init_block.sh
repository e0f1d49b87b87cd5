#!/bin/busybox sh
# The first process of the Linux baseline that measures a disk: one block device and fio.
# The kernel hands boot variables on as environment: FIO_DISK, FIO_RUNTIME, and
# FIO_JOBS=KIND:BYTES:DEPTH,...
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /tmp
while read -r module; do
	insmod "/modules/$module"
done </modules/order
echo "baseline: ready"
for job in $(echo "$FIO_JOBS" | tr , ' '); do
	kind=${job%%:*}
	rest=${job#*:}
	fio --name="$job" --filename="$FIO_DISK" --rw="$kind" --bs="${rest%%:*}" --iodepth="${rest#*:}" \
		--ioengine=libaio --direct=1 --thread --time_based --runtime="$FIO_RUNTIME" --norandommap \
		--randrepeat=0 --output-format=json --output=/tmp/report || echo "fio: status $?"
	echo "fio: report"
	cat /tmp/report
	echo "fio: end of report"
done
echo "baseline: measured"
exec sleep 2147483647
