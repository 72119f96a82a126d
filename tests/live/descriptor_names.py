# SPDX-License-Identifier: Apache-2.0
# Every kind of descriptor that can be made here is called what readlink of /proc/self/fd/N says, deleted where it says so,
# and has the type and inode number that fstat returns. A kind that this kernel doesn't have is left out; the ones that all
# have must be among those compared.
import json

from raw_rows import Rows
from traced_run import LiveTest, main

PROGRAM = r"""
import ctypes, json, mmap, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
made = {}
def call(number, *args):
    result = libc.syscall(number, *args)
    if result < 0: raise OSError(ctypes.get_errno(), "call %d" % number)
    return result
def add(name, make):
    try: made[name] = make()
    except OSError: pass
def opened(name, then):
    fd = os.open(name, os.O_CREAT | os.O_RDWR)
    then(name)
    return fd
def buffer(size, *values):
    return ctypes.create_string_buffer(struct.pack(*values) if values else b"", size)
for name in os.listdir("/proc/self/ns"): add(name, lambda: os.open("/proc/self/ns/" + name, os.O_RDONLY))
add("pidfd", lambda: os.pidfd_open(os.getpid()))
add("eventfd", lambda: os.eventfd(0))
add("epoll", lambda: call(291, 0))
add("timerfd", lambda: call(283, 1, 0))
add("signalfd", lambda: call(289, -1, buffer(8, "Q", 2), 8, 0))
add("inotify", lambda: call(294, 0))
add("fanotify", lambda: call(300, 0, 0))
add("userfaultfd", lambda: call(323, 1))
add("perf", lambda: call(298, buffer(128, "IIQ", 1, 128, 0), 0, -1, -1, 0))
add("bpf map", lambda: call(321, 0, buffer(128, "IIII", 2, 4, 4, 4), 128))
code, license = buffer(16, "<BBhiBBhi", 0xb7, 0, 0, 0, 0x95, 0, 0, 0), ctypes.create_string_buffer(b"GPL")
add("bpf program", lambda: call(321, 5, buffer(128, "IIQQ", 1, 2, ctypes.addressof(code), ctypes.addressof(license)), 128))
add("io_uring", lambda: call(425, 4, buffer(256)))
add("memfd", lambda: os.memfd_create("memo"))
add("memfd named deleted", lambda: os.memfd_create("a (deleted)"))
add("memfd of huge pages", lambda: os.memfd_create("huge", 4))
add("memfd_secret", lambda: call(447, 0))
add("file", lambda: opened("plain", lambda name: None))
add("named deleted", lambda: opened("x (deleted)", lambda name: None))
add("unlinked", lambda: opened("gone", os.unlink))
add("unlinked, named deleted", lambda: opened("y (deleted)", os.unlink))
add("replaced", lambda: opened("old", lambda name: os.rename("plain", name)))
add("unlinked, another link left", lambda: opened("one", lambda name: (os.link(name, "two"), os.unlink(name))))
add("O_TMPFILE", lambda: os.open(".", os.O_TMPFILE | os.O_RDWR))
os.mkdir("folder"); os.mkfifo("fifo")
add("removed directory", lambda: (os.open("folder", os.O_RDONLY), os.rmdir("folder"))[0])
add("removed fifo", lambda: (os.open("fifo", os.O_RDWR), os.unlink("fifo"))[0])
add("O_PATH", lambda: os.open("/", os.O_PATH))
made["pipe"], other_end = os.pipe()
pair = socket.socketpair(); made["socket"] = pair[0].fileno()
for name in ("/proc/self/maps", "/sys/kernel", "/dev/null", "/dev/ptmx", "/sys/fs/cgroup", "/dev/net/tun", "/dev/fuse"):
    add(name, lambda: os.open(name, os.O_RDONLY | os.O_NOCTTY))
add("message queue", lambda: call(240, b"names%d" % os.getpid(), os.O_CREAT | os.O_RDWR, 0o600, None))
libc.syscall(241, b"names%d" % os.getpid())
def mounted():
    made["fsopen"] = context = call(430, b"tmpfs", 0)
    call(431, context, 6, None, None, 0)
    return call(432, context, 0, 0)
add("detached mount", mounted)
add("open_tree", lambda: call(428, -100, os.fsencode(os.getcwd()), 1))
add("landlock", lambda: call(444, buffer(8, "Q", 1), 8, 0))
segment = libc.shmget(0, 4096, 0o1600); libc.shmat(segment, None, 0); libc.shmctl(segment, 0, None)
shared = mmap.mmap(-1, 8192)
for line in open("/proc/self/maps"):
    words = line.split(None, 5)
    if len(words) == 6 and words[5].startswith(("/SYSV", "/dev/zero")):
        add(words[5].split()[0], lambda: os.open("/proc/self/map_files/" + "-".join(f"{int(x, 16):x}" for x in words[0].split("-")), os.O_RDWR))
facts = []
for name, fd in made.items():
    status = os.fstat(fd)
    facts.append([name, fd, os.fsencode(os.readlink(f"/proc/self/fd/{fd}")).decode("latin1"), status.st_mode, status.st_ino])
print(json.dumps(facts))
"""
EVERYWHERE = {"net", "mnt", "pid", "user", "uts", "ipc", "pid_for_children", "pidfd", "eventfd", "epoll", "memfd", "memfd named deleted",
              "file", "named deleted", "unlinked", "unlinked, named deleted", "replaced", "unlinked, another link left", "O_TMPFILE",
              "removed directory", "removed fifo", "pipe", "socket", "/SYSV00000000", "/dev/zero"}


class DescriptorNames(LiveTest):
    def test_names_types_and_inodes_are_those_of_proc_and_fstat(self):
        said, trace = self.python(PROGRAM)
        facts, rows = json.loads(said), Rows(trace)
        self.assertEqual(EVERYWHERE - {name for name, *_ in facts}, set())
        seen = {call["arg0"]: rows.files[call["file"]] for call in rows.calls("fstat", "newfstatat") if call["file"] and not call["path"]}
        ours = {name: (seen[fd]["path"].decode("latin1") + " (deleted)" * (seen[fd]["flags"] & 1), seen[fd]["mode"], seen[fd]["inode"])
                for name, fd, *_ in facts}
        self.assertEqual(ours, {name: (link, mode, inode) for name, _, link, mode, inode in facts})


if __name__ == "__main__":
    main()
