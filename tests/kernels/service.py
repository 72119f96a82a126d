# SPDX-License-Identifier: Apache-2.0
"""A guest whose first process is systemd, with what `cmake --install` puts below /usr: the service as it is shipped, with all of
its restrictions, is started, reloaded, killed and stopped there (in_service.py)."""
import json
import os
import shutil
import subprocess

from virtual_machine import boot, make_guest

SYSTEMD = "/lib/systemd/systemd"
PROGRAMS = (SYSTEMD, "/bin/systemctl", "/usr/bin/systemd-analyze", "/lib/systemd/systemd-executor")  # the last: from systemd 255 on
TARGETS = ("basic", "sysinit", "local-fs", "multi-user", "paths", "shutdown", "slices", "sockets", "timers", "umount", "swap",
           "poweroff", "final")
SEES = "/tests/kernels/in_service.py"
UNIT = """[Unit]
Description=The tests of this guest
[Service]
Type=oneshot
Environment=EBPF_RECORD=/usr/bin/ebpf-record EBPF_ANALYZE=/usr/bin/ebpf-analyze EBPF_LIVE_PATIENCE=10 LC_ALL=C
Environment=PATH=/usr/local/bin:/usr/bin:/usr/sbin HOME=/root PYTHONDONTWRITEBYTECODE=1
StandardOutput=file:/dev/ttyS1
StandardError=file:/dev/ttyS0
ExecStart=/bin/sh -c 'echo "{\\\\"release\\\\": \\\\"$(uname -r)\\\\"}"; /usr/bin/python3 -S /tests/kernels/guest.py %s; echo "{\\\\"done\\\\": true}"'
ExecStopPost=/bin/systemctl poweroff --force --force
[Install]
WantedBy=multi-user.target
""" % SEES


def run_service(kernel, build, work, logs, seconds):
    """(result as guest.py's run_file says it, trouble or None); None as a result: it can't be tried, and trouble says why."""
    if not os.path.exists(SYSTEMD):
        return None, "systemd is not installed"
    root = make_guest(kernel, build, work)
    for program in PROGRAMS:
        if os.path.exists(program):
            root.copy(program)
    for target in TARGETS:
        root.copy(f"/lib/systemd/system/{target}.target")
    subprocess.run(["cmake", "--install", build, "--component", "programs", "--prefix", "/usr", "--strip"], check=True, timeout=120,
                   env={**os.environ, "DESTDIR": root.folder}, stdout=subprocess.DEVNULL)
    root.write("/etc/systemd/system/guest.service", UNIT)
    root.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    wants = root.path("/etc/systemd/system/multi-user.target.wants")
    os.makedirs(wants)
    os.symlink("/etc/systemd/system/guest.service", os.path.join(wants, "guest.service"))
    os.symlink("/lib/systemd/system/multi-user.target", root.path("/etc/systemd/system/default.target"))
    for name in ("var/lib", "var/log", "home"):
        os.makedirs(root.path(name), exist_ok=True)
    os.remove(root.path("/init"))
    os.symlink(SYSTEMD, root.path("/init"))
    initramfs = os.path.join(work, "initramfs")
    root.pack(initramfs)
    shutil.rmtree(root.folder)
    said, trouble = boot(kernel, initramfs, logs, seconds)
    results = [one for one in said if "failed" in one]
    if not results:
        return {"ok": 0, "failed": [], "skipped": []}, trouble or f"the tests said nothing: {json.dumps(said)}"
    return results[0], trouble
