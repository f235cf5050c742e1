#!/bin/bash
# The container Pi: a Debian userland dressed as Raspberry Pi OS, booted with real systemd as PID 1 in its own
# namespaces, on a lab network (bridge pilab0, 10.77.0.0/24) that has no way out of this machine. Needs root on Debian.
#
#   pi-container.sh build [PART...]  what `up` needs, once: bookworm (default) trixie node gpiod polkit avahi dropbear;
#                                    FORCE=1 redoes it
#   pi-container.sh up | down        boot a pristine Pi (its changes live in a tmpfs) | stop it and clean up
#   pi-container.sh status           state, addresses, mDNS answer, GPIO levels; exit 0 if ssh answers
#   pi-container.sh exec CMD...      run as root inside the Pi (login shell when no CMD);
#                                    'exec systemctl reboot' reboots it, and what was changed stays
#   pi-container.sh powercut         its power goes, unseen by anything on it, and comes back; what was changed stays
#   pi-container.sh lan CMD...       run on the host's files, in a namespace that sees only the lab network (10.77.0.2):
#                                    use it for anything that scans or announces
#   pi-container.sh led BCM          0 or 1: the level on a GPIO pin, seen from outside the Pi
#   pi-container.sh gpiolog          every change of every pin, with its time
#   pi-container.sh actlog           every change of the activity LED and of its trigger, with its time
#   pi-container.sh drive BCM 0|1    level fed to a pin while it is an input
#   pi-container.sh fault BCM none|busy|ground|3v3
#                                    what is wrong with a pin: held by a driver of the kernel, or shorted
#   pi-container.sh impair drop|unplug|loss PCT|delay MS [JITTER]|rate KBIT     |  heal
#                                    PCT and MS count each way, so delay 100 adds 200 ms to a round trip
#
# Which Pi, by environment:
#   PI_NAME (raspberrypi)  PI_IP (10.77.0.16)  PI_MAC (b8:27:eb:12:34:56)  PI_LAB_DIR (/var/tmp/pi-lab)
#   PI_OS        bookworm | trixie
#   PI_NODE      none (as Raspberry Pi OS ships) | debian (its nodejs package)
#   PI_GPIOD     none | debian (its libgpiod tools: version 1.6 in bookworm, 2.2 in trixie)
#   PI_POLKIT    none | debian (its polkitd, as Raspberry Pi OS has it)
#   PI_AVAHI_UTILS  none | debian (its avahi-utils, which has avahi-resolve)
#   PI_SUDO      nopasswd | password (as Raspberry Pi OS 6.2 and later) | none (pi may not use sudo)
#   PI_USERLAND  native | armhf (a 64-bit kernel with a 32-bit userland) | armv6 (a Pi Zero): what uname, dpkg and
#                getconf answer; the programs stay what they are
#   PI_SSHD      openssh | no-sftp (OpenSSH without its SFTP server) | dropbear (Dropbear, no SFTP)
#   PI_SHELL     quiet | noisy (a .bashrc that prints on every sign-in)
#   PI_ADVERTISE ssh | stock (as Raspberry Pi OS ships: raspberrypi.local and no services) | none (no avahi)
#   PI_UDEV_MS   50: how long a just-exported gpio stays root-only, as udev makes it on a Pi
# Login: pi / raspberry.
#
# What differs from a real Pi is in README.md.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
D=${PI_LAB_DIR:-/var/tmp/pi-lab}
PI_NAME=${PI_NAME:-raspberrypi} PI_IP=${PI_IP:-10.77.0.16} PI_MAC=${PI_MAC:-b8:27:eb:12:34:56}
PI_OS=${PI_OS:-bookworm} PI_NODE=${PI_NODE:-none} PI_GPIOD=${PI_GPIOD:-none} PI_POLKIT=${PI_POLKIT:-none}
PI_AVAHI_UTILS=${PI_AVAHI_UTILS:-none}
PI_SUDO=${PI_SUDO:-nopasswd} PI_USERLAND=${PI_USERLAND:-native} PI_SSHD=${PI_SSHD:-openssh}
PI_SHELL=${PI_SHELL:-quiet} PI_ADVERTISE=${PI_ADVERTISE:-ssh} PI_UDEV_MS=${PI_UDEV_MS:-50}
BR=pilab0 HOST_IP=10.77.0.1 LAN_NS=pilab-lan LAN_IP=10.77.0.2
LOCK=/run/lock/pilab.lock                                            # the lab network is one for the whole machine
NS=pilab-$PI_NAME
VH=vp$(printf %s "$PI_NAME" | cksum | cut -d' ' -f1 | cut -c1-8)     # host end of the Pi's cable
ROOT=$D/$PI_OS RUN=$D/run/$PI_NAME
CG2=/sys/fs/cgroup/unified; [ -f $CG2/cgroup.procs ] || CG2=/sys/fs/cgroup

