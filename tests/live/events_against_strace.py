# SPDX-License-Identifier: Apache-2.0
# --events against strace -f of the same command, line by line: names, decoded arguments, results, errno names.
# What is not compared is listed in call_lines.TOLERATED, with reasons.
#
# EVENTS_AGAINST_STRACE=name[,name] runs only these commands; EVENTS_DIFFERENCES=FILE appends every difference to FILE.
import ctypes
import difflib
import os
import shutil
import unittest

from call_lines import Normal, in_tree_order, our_threads, strace_threads
from traced_run import LiveTest, main, plain_environment, record

STRING_LIMIT = 32  # -s of both
SHOWN = 12         # differences that a failure prints
CLONE_NEWNS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x4000, 0x40000, 2  # <sched.h>, <sys/mount.h>
ADDR_NO_RANDOMIZE = 0x40000                                                # <sys/personality.h>
LIBC = ctypes.CDLL(None, use_errno=True)

# A folder that both runs find in the same state, times included: they get into archives, listings and what git and make do.
PREPARE = """
mkdir tree tree/one tree/two many
for i in 1 2 3 4 5 6 7 8 9 10; do echo "line $i of some text" >> tree/one/text; echo $((i * 7919 % 101)) >> numbers; : > many/file$i; done
ln -s one/text tree/link; ln -s nowhere tree/dangling; chmod 640 tree/one/text; head -c 70000 /dev/zero > zeros
printf '#include <stdio.h>\\nint main(void) { return puts("x") < 0; }\\n' > x.c
printf 'all: out\\nout: numbers\\n\\tsort -n numbers > out\\n' > Makefile
find . -exec touch -h -d '2001-02-03 04:05:06' {} +; touch -d '2001-01-01 00:00:00' tree
tar --sort=name -cf tree.tar tree; gzip -kn tree.tar; touch -d '2001-02-03 04:05:06' tree.tar tree.tar.gz .
"""

