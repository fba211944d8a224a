#!/bin/busybox sh
# shellcheck shell=dash
# First process of the recording guest: brings up the Bluetooth stack of an ordinary Linux box, lets it
# discover as the agent would, records what the host received, writes it to the disk, switches off.
# The kernel's command line gives start=UNIX_SECONDS of the scenario.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev

say() { echo "guest $(date -u +%H:%M:%S) $*"; }
give_up() { say "FAILED: $*"; tail -n 20 /tmp/*.log; poweroff -f; }
# until_true SECONDS COMMAND...: polls; the guest has nothing better to do.
until_true() {
    left=$(($1 * 5)); shift
    while ! "$@" >/dev/null 2>&1; do
        left=$((left - 1)); [ "$left" -gt 0 ] || return 1
        sleep 0.2
    done
}
adapter_known() {
    dbus-send --system --print-reply --dest=org.bluez / org.freedesktop.DBus.ObjectManager.GetManagedObjects | grep -q hci0
}

start=$(sed 's/.*start=\([0-9]*\).*/\1/' /proc/cmdline)
ip link set lo up
while read -r module; do
    insmod "/lib/modules/$module.ko" || say "module $module was refused"
done </lib/modules/order
[ -b /dev/vda ] || give_up "no disk to write the capture to"

dbus-daemon --config-file=/etc/bus.conf --fork --nopidfile || give_up "dbus-daemon does not start"
btmon -w /tmp/capture.btsnoop >/tmp/btmon.log 2>&1 &
btmon_pid=$!
until_true 10 test -s /tmp/capture.btsnoop || give_up "btmon records nothing"
controller /schedule.txt "$start" /tmp/fates >/tmp/controller.log 2>&1 &
controller_pid=$!
bluetoothd -n >/tmp/bluetoothd.log 2>&1 &
until_true 30 adapter_known || give_up "bluetoothd does not know hci0"

# What the agent asks of BlueZ, asked by BlueZ's own client: LE only, duplicates wanted. Its standard input
# must stay open, or it leaves and the discovery with it.
{
    sleep 1; echo "power on"
    sleep 2; echo "scan.transport le"
    sleep 1; echo "scan.duplicate-data on"
    sleep 1; echo "scan on"
    sleep 100000
} | bluetoothctl >/tmp/bluetoothctl.log 2>&1 &
until_true 30 grep -q "Discovery started" /tmp/bluetoothctl.log || give_up "discovery does not start"
now=$(date +%s)
[ "$now" -lt "$start" ] || give_up "ready only $((now - start)) s after the scenario's start: give -rtc an earlier base"
say "discovering, $((start - now)) s before the scenario"

wait "$controller_pid" || give_up "the controller failed"
sleep 2
kill -INT "$btmon_pid"
wait "$btmon_pid"
say "recorded $(wc -c </tmp/capture.btsnoop) bytes"
cd /tmp && tar cf /dev/vda capture.btsnoop fates controller.log bluetoothd.log btmon.log && sync && say "done"
poweroff -f