die() { echo "pi-container: $*" >&2; exit 1; }
one_of() { local name=$1 value=$2; shift 2; [[ " $* " = *" $value "* ]] || die "$name=$value: one of $*"; }
one_of PI_OS "$PI_OS" bookworm trixie
one_of PI_NODE "$PI_NODE" none debian
one_of PI_GPIOD "$PI_GPIOD" none debian
one_of PI_POLKIT "$PI_POLKIT" none debian
one_of PI_AVAHI_UTILS "$PI_AVAHI_UTILS" none debian
one_of PI_SUDO "$PI_SUDO" nopasswd password none
one_of PI_USERLAND "$PI_USERLAND" native armhf armv6
one_of PI_SSHD "$PI_SSHD" openssh no-sftp dropbear
one_of PI_SHELL "$PI_SHELL" quiet noisy
one_of PI_ADVERTISE "$PI_ADVERTISE" ssh stock none

need() { # PROGRAM:PACKAGE...
  local x miss=()
  for x; do [ -e "/usr/include/${x%%:*}" ] || command -v "${x%%:*}" >/dev/null || miss+=("${x#*:}"); done
  [ ${#miss[@]} -eq 0 ] && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${miss[@]}" >/dev/null \
    || die "apt-get install ${miss[*]} failed"
}
# The only child of `unshare`, by that name: while it starts, `_super` has children and grandchildren of other kinds.
init_pid() { local s; s=$(cat "$RUN/super.pid" 2>/dev/null) && s=$(pgrep -P "$s" -x unshare) && pgrep -P "$s"; }
running() { local p; p=$(init_pid) && [ -n "$p" ] && [ -d "/proc/$p" ]; }
# A shell waits for the program, and not nsenter: that stops itself when its child is stopped, as a shutdown does to all
# processes before it kills them, so it would never reap the child and the Pi's PID namespace could not end.
inside() { nsenter -t "$(init_pid)" -m -u -i -n -p -C --no-fork --root /bin/sh -c '"$@"; exit $?' sh \
    env -i -C / HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
netns() { nsenter -t "$(init_pid)" -n "$@"; }

# --- build -----------------------------------------------------------------------------------------------------------

mirror() { # the mirror this machine itself uses
  local m=${MIRROR:-}
  [ -n "$m" ] || m=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/$' || true)
  echo "${m:-http://deb.debian.org/debian/}"
}
ch() { local root=$1; shift; env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }

build() {
  [ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null || die "needs Debian or one of its kin"
  mkdir -p "$D"
  exec 9> "$D/build.lock"; flock 9                                   # two suites may start at once
  need debootstrap:debootstrap gcc:gcc pkg-config:pkg-config fuse3:libfuse3-dev ip:iproute2 nsenter:util-linux
  build_fs pi-gpiofs; build_fs pi-ledfs
  [ $# -gt 0 ] || set -- bookworm
  local part
  for part; do
    case "$part" in
      bookworm|trixie) build_root "$part" ;;
      node) build_layer node nodejs ;;
      gpiod) build_layer gpiod gpiod ;;
      polkit) build_layer polkit polkitd ;;
      avahi) build_layer avahi avahi-utils ;;
      dropbear) build_layer dropbear dropbear-bin ;;
      *) die "build: bookworm, trixie, node, gpiod, polkit, avahi or dropbear, not '$part'" ;;
    esac
  done
}

