#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Record… of the window, with the real recorder: it starts it, by whatever leads to root here, follows what it writes, and stops it.
Skipped where nothing can be recorded. usage: window_records.py GUI_LIVE_TEST, with EBPF_RECORD and EBPF_ANALYZE set"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../live"))
from traced_run import LONGEST, RECORDER, SKIPPED, may_record, plain_environment  # noqa: E402

if os.geteuid() == 0 and (reason := may_record()):
    print(f"skipped, because {reason}")
    sys.exit(SKIPPED)
if os.geteuid() and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
    print("skipped, because this is not root, and sudo asks for a password")
    sys.exit(SKIPPED)
done = subprocess.run([sys.argv[1], "the_recorder_records"], timeout=LONGEST, check=False,
                      env=plain_environment(QT_QPA_PLATFORM="offscreen", EBPF_VIEW_RECORDER=RECORDER))
sys.exit(done.returncode)
