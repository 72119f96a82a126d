#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the values in schema/symbols.capnp with the UAPI headers that are installed.

Every name is compiled against several groups of headers (they cannot all be included together); a name that a group
does not have is left out there. Names that no group has are of newer kernels, or of none of the headers; how many
there may be is a number in this file, so that a misspelt name is noticed.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

SYMBOLS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "schema", "symbols.capnp")

GROUPS = [
    # the C library's
    """fcntl.h sys/mman.h sys/mount.h sys/stat.h sys/epoll.h poll.h sys/eventfd.h sys/timerfd.h sys/signalfd.h
       sys/inotify.h sys/fanotify.h sys/wait.h sys/ipc.h sys/msg.h sys/sem.h sys/shm.h sys/personality.h sched.h signal.h
       time.h unistd.h sys/resource.h sys/random.h sys/xattr.h sys/swap.h sys/reboot.h sys/ptrace.h sys/file.h
       sys/statvfs.h sys/uio.h sys/rseq.h sys/prctl.h""",
    """sys/types.h sys/socket.h netinet/in.h netinet/tcp.h netinet/udp.h linux/netlink.h linux/if_packet.h linux/if_xdp.h
       linux/sockios.h""",
    # the kernel's
    """linux/fcntl.h linux/stat.h linux/mount.h linux/openat2.h linux/fs.h linux/falloc.h linux/memfd.h linux/mman.h
       linux/mempolicy.h linux/membarrier.h linux/kexec.h linux/landlock.h linux/perf_event.h linux/io_uring.h
       linux/seccomp.h linux/bpf.h linux/futex.h linux/sched.h linux/keyctl.h linux/kcmp.h linux/reboot.h linux/rseq.h
       linux/userfaultfd.h linux/module.h linux/capability.h linux/securebits.h linux/fanotify.h linux/inotify.h
       linux/eventpoll.h linux/time.h linux/timerfd.h linux/signalfd.h linux/dqblk_xfs.h linux/quota.h linux/prctl.h
       linux/close_range.h linux/pidfd.h linux/ioprio.h linux/net.h linux/in.h linux/in6.h linux/tcp.h linux/udp.h
       linux/netlink.h linux/if_packet.h linux/if_xdp.h asm/prctl.h asm/socket.h asm/signal.h asm/ioctls.h linux/wait.h
       linux/xattr.h linux/random.h linux/ptrace.h linux/personality.h linux/resource.h linux/msg.h linux/sem.h
       linux/shm.h linux/ipc.h asm/mman.h""",
    """asm/ioctls.h linux/sockios.h linux/fs.h linux/if_tun.h linux/perf_event.h linux/loop.h linux/random.h linux/rtc.h
       linux/kd.h linux/vt.h linux/fiemap.h linux/userfaultfd.h linux/nsfs.h linux/seccomp.h linux/hdreg.h
       linux/fscrypt.h linux/fsverity.h linux/vhost.h linux/fuse.h linux/input.h linux/uinput.h linux/dm-ioctl.h
       linux/btrfs.h linux/fsmap.h linux/blkzoned.h linux/watchdog.h linux/cdrom.h scsi/sg.h linux/usbdevice_fs.h
       linux/kvm.h linux/nbd.h linux/i2c-dev.h linux/if_ppp.h linux/ppp-ioctl.h linux/pps.h linux/ptp_clock.h
       linux/vm_sockets.h linux/nvme_ioctl.h linux/dma-buf.h linux/udmabuf.h linux/sync_file.h linux/tty.h linux/gpio.h
       linux/raid/md_u.h linux/auto_fs.h linux/vfio.h""",
]
FOLDERS = ("/usr/include", "/usr/include/x86_64-linux-gnu")

# Names whose value in the headers is not the one that the call takes.
OTHER_IN_HEADERS = {
    "F_GETLK64": "5 where off_t has 64 bits; the kernel's 12 is what 32-bit programs pass",
    "F_SETLK64": "6, likewise",
    "F_SETLKW64": "7, likewise",
}
# Debian 12's headers (6.1) lack the names of later kernels, and those that the kernel does not export.
MOST_UNKNOWN = 320


def read_symbols(path):
    """[(set, name, value, mask)]"""
    rows = []
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for set_type, body in re.findall(r'\(type = "([^"]+)", symbols = \[(.*?)\n  \]\)', text, re.DOTALL):
        for name, value, mask in re.findall(r'\(name = "(\w+)", value = (\w+)(?:, mask = (\w+))?', body):
            rows.append((set_type, name, number(value), number(mask or "0")))
    return rows


def number(text):
    return int(text, 8) if re.fullmatch("0[0-7]+", text) else int(text, 0)


def compile_group(headers, names, folder):
    """{name: value} of those that the headers have."""
    present = [h for h in headers.split() if any(os.path.exists(os.path.join(f, h)) for f in FOLDERS)]
    includes = "#define _GNU_SOURCE\n" + "".join(f"#include <{h}>\n" for h in present)
    includes += "int printf(const char *, ...);\nint main(void) {\n"
    source, program = os.path.join(folder, "names.c"), os.path.join(folder, "names")
    first = includes.count("\n") + 1
    left = list(names)
    while left:
        with open(source, "w", encoding="ascii") as file:
            file.write(includes)
            for name in left:
                file.write(f'printf("{name} %llu\\n", (unsigned long long)({name}));\n')
            file.write("}\n")
        build = subprocess.run(["cc", "-w", "-fmax-errors=0", "-o", program, source], capture_output=True, text=True,
                               check=False, timeout=300)
        if build.returncode == 0:
            break
        wrong = {int(line) - first for line in re.findall(r"names\.c:(\d+):\d+: error", build.stderr)}
        kept = [name for i, name in enumerate(left) if i not in wrong]
        if len(kept) == len(left):
            raise RuntimeError(build.stderr[:2000])
        left = kept
    if not left:
        return {}
    output = subprocess.run([program], capture_output=True, text=True, check=True, timeout=60).stdout
    return {name: int(value) for name, value in map(str.split, output.splitlines())}


class SymbolsAgainstHeaders(unittest.TestCase):
    def test_values_are_those_of_the_headers(self):
        rows = read_symbols(SYMBOLS)
        self.assertGreater(len(rows), 2000)
        names = sorted({name for _, name, _, _ in rows})
        known = {}
        with tempfile.TemporaryDirectory() as folder:
            for headers in GROUPS:
                for name, value in compile_group(headers, names, folder).items():
                    known.setdefault(name, set()).add(value)
        wrong = []
        for set_type, name, value, mask in rows:
            if name not in known or name in OTHER_IN_HEADERS:
                continue
            wanted = known[name] | {v & 0xffffffff for v in known[name]}
            if mask:  # a field: the name may have bits outside it (PER_SVR4)
                wanted |= {v & mask for v in wanted}
            if value not in wanted:
                wrong.append(f"{set_type} {name}: {value:#x}, in the headers {sorted(map(hex, known[name]))}")
        self.assertEqual(wrong, [])
        unknown = [name for name in names if name not in known]
        print(f"{len(known)} of {len(names)} names compared", file=sys.stderr)
        self.assertLess(len(unknown), MOST_UNKNOWN, unknown)


if __name__ == "__main__":
    unittest.main()