build_fs() { # NAME; static libfuse: the binary then needs nothing on the machine that runs it
  if [ ! -x "$D/$1" ] || [ "$HERE/$1.c" -nt "$D/$1" ]; then
    gcc -O2 -Wall -Wno-format-truncation "$HERE/$1.c" -o "$D/$1.new" $(pkg-config --cflags fuse3) -l:libfuse3.a -lpthread -ldl
    mv "$D/$1.new" "$D/$1"
  fi
}

build_root() { # SUITE
  local suite=$1 R=$D/$1 g
  if [ -e "$R/.built" ] && [ -z "${FORCE:-}" ]; then echo "already built: $R (FORCE=1 to redo)"; return; fi
  mount | grep -q "lowerdir=[^ ]*$R[:,]" && die "a Pi is running on $R; 'down' first"
  rm -rf --one-file-system "$R"; mkdir -p "$D/debs"
  debootstrap --variant=minbase --cache-dir="$D/debs" \
    --include=systemd,systemd-sysv,libpam-systemd,dbus,dbus-user-session,udev,openssh-server,avahi-daemon,libnss-mdns,sudo,net-tools,iproute2,iputils-ping,procps,psmisc,python3-minimal,python3,ca-certificates,curl,xz-utils,less,rfkill \
    "$suite" "$R" "$(mirror)" > "$D/debootstrap-$suite.log" 2>&1 || die "debootstrap failed, see $D/debootstrap-$suite.log"
  printf 'Raspberry Pi reference 2024-11-19\nGenerated using pi-gen, https://github.com/RPi-Distro/pi-gen, 891df1e21ed2b6099a2e6a13e26c91dea44b34d4, stage2\n' > "$R/etc/rpi-issue"
  printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' > "$R/etc/hosts"
  : > "$R/etc/resolv.conf"; : > "$R/etc/fstab"
  for g in input render netdev lpadmin gpio i2c spi; do ch "$R" groupadd -f -r "$g"; done
  ch "$R" useradd -m -u 1000 -s /bin/bash -G adm,dialout,cdrom,sudo,audio,video,plugdev,games,users,input,render,netdev,lpadmin,gpio,i2c,spi pi
  echo 'pi:raspberry' | ch "$R" chpasswd
  echo 'SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"' > "$R/etc/udev/rules.d/99-com.rules"
  printf 'PasswordAuthentication yes\nPubkeyAuthentication yes\n' > "$R/etc/ssh/sshd_config.d/lab.conf"
  ch "$R" systemctl -q enable ssh avahi-daemon
  ch "$R" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer \
    console-getty.service getty.target systemd-networkd-wait-online.service
  rm -rf "$R"/var/lib/apt/lists/* "$R"/var/cache/apt/archives/*.deb "$R"/var/log/*.log
  rm -f "$R"/etc/ssh/ssh_host_*; ch "$R" ssh-keygen -A >/dev/null
  : > "$R/etc/machine-id"
  fake_kernel
  touch "$R/.built"; echo "built $R ($(du -sh "$R" | cut -f1))"
}

fake_kernel() { # what the kernel of a Pi 4 says about itself
  local g
  mkdir -p "$D/fake/devicetree/base"
  printf 'Raspberry Pi 4 Model B Rev 1.4\0' > "$D/fake/devicetree/base/model"
  printf 'raspberrypi,4-model-b\0brcm,bcm2711\0' > "$D/fake/devicetree/base/compatible"
  printf '10000000abcdef01\0' > "$D/fake/devicetree/base/serial-number"
  { for g in 0 1 2 3; do printf 'processor\t: %d\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n' $g; done
    printf 'Revision\t: c03114\nSerial\t\t: 10000000abcdef01\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n'; } > "$D/fake/cpuinfo"
}

build_layer() { # NAME PACKAGE: what installing PACKAGE adds to the root filesystem, kept as an overlay's layer
  local name=$1 package=$2 L=$D/layers/$PI_OS-$1 M=$D/layers/$PI_OS-$1.mnt
  if [ -e "$L/.built" ] && [ -z "${FORCE:-}" ]; then echo "already built: $L"; return; fi
  [ -e "$ROOT/.built" ] || build_root "$PI_OS"
  rm -rf --one-file-system "$L" "$L.work"; mkdir -p "$L" "$L.work" "$M"
  # in a mount namespace of its own, so that nothing stays mounted if this is interrupted
  unshare --mount --propagation private bash -euo pipefail -c '
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$2.work" "$3"
    mount --bind /etc/resolv.conf "$3/etc/resolv.conf"
    mount -t proc proc "$3/proc"
    run() { env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$@"; }
    printf "exit 101\n" > "$3/usr/sbin/policy-rc.d"; chmod 755 "$3/usr/sbin/policy-rc.d"
    run "$3" apt-get update -qq
    run "$3" apt-get install -y -qq --no-install-recommends "$4"
    rm -rf "$3"/var/lib/apt/lists/* "$3"/var/cache/apt/archives/*.deb "$3/usr/sbin/policy-rc.d" "$3"/var/cache/apt/*.bin
  ' layer "$ROOT" "$L" "$M" "$package" > "$D/layer-$PI_OS-$name.log" 2>&1 || die "layer $name failed, see $D/layer-$PI_OS-$name.log"
  rm -rf --one-file-system "$L.work"; rmdir "$M"
  touch "$L/.built"; echo "built $L ($(du -sh "$L" | cut -f1))"
}

layers() { # the lower folders of the Pi asked for, topmost first
  local l=$ROOT
  [ "$PI_NODE" = none ] || l=$D/layers/$PI_OS-node:$l
  [ "$PI_GPIOD" = none ] || l=$D/layers/$PI_OS-gpiod:$l
  [ "$PI_POLKIT" = none ] || l=$D/layers/$PI_OS-polkit:$l
  [ "$PI_AVAHI_UTILS" = none ] || l=$D/layers/$PI_OS-avahi:$l
  [ "$PI_SSHD" != dropbear ] || l=$D/layers/$PI_OS-dropbear:$l
  echo "$l"
}

# --- the lab network -------------------------------------------------------------------------------------------------

lan_up() { # bridge on the host, and a namespace that sees nothing else
  ip link show $BR >/dev/null 2>&1 || {
    ip link add $BR type bridge stp_state 0 mcast_snooping 0
    ip addr add $HOST_IP/24 dev $BR; ip link set $BR up
    # keep multicast DNS from this host on the lab network instead of the default route
    ip route replace 224.0.0.251/32 dev $BR
  }
  ip netns pids $LAN_NS >/dev/null 2>&1 || {
    ip netns add $LAN_NS
    ip link add vplan type veth peer name eth0 netns $LAN_NS
    ip link set vplan master $BR up
    ip -n $LAN_NS link set lo up; ip -n $LAN_NS addr add $LAN_IP/24 dev eth0; ip -n $LAN_NS link set eth0 up
    ip -n $LAN_NS route add default via $HOST_IP           # as a laptop has; nothing is forwarded
  }
}

lan_down() { # the last one out switches it off
  ip link show $BR >/dev/null 2>&1 || return 0
  ip netns list | grep -v "^$LAN_NS\b" | grep -q '^pilab-' && return 0
  ip link del vplan 2>/dev/null || true; ip netns del $LAN_NS 2>/dev/null || true; ip link del $BR 2>/dev/null || true
}

plug_in() { # the Pi's network namespace and its cable
  exec 8> "$LOCK"; flock 8
  lan_up
  ip netns list | grep -q "^$NS\b" && die "another Pi is called $PI_NAME (network namespace $NS); choose another PI_NAME"
  ip netns add "$NS"
  ip link add "$VH" type veth peer name eth0 netns "$NS"
  ip link set "$VH" master $BR up
  ip -n "$NS" link set lo up
  ip -n "$NS" link set eth0 address "$PI_MAC" up
  ip -n "$NS" addr add "$PI_IP/24" brd 10.77.0.255 dev eth0
  ip -n "$NS" route add default via $HOST_IP
  # an unassociated Wi-Fi: present, administratively up, no carrier
  ip -n "$NS" tuntap add dev wlan0 mode tap 2>/dev/null && ip -n "$NS" link set wlan0 address "${PI_MAC%:*}:57" up || true
  flock -u 8; exec 8>&-
}

# --- boot ------------------------------------------------------------------------------------------------------------

up() {
  local part
  for part in $(layers | tr : ' '); do [ -e "$part/.built" ] || die "not built: $part"; done
  running && { echo "already up: $PI_NAME $PI_IP"; return; }
  down >/dev/null 2>&1 || true
  need ip:iproute2 nsenter:util-linux
  mkdir -p "$RUN"/{tmp,gpio,gpiostate,leds}
  echo "$PI_IP" > "$RUN/ip"
  plug_in
  mount -t tmpfs -o size=2g tmpfs "$RUN/tmp"; mkdir -p "$RUN"/tmp/{up,work,root}       # the Pi's "SD card"

  local gid; gid=$(awk -F: '$1=="gpio"{print $3}' "$ROOT/etc/group")
  serve gpio export "$D/pi-gpiofs" "$RUN/gpio" "$RUN/gpiostate" "$gid" "$PI_UDEV_MS"
  serve leds ACT "$D/pi-ledfs" "$RUN/leds" "$RUN/leds.log"

  local t0; t0=$(date +%s%N)
  local LOWER; LOWER=$(layers)
  export D ROOT RUN CG2 LOWER PI_NAME PI_OS PI_SUDO PI_USERLAND PI_SSHD PI_SHELL PI_ADVERTISE
  setsid bash "$HERE/pi-container.sh" _super > "$RUN/console.log" 2>&1 < /dev/null &
  echo $! > "$RUN/super.pid"
  for _ in $(seq 600); do
    [ -d "/proc/$(cat "$RUN/super.pid")" ] || die "the Pi died while booting: $(tail -5 "$RUN/console.log")"
    ssh_ok && { echo "up: $PI_NAME $PI_IP ($PI_MAC), ssh after $(( ($(date +%s%N)-t0)/1000000 )) ms"; return; }
    sleep 0.1
  done
  die "no ssh on $PI_IP after 60 s: see $RUN/console.log"
}
serve() { # CLASS ENTRY PROGRAM...: a class of sysfs, from out here, so that tests can look at it without asking the Pi
  local class=$1 entry=$2; shift 2
  setsid "$@" > "$RUN/${class}fs.out" 2>&1 < /dev/null &
  echo $! > "$RUN/${class}fs.pid"
  for _ in $(seq 50); do [ -e "$RUN/$class/$entry" ] && return; sleep 0.05; done
  die "fake $class did not mount: $(cat "$RUN/${class}fs.out")"
}
ssh_ok() { timeout 1 bash -c "exec 3<>/dev/tcp/$PI_IP/22 && head -c4 <&3" 2>/dev/null | grep -q SSH-; }

_super() { # stays outside; a reboot ends the pid namespace by SIGHUP (129), a halt by SIGINT
  local rc=129; cd /
  while [ $rc = 129 ] || rm "$RUN/powercut" 2>/dev/null; do
    rc=0; mkdir -p "$CG2/pilab-$PI_NAME"
    nsenter --net="/run/netns/$NS" unshare --mount --uts --ipc --pid --fork --kill-child=KILL --propagation private bash "$0" _boot || rc=$?
    kill -USR1 "$(cat "$RUN/gpiofs.pid")" "$(cat "$RUN/ledsfs.pid")" 2>/dev/null || true
  done
}
_boot() { # PID 1 of the new namespaces: enter the cgroup that is to be the root of the cgroup namespace
  echo 0 > "$CG2/pilab-$PI_NAME/cgroup.procs"
  exec unshare --cgroup bash "$0" _boot2
}
_boot2() { # set up mounts, then become systemd
  local T=$RUN/tmp N=$RUN/tmp/root c
  mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$T/up,workdir=$T/work" "$N"
  [ -e "$T/dressed" ] || { dress "$N"; touch "$T/dressed"; }
  mount -t proc proc "$N/proc"
  mount --bind "$D/fake/cpuinfo" "$N/proc/cpuinfo"
  # sysfs of this network namespace, read-only; /sys/class gets its entries gpio and leds by an overlay
  mount -t sysfs -o nosuid,nodev,noexec sysfs "$N/sys"
  mkdir -p "$T/class"/{gpio,leds}
  mount -t overlay overlay -o "lowerdir=$T/class:$N/sys/class" "$N/sys/class"
  for c in gpio leds; do mount --bind "$RUN/$c" "$N/sys/class/$c"; done
  [ -d "$N/sys/firmware" ] && { mount -t tmpfs -o mode=755 tmpfs "$N/sys/firmware"; cp -r "$D/fake/devicetree" "$N/sys/firmware/"; mount -o remount,ro "$N/sys/firmware"; }
  mount -o remount,bind,ro "$N/sys"
  mount -t cgroup2 cgroup2 "$N/sys/fs/cgroup" 2>/dev/null || { mount -t tmpfs tmpfs "$N/sys/fs/cgroup"; mount -t cgroup2 cgroup2 "$N/sys/fs/cgroup"; }
  mount -t tmpfs -o mode=755,nosuid tmpfs "$N/dev"
  mkdir "$N"/dev/{pts,shm,mqueue}
  for c in null zero full random urandom tty; do mknod -m 666 "$N/dev/$c" c $((16#$(stat -c %t /dev/$c))) $((16#$(stat -c %T /dev/$c))); done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$N/dev/pts"; ln -s pts/ptmx "$N/dev/ptmx"
  ln -s /proc/self/fd "$N/dev/fd"; ln -s fd/0 "$N/dev/stdin"; ln -s fd/1 "$N/dev/stdout"; ln -s fd/2 "$N/dev/stderr"
  touch "$N/dev/console"; mount --bind /dev/null "$N/dev/console"
  mount -t tmpfs -o mode=1777 tmpfs "$N/dev/shm"; mount -t tmpfs -o mode=755,nosuid tmpfs "$N/run"
  hostname "$PI_NAME"
  mkdir -p "$N/.old"; cd "$N"; pivot_root . .old
  umount -l /.old; rmdir /.old
  exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 /sbin/init
}

dress() { # ROOT: what makes this Pi the one asked for; once, before its first boot
  local N=$1
  echo "$PI_NAME" > "$N/etc/hostname"
  printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t%s\n' "$PI_NAME" > "$N/etc/hosts"
  dress_sudo "$N"; dress_userland "$N"; dress_sshd "$N"; dress_avahi "$N"
  [ "$PI_SHELL" = quiet ] || sed -i '1i echo "Welcome to the lab, $USER"; echo "do not feed the Pi" >&2' "$N/home/pi/.bashrc"
}

dress_sudo() {
  case "$PI_SUDO" in
    nopasswd) echo 'pi ALL=(ALL) NOPASSWD: ALL' > "$1/etc/sudoers.d/010_pi-nopasswd"; chmod 440 "$1/etc/sudoers.d/010_pi-nopasswd" ;;
    none) ch "$1" gpasswd -d pi sudo >/dev/null ;;
    password) ;;                                                       # group sudo, with the password
  esac
}

answers() { # FILE 'when words' answer ...: a program that gives these answers and runs the real one otherwise
  local file=$1 real=$2; shift 2
  { printf '#!/bin/sh\ncase "$*" in\n'; while [ $# -gt 0 ]; do printf "'%s') echo '%s' ;;\n" "$1" "$2"; shift 2; done
    printf '*) exec %s "$@" ;;\nesac\n' "$real"; } > "$file"
  chmod 755 "$file"
}

dress_userland() {
  local b=$1/usr/local/bin
  case "$PI_USERLAND" in
    armhf) answers "$b/uname" /usr/bin/uname -m aarch64 ;;
    armv6) answers "$b/uname" /usr/bin/uname -m armv6l ;;
    *) return 0 ;;
  esac
  answers "$b/dpkg" /usr/bin/dpkg --print-architecture armhf
  answers "$b/getconf" /usr/bin/getconf LONG_BIT 32
}

dress_sshd() {
  local N=$1
  [ "$PI_SSHD" = openssh ] || rm -f "$N/usr/lib/openssh/sftp-server" "$N/usr/lib/sftp-server"
  [ "$PI_SSHD" = dropbear ] || return 0
  ch "$N" systemctl -q mask ssh
  cat > "$N/etc/systemd/system/dropbear-lab.service" <<'X'
[Unit]
Description=Dropbear for the lab
[Service]
ExecStart=/usr/sbin/dropbear -F -E -R -p 22
ExecStartPre=/bin/mkdir -p /etc/dropbear
[Install]
WantedBy=multi-user.target
X
  ch "$N" systemctl -q enable dropbear-lab
}

dress_avahi() {
  local N=$1
  [ "$PI_ADVERTISE" != none ] || { ch "$N" systemctl -q mask avahi-daemon avahi-daemon.socket; return 0; }
  mkdir -p "$N/etc/avahi/services"
  [ "$PI_ADVERTISE" = ssh ] || return 0
  cat > "$N/etc/avahi/services/ssh.service" <<'X'
<?xml version="1.0" standalone='no'?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name replace-wildcards="yes">%h</name><service><type>_ssh._tcp</type><port>22</port></service></service-group>
X
  sed -i 's/^#\?publish-workstation=.*/publish-workstation=yes/' "$N/etc/avahi/avahi-daemon.conf"
}

