#!/usr/bin/env bash
# Records the demo's captures through the real Linux Bluetooth stack: one small virtual machine an agent.
# Usage: tests/radio/record.sh [OUT_DIR]     (default: deploy/demo/captures)
# What it does, and why this way: README.md beside this file. Needs no root and no Bluetooth hardware.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
demo=$(cd "$here/../../deploy/demo" && pwd)
out=${1:-$demo/captures}
boot_before=60   # guest seconds for booting, all of them before the scenario's start
modules="lib/crc16 net/rfkill/rfkill crypto/ecc crypto/ecdh_generic crypto/cmac crypto/ecb crypto/af_alg
    crypto/algif_hash crypto/algif_skcipher net/bluetooth/bluetooth drivers/bluetooth/hci_vhci
    drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev
    drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci drivers/block/virtio_blk"

say() { echo "record: $*"; }
fail() { echo "record: $*" >&2; exit 1; }

check_tools() {
    local missing=()
    command -v qemu-system-x86_64 >/dev/null || missing+=(qemu-system-x86)
    command -v dbus-daemon >/dev/null || missing+=(dbus-daemon)
    command -v dbus-send >/dev/null || missing+=(dbus-bin)
    command -v cpio >/dev/null || missing+=(cpio)
    command -v openssl >/dev/null || missing+=(openssl)
    command -v python3 >/dev/null || missing+=(python3)
    { command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1; } || missing+=(busybox-static)
    [ ${#missing[@]} = 0 ] || fail "packages are missing; type:  apt-get install --no-install-recommends ${missing[*]}"
    command -v rustc >/dev/null || fail "rustc is missing; install Rust 1.88 or newer"
    command -v apt-get >/dev/null || fail "the guest is made of Debian's packages: run this on Debian 12"
}

# Debian's kernel and BlueZ, unpacked in the work directory, never installed and never committed.
fetch_packages() {
    local kernel
    kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)
    [ -n "$kernel" ] || fail "apt knows no kernel package; type:  apt-get update"
    (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root bluez "$kernel")
    for package in "$work"/*.deb; do dpkg -x "$package" "$work/debian"; done
    say "guest: $kernel, bluez $(dpkg-deb -f "$work"/bluez_*.deb Version), $(qemu-system-x86_64 --version | head -n 1)"
}

# install_binary FILE: into the guest, with the libraries that the loader finds for it here.
install_binary() {
    local lacking library
    lacking=$(ldd "$1" 2>/dev/null | sed -n 's/ => not found//p' | tr -d '\t' | tr '\n' ' ' || true)
    [ -z "$lacking" ] || fail "$(basename "$1") lacks $lacking; type:  apt-get install --no-install-recommends bluez"
    cp "$1" "$root/bin/"
    # A static binary has none, which ldd and grep both call an error.
    for library in $({ ldd "$1" 2>/dev/null || true; } | grep -oE '/[^ ]+' || true); do
        mkdir -p "$root$(dirname "$library")"
        cp -Ln "$library" "$root$library"
    done
}

build_guest() {
    root=$work/root
    mkdir -p "$root"/{bin,proc,sys,dev,tmp,run/dbus,var/lib/bluetooth,etc/bluetooth,lib/modules}
    local module file
    for module in $modules; do
        for file in "$work"/debian/lib/modules/*/kernel/"$module.ko"; do
            [ -f "$file" ] || continue   # built into this kernel
            cp "$file" "$root/lib/modules/"
            basename "$module"
        done
    done >"$root/lib/modules/order"
    rustc --edition 2024 -O -C target-feature=+crt-static -C strip=symbols \
        -o "$root/bin/controller" "$here/controller.rs"
    install_binary "$(command -v busybox)"
    for binary in "$work"/debian/usr/bin/{btmon,bluetoothctl} "$work/debian/usr/libexec/bluetooth/bluetoothd" \
        "$(command -v dbus-daemon)" "$(command -v dbus-send)"; do install_binary "$binary"; done
    echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
    printf '[General]\nControllerMode = le\n' >"$root/etc/bluetooth/main.conf"
    cp "$here/guest-bus.conf" "$root/etc/bus.conf"
    install -m 755 "$here/guest-init.sh" "$root/init"
}

# record_agent AGENT: one boot, one capture. With icount and sleep=off the guest's clock counts
# instructions and leaps over idle time: faster than life, and untouched by whatever else this machine does.
record_agent() {
    local agent=$1 box="$work/$1"
    mkdir -p "$box"
    cp "$work/schedule-$agent.txt" "$root/schedule.txt"
    (cd "$root" && find . | cpio --quiet -o -H newc --reproducible -R +0:+0 | gzip -n -1) >"$box/initrd"
    truncate -s 16M "$box/disk"
    timeout 1500 qemu-system-x86_64 -accel tcg -icount shift=0,sleep=off -m 256 -smp 1 -nic none -vga none -nographic \
        -no-reboot -rtc "base=$(date -u -d "@$((start - boot_before))" +%Y-%m-%dT%H:%M:%S),clock=vm" \
        -kernel "$work"/debian/boot/vmlinuz-* -initrd "$box/initrd" \
        -append "console=ttyS0 quiet panic=-1 start=$start" \
        -drive "file=$box/disk,format=raw,if=virtio" </dev/null >"$box/console.log" 2>&1 \
        || fail "the guest of $agent ended badly; see $box/console.log"
    sed -n "s/^guest/record: $agent:/p" "$box/console.log"
    tar xf "$box/disk" -C "$box" 2>/dev/null || fail "nothing came out of the guest; see $box/console.log"
    [ -s "$box/capture.btsnoop" ] || fail "no capture came out of the guest; see $box/console.log"
}

check_tools
work=$(mktemp -d "${TMPDIR:-/tmp}/shopbell-radio.XXXXXX")
clean_up() { if [ "$1" = 0 ] && [ -z "${KEEP:-}" ]; then rm -rf "$work"; else say "kept $work"; fi; }
trap 'clean_up $?' EXIT

python3 "$here/scenario.py" "$demo" "$work"
fact() { python3 -c "import json, sys; t = json.load(open(sys.argv[1])); print($1)" "$work/truth.json"; }
start=$(fact 't["start_ms"] // 1000')
shop=$(fact 't["shop"]')
fetch_packages
build_guest
mkdir -p "$out"
for agent in $(fact '*t["agents"]'); do
    record_agent "$agent"
    python3 "$here/trim.py" "$work/$agent/capture.btsnoop" "$out/$shop-$agent.btsnoop"
done
cp "$work/truth.json" "$out/truth.json"
(cd "$out" && sha256sum "$shop"-*.btsnoop truth.json | tee SHA256SUMS)
