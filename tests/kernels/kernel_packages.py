# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels for virtual machines: found with apt, kept in a folder, unpacked without being installed."""
import collections
import os
import re
import shutil
import subprocess

# release is what uname -r says; folder has boot/ and lib/modules/ in it
Kernel = collections.namedtuple("Kernel", "release image folder")


class Unavailable(Exception):
    """There is no such kernel to be had; the text says why."""


def version_key(name):
    return [int(number) for number in re.findall(r"\d+", name)]


def newest(names):
    return max(names, key=version_key, default=None)


def package_names(series):
    """Of the series ("6.1"), as apt knows them."""
    # 6.1.0-56 in Debian 12 itself; 6.12.117+deb12 or 6.12.9+bpo from its security updates or backports
    wanted = re.compile(rf"linux-image-{re.escape(series)}\.\d+(?:-\d+|\+(?:deb|bpo)\d*)-cloud-amd64")
    try:
        known = subprocess.run(["apt-cache", "pkgnames", f"linux-image-{series}."], capture_output=True, text=True, timeout=60).stdout
    except FileNotFoundError:
        raise Unavailable("there is no apt-cache: kernels come from Debian's packages") from None
    return [name for name in known.split() if wanted.fullmatch(name)]


def package_file(series, cache):
    """The newest package of the series: from the archive or, without one, from the cache."""
    kept = [name for name in os.listdir(cache) if name.startswith(f"linux-image-{series}.") and name.endswith(".deb")]
    name = newest(package_names(series))
    if name and not any(file.startswith(f"{name}_") for file in kept):
        done = subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name], cwd=cache, capture_output=True,
                              text=True, timeout=300)
        if done.returncode and not kept:
            raise Unavailable(f"apt-get download {name} failed: {(done.stderr.strip() or 'no message').splitlines()[-1]}")
        kept = [file for file in os.listdir(cache) if file.startswith(f"linux-image-{series}.") and file.endswith(".deb")]
    if not kept:
        raise Unavailable(f"apt-cache knows no linux-image-{series}.*-cloud-amd64 (apt-get update? backports?)")
    return os.path.join(cache, newest(kept))


def get_kernel(series, cache):
    """Downloads and unpacks what is not there yet. Not for two threads at once: both would unpack into one folder."""
    os.makedirs(cache, exist_ok=True)
    package = package_file(series, cache)
    folder = os.path.join(cache, os.path.basename(package).split("_")[0])
    if not os.path.isdir(folder):
        shutil.rmtree(folder + ".part", ignore_errors=True)  # of a run that was ended
        subprocess.run(["dpkg", "-x", package, folder + ".part"], check=True, timeout=300)
        os.rename(folder + ".part", folder)
    release, = os.listdir(os.path.join(folder, "lib/modules"))
    return Kernel(release, os.path.join(folder, "boot", f"vmlinuz-{release}"), folder)


def get_kernels(serieses, cache):
    """{series: Kernel or Unavailable}"""
    kernels = {}
    for series in serieses:
        try:
            kernels[series] = get_kernel(series, cache)
        except Unavailable as reason:
            kernels[series] = reason
    return kernels