powercut() {
  running || die "not running"
  touch "$RUN/powercut"
  kill -KILL "$(init_pid)"
}

down() {
  local p i
  impair_off >/dev/null 2>&1 || true
  if running; then
    p=$(init_pid); kill -s RTMIN+3 "$p" 2>/dev/null || true             # systemd: halt
    for i in $(seq 100); do [ -d "/proc/$p" ] || break; sleep 0.1; done
    [ -d "/proc/$p" ] && kill -KILL "$p" 2>/dev/null || true
  fi
  if [ -d "$CG2/pilab-$PI_NAME" ]; then
    echo 1 > "$CG2/pilab-$PI_NAME/cgroup.kill" 2>/dev/null || true
    for i in $(seq 30); do find "$CG2/pilab-$PI_NAME" -depth -type d -exec rmdir {} + 2>/dev/null || true; [ -d "$CG2/pilab-$PI_NAME" ] || break; sleep 0.1; done
  fi
  for i in gpio leds tmp; do umount -l "$RUN/$i" 2>/dev/null || true; done  # also where its program is gone
  for i in gpio leds; do [ -f "$RUN/${i}fs.pid" ] && kill "$(cat "$RUN/${i}fs.pid")" 2>/dev/null || true; done
  [ ! -d "$RUN" ] || unplug
  rm -rf --one-file-system "$RUN"
  echo "down: $PI_NAME"
}