PYTHON = "/usr/bin/python3"
COMMANDS = {
    "true": ["true"],
    "cat": ["cat", "tree/one/text", "numbers"],
    "cat_missing": ["cat", "missing", "tree/dangling"],
    "ls": ["ls", "-l", "tree", "many"],
    "ls_recursive": ["ls", "-lRa", "."],
    "cp": ["cp", "-rp", "tree", "copy"],
    "mv": ["mv", "tree/one/text", "tree/two/moved"],
    "rm": ["rm", "-r", "tree"],
    "ln": ["sh", "-c", "ln -s a b; ln numbers hard; readlink b tree/link"],
    "mkdir": ["mkdir", "-p", "a/b/c/d"],
    "chmod": ["chmod", "-R", "u+x,g-w", "tree"],
    "chown": ["chown", "1234:4321", "numbers"],
    "touch": ["touch", "-d", "2020-01-02 03:04:05", "numbers", "new"],
    "stat": ["stat", "numbers", "tree", "/dev/null", "missing"],
    "df": ["df", "--output=source,fstype,target", "."],  # what is free changes
    "du": ["du", "-a", "tree"],
    "find": ["find", ".", "-type", "f", "-newer", "tree", "-size", "+1k"],
    "grep": ["grep", "-rn", "line 3", "tree"],
    "sed": ["sed", "-i", "s/line/LINE/", "tree/one/text"],
    "awk": ["awk", "{ s += $1 } END { print s }", "numbers"],
    "sort": ["sort", "-n", "-o", "sorted", "numbers"],
    "wc": ["wc", "numbers", "zeros"],
    "head_tail": ["sh", "-c", "head -3 numbers; tail -2 numbers"],
    "dd": ["dd", "if=zeros", "of=out", "bs=4096", "count=9", "seek=1", "conv=notrunc", "status=none"],
    "truncate": ["truncate", "-s", "1M", "zeros"],
    "sync_file": ["sync", "-d", "zeros"],
    "tee": ["sh", "-c", "cat numbers | tee one two | wc -l"],
    "pipeline": ["bash", "-c", "sort numbers | uniq -c | sort -rn | head -2"],
    "redirections": ["bash", "-c", "exec 5>five; echo hi >&5; cat <<< text 2>/dev/null; : > empty; test -r numbers"],
    "shell_functions": ["dash", "-c", "for i in 1 2 3; do (echo $i; exit $i); done; trap 'echo bye' EXIT"],
    # The child says that it waits by stopping: it is where it is, however long that takes.
    "kill": [PYTHON, "-S", "-c", "import os, signal\npid = os.fork()\nif not pid: os.kill(os.getpid(), signal.SIGSTOP)\nos.waitpid(pid, os.WUNTRACED)\n"
             "os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)"],
    "tar_create": ["tar", "cf", "new.tar", "tree"],
    "tar_extract": ["tar", "xzf", "tree.tar.gz", "-C", "many"],
    "gzip": ["gzip", "-9", "zeros"],
    "xz": ["xz", "-T1", "-k", "numbers"],
    "sha256sum": ["sha256sum", "numbers", "zeros"],
    "cmp": ["cmp", "numbers", "zeros"],
    "diff": ["diff", "-r", "tree", "many"],
    "install": ["install", "-D", "-m", "600", "numbers", "deep/er/numbers"],
    "mkfifo": ["sh", "-c", "mkfifo pipe; test -p pipe; stat -c %F pipe"],
    "mktemp": ["mktemp", "-p", "/tmp", "tmpXXXXXXXXXX"],
    "env": ["env", "-i", "A=1", "sh", "-c", "echo $A"],
    "nice": ["nice", "-n", "5", "true"],
    "timeout": ["timeout", "5", "sleep", "0.05"],
    "flock": ["flock", "numbers", "true"],
    "setpriv": ["setpriv", "--reuid", "1234", "--regid", "4321", "--clear-groups", "id", "-u"],
    "prlimit": ["prlimit", "--nofile=100:200", "sh", "-c", "ulimit -n"],
    "taskset": ["taskset", "1", "true"],
    "make": ["make"],
    "gcc": ["gcc", "-O1", "-o", "x", "x.c"],
    "python": [PYTHON, "-S", "-c", "import json, os; print(json.dumps(sorted(os.listdir('.'))))"],
    "python_files": [PYTHON, "-S", "-c", "import os, shutil; shutil.copytree('tree', 'c', symlinks=True); os.rename('c', 'd'); "
                     "os.utime('d', (1, 2)); os.truncate('numbers', 3); os.link('numbers', 'n'); print(os.statvfs('.').f_bsize)"],
    "python_sockets": [PYTHON, "-S", "-c", "import socket; a, b = socket.socketpair(); a.send(b'hi'); b.recv(9); s = socket.socket(); "
                       "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', 0)); s.listen(5); "
                       "c = socket.create_connection(s.getsockname()); d, _ = s.accept(); c.sendall(b'x' * 9); d.recv(99); "
                       "u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind('\\0name" + str(os.getpid()) + "'); v = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); "
                       "v.sendto(b'q', ('::1', 9)); c.shutdown(2)"],
    "python_memory": [PYTHON, "-S", "-c", "import mmap, os; f = open('zeros', 'r+b'); m = mmap.mmap(f.fileno(), 0); m[5] = 1; m.flush(); "
                      "m.madvise(mmap.MADV_WILLNEED); m.close(); n = mmap.mmap(-1, 8192); n.resize(16384) if 0 else None"],
    "python_polling": [PYTHON, "-S", "-c", "import os, select; r, w = os.pipe(); p = select.poll(); p.register(r, select.POLLIN); p.poll(5); "
                       "e = select.epoll(); e.register(r, select.EPOLLIN); os.write(w, b'1'); e.poll(1); select.select([r], [w], [], 0.01); "
                       "print(os.eventfd(3)); print(os.sched_getaffinity(0)); os.getloadavg()"],
    "python_subprocess": [PYTHON, "-S", "-c", "import subprocess; print(subprocess.check_output(['echo', 'x']))"],
    "perl": ["perl", "-e", "open F, '<', 'numbers'; print sort <F>; mkdir 'p'; rename 'p', 'q'; rmdir 'q'; print -s 'zeros'"],
    "git": ["sh", "-c", "git init -q r && cd r && cp -p ../numbers . && git add numbers && git -c user.name=n -c user.email=e commit -qm m && git log --oneline | wc -l"],
    "sqlite3": ["sqlite3", "d.db", "create table t(a, b); insert into t values (1, 'x'), (2, 'y'); select count(*) from t;"],
    "ssh_keygen": ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "c", "-f", "key"],
    "openssl": ["openssl", "dgst", "-sha256", "numbers"],
    "id": ["id"],
    "date": ["date", "-u", "-d", "@0"],
    "uname": ["uname", "-sm"],
    "lsattr_tty": ["sh", "-c", "tty; stty -a; echo $?"],
}


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class EventsAgainstStrace(LiveTest):
    @classmethod
    def setUpClass(cls):
        """Mounts of our own: what other tests mount between the two runs is not among them (df reads the list)."""
        if LIBC.unshare(CLONE_NEWNS) or LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
            raise OSError(ctypes.get_errno(), "no mounts of our own")
        # Both runs have the same addresses: where a heap begins decides how often it has to grow.
        if LIBC.personality(ADDR_NO_RANDOMIZE) < 0:
            raise OSError(ctypes.get_errno(), "memory cannot be laid out the same way each time")

    def prepared(self):
        """self.folder/work, always under the same name and with the same content: a file system of its own, so that inodes have
        the same order each time, too. cp(1) goes by that, and on a shared one it is that of whatever was freed meanwhile."""
        work = self.file("work")
        if os.path.exists(work):
            self.unmounted(work)
        else:
            os.mkdir(work)
            self.addCleanup(self.unmounted, work)
        if LIBC.mount(b"tmpfs", work.encode(), b"tmpfs", 0, b"mode=755"):
            raise OSError(ctypes.get_errno(), "no file system of our own")
        self.assertEqual(self.start(["sh", "-ec", PREPARE], cwd=work).wait(), 0)
        return {"cwd": work, "env": {"PATH": plain_environment()["PATH"], "LC_ALL": "C", "HOME": work, "SHELL": "/bin/sh", "PYTHONHASHSEED": "0",
                                    "GIT_AUTHOR_DATE": "@1 +0000", "GIT_COMMITTER_DATE": "@1 +0000"}}

    @staticmethod
    def unmounted(folder):
        if LIBC.umount2(folder.encode(), MNT_DETACH):
            raise OSError(ctypes.get_errno(), f"unmounting {folder}")

    def compare(self, name, command):
        theirs, strace_status = strace_threads(command, self.file(f"{name}.strace"), STRING_LIMIT, **self.prepared())
        recording = record(self.file(f"{name}.trace"), command, ["--data", "-s", str(STRING_LIMIT)], **self.prepared())
        self.assertEqual(recording.status, strace_status, recording.stderr)
        theirs, ours = in_tree_order(theirs), in_tree_order(our_threads(recording.trace))
        self.assertEqual(len(ours), len(theirs), "threads")
        our_form, their_form = Normal(ours), Normal(theirs)
        same, differences = 0, []
        for our_thread, their_thread in zip(ours, theirs):
            a, b = our_form.calls(our_thread), their_form.calls(their_thread)
            for what, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
                if what == "equal":
                    same += a2 - a1
                else:
                    differences += [f"  ours   {line}" for line in a[a1:a2]] + [f"  strace {line}" for line in b[b1:b2]]
        if differences and (file := os.environ.get("EVENTS_DIFFERENCES")):
            with open(file, "a", encoding="utf-8") as out:
                out.write(f"{name}: {same} lines agree\n" + "\n".join(differences) + "\n")
        if differences:
            self.fail(f"{name}: {same} lines agree, these do not:\n" + "\n".join(differences[:SHOWN]))
        return same


def add_case(name, command):
    def test(self):
        missing = [word for word in command[:1] if not shutil.which(word)]
        if missing:
            self.skipTest(f"{missing[0]} is not installed")
        self.assertGreater(self.compare(name, command), 15)

    setattr(EventsAgainstStrace, f"test_{name}", test)


chosen = os.environ.get("EVENTS_AGAINST_STRACE")
for case, words in COMMANDS.items():
    if not chosen or case in chosen.split(","):
        add_case(case, words)

if __name__ == "__main__":
    main()
