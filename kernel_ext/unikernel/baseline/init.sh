#!/bin/busybox sh
# The first process of the Linux baseline: one network device, iperf3 and two HTTP servers.
# The kernel hands boot variables on as environment.
echo "baseline: begins"
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module; do
	insmod "/modules/$module"
done </modules/order
ip link set lo up
ip address add "${UNIKERNEL_IPV4%%,*}" dev eth0
ip link set eth0 up
[ -z "${UNIKERNEL_IPV4_GATEWAY%%,*}" ] || ip route add default via "${UNIKERNEL_IPV4_GATEWAY%%,*}"
mkdir -p /tmp /var/log/nginx /run
iperf3 -s -D
httpd -p 8080 -h /www
nginx -p / -c /etc/nginx.conf
echo "baseline: ready"
exec sleep 2147483647