unplug() {
  exec 8> "$LOCK"; flock 8
  ip link del "$VH" 2>/dev/null || true
  ip netns del "$NS" 2>/dev/null || true
  lan_down
  flock -u 8; exec 8>&-
}

# --- looking at it ---------------------------------------------------------------------------------------------------

mdns() { # ask for NAME.local by multicast on the lab network
  ip netns exec $LAN_NS /usr/bin/python3 - "$PI_NAME" <<'X'
import socket,struct,sys
n=sys.argv[1]; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(1)
q=struct.pack('>6H',7,0,1,0,0,0)+b''.join(bytes([len(l)])+l.encode() for l in (n,'local'))+b'\0'+struct.pack('>2H',1,1)
for _ in range(3):
    s.sendto(q,('224.0.0.251',5353))
    try: r,a=s.recvfrom(9000)
    except OSError: continue
    if struct.unpack('>H',r[6:8])[0]: print(f'{n}.local -> {socket.inet_ntoa(r[-4:]) if len(r)<80 else "answered"} (from {a[0]})'); sys.exit(0)
print('no answer'); sys.exit(1)
X
}
status() {
  running || { echo "$PI_NAME: not running"; return 1; }
  echo "$PI_NAME: running (init pid $(init_pid)), systemd: $(inside systemctl is-system-running 2>/dev/null || true)"
  echo "eth0: $(netns ip -br addr show eth0)"
  echo "mdns: $(mdns || true)"
  echo "gpio: exported: $(cd "$RUN/gpio" && ls -d gpio[0-9]* 2>/dev/null | tr '\n' ' ')levels BCM0-27: $(head -c 28 "$RUN/gpiostate/levels")"
  [ ! -f "$RUN/impair" ] || echo "impaired: $(cat "$RUN/impair")"
  if ssh_ok; then echo "ssh: answers on $PI_IP:22"; else echo "ssh: no answer"; return 1; fi
}

# Impairment is done inside the Pi's network namespace and on its cable, never elsewhere.
impair_off() {
  [ -f "$RUN/delay.pid" ] && { kill "$(cat "$RUN/delay.pid")" 2>/dev/null; rm -f "$RUN/delay.pid"; }
  running && { netns nft delete table netdev pilab; netns iptables -t mangle -F
    tc qdisc del dev "$VH" root; netns tc qdisc del dev eth0 root; } 2>/dev/null
  ip link set "$VH" up 2>/dev/null; rm -f "$RUN/impair"
}
impair() {
  running || die "not running"
  need nft:nftables iptables:iptables tc:iproute2
  impair_off || true
  case "${1:-}" in
    unplug) ip link set "$VH" down ;;
    drop|loss)
      local rule=drop; [ "$1" = drop ] || rule="numgen random mod 100 < ${2:?PCT} drop"
      netns nft -f - <<X
table netdev pilab {
  chain in { type filter hook ingress device eth0 priority 0; $rule; }
  chain out { type filter hook egress device eth0 priority 0; $rule; }
}
X
      ;;
    delay)
      [ -n "${2:-}" ] || die "impair delay MS [JITTER]"
      : > "$RUN/delay.out"
      setsid nsenter -t "$(init_pid)" -n /usr/bin/python3 "$HERE/pi-delay.py" 77 "$2" "${3:-0}" > "$RUN/delay.out" 2>&1 < /dev/null &
      echo $! > "$RUN/delay.pid"
      for _ in $(seq 40); do grep -q ready "$RUN/delay.out" && break; sleep 0.05; done
      grep -q ready "$RUN/delay.out" || die "delay program failed: $(cat "$RUN/delay.out")"
      netns iptables -t mangle -A INPUT -i eth0 -j NFQUEUE --queue-num 77 --queue-bypass
      netns iptables -t mangle -A OUTPUT -o eth0 -j NFQUEUE --queue-num 77 --queue-bypass ;;
    rate)
      [ -n "${2:-}" ] || die "impair rate KBIT"
      tc qdisc add dev "$VH" root tbf rate "$2kbit" burst 3kb latency 500ms
      netns tc qdisc add dev eth0 root tbf rate "$2kbit" burst 3kb latency 500ms ;;
    *) die "impair drop|unplug|loss PCT|delay MS [JITTER]|rate KBIT" ;;
  esac
  echo "$*" > "$RUN/impair"; echo "impaired: $*"
}

poke() { # FILE BCM CHARACTER: tells the fake GPIO something of a pin
  printf %s "$3" | dd of="$RUN/gpiostate/$1" bs=1 seek="$2" count=1 conv=notrunc status=none
}
fault() {
  local c
  case "${2:-}" in none) c=- ;; busy) c=b ;; ground) c=g ;; 3v3) c=v ;; *) die "fault BCM none|busy|ground|3v3" ;; esac
  poke faults "$1" "$c"
}

cmd=${1:-}; shift || true
[ "$cmd" = up ] || [ ! -f "$RUN/ip" ] || PI_IP=$(cat "$RUN/ip")
case "$cmd" in build|up|down|powercut|status|impair|heal|exec|lan|led|gpiolog|actlog|drive|fault|mdns) [ "$(id -u)" = 0 ] || die "needs root" ;; esac
case "$cmd" in
  build|up|down|powercut|status|impair|fault|mdns) "$cmd" "$@" ;;
  _super|_boot|_boot2) "$cmd" ;;
  heal) impair_off || true; echo healed ;;
  exec) running || die "not running"; [ $# -gt 0 ] || set -- bash -l; inside "$@" ;;
  lan) ip netns pids $LAN_NS >/dev/null 2>&1 || die "no lab network: 'up' first"; ip netns exec $LAN_NS "$@" ;;
  led) [ -f "$RUN/gpiostate/levels" ] || die "not running"; dd if="$RUN/gpiostate/levels" bs=1 skip="${1:?BCM pin}" count=1 status=none; echo ;;
  gpiolog) [ -f "$RUN/gpiostate/log" ] || die "not running"; cat "$RUN/gpiostate/log" ;;
  actlog) [ -f "$RUN/leds.log" ] || die "not running"; cat "$RUN/leds.log" ;;
  drive) poke inputs "${1:?BCM pin}" "${2:?0 or 1}" ;;
  *) sed -n '2,/^set -euo/p' "$0" | sed '$d;s/^# \{0,1\}//'; exit 2 ;;
esac
