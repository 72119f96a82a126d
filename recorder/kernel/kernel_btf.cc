// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/kernel_btf.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btf.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <thread>

#include "recorder/kernel/probe_error.h"
#include "recorder/kernel/raw_btf.h"
#include "recorder/run/fd.h"

namespace ebpftrace::recorder {
namespace {

[[noreturn]] void no_btf(const std::string& what) { throw ProbeError(ProbeError::Kind::kNoBtf, what); }

// The kernel's own BTF has the first id (btf_vmlinux is made before any module or program has one; commit 53297220edfb,
// Linux 5.11, made it readable by id). nullptr and errno if it can't be had.
btf* from_kernel() {
  const int fd = bpf_btf_get_fd_by_id(1);
  if (fd < 0) return nullptr;
  char name[64] = {};
  bpf_btf_info info{};
  info.name = reinterpret_cast<uintptr_t>(name);
  info.name_len = sizeof name;
  unsigned size = sizeof info;
  const bool is_kernels =
      bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.kernel_btf && std::string_view(name) == "vmlinux";
  ::close(fd);
  if (is_kernels) return btf__load_from_kernel_by_id(1);
  errno = ENOENT;
  return nullptr;
}

std::span<const std::byte> raw_bytes(const btf* types) {
  uint32_t size = 0;
  const void* data = btf__raw_data(types, &size);
  return {static_cast<const std::byte*>(data), size};
}

bool in_place() { return ::access(KernelBtf::kSysfs, R_OK) == 0; }

// A folder that is gone with this object.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "ebpf-record-XXXXXX";
    if (!::mkdtemp(name.data())) no_btf(fmt::format("cannot make a folder {}: {}", name, std::strerror(errno)));
    path = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

void KernelBtf::Free::operator()(btf* types) const { btf__free(types); }

KernelBtf::~KernelBtf() = default;

KernelBtf::KernelBtf(const std::string& file) : source_(file), named_(!file.empty()) {
  if (named_) {
    types_.reset(btf__parse(file.c_str(), nullptr));
    if (!types_)
      no_btf(fmt::format(
          "--btf {}: {}; it must hold this kernel's BTF, raw or in an ELF file, as /sys/kernel/btf/vmlinux does", file,
          errno == ENOENT || errno == EACCES || errno == EISDIR ? std::strerror(errno) : "not BTF, or damaged"));
    check_it_is_the_kernels(file);
    return;
  }
  source_ = kSysfs;
  if (read_sysfs()) return;
  const int error = errno;
  source_ = "the kernel (bpf)";
  types_.reset(from_kernel());
  if (!types_)
    no_btf(fmt::format(
        "this kernel offers no type information: {}: {}; it needs CONFIG_DEBUG_INFO_BTF=y. If only /sys is hidden "
        "here, mount it, or name a copy of that file with --btf",
        kSysfs, std::strerror(error)));
}

// False: errno says why not.
bool KernelBtf::read_sysfs() {
  const Fd file(::open(kSysfs, O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) return false;
  const auto most = static_cast<size_t>(status.st_size);
  bytes_ = std::make_unique_for_overwrite<std::byte[]>(most);
  ssize_t n = 0;
  while (size_ < most && ((n = ::read(file.fd, bytes_.get() + size_, most - size_)) > 0 || (n < 0 && errno == EINTR)))
    if (n > 0) size_ += static_cast<size_t>(n);
  if (n < 0) return false;
  if (is_btf(raw())) return true;
  errno = EINVAL;
  return false;
}

const btf* KernelBtf::types() const {
  if (!types_) types_.reset(btf__new(bytes_.get(), static_cast<uint32_t>(size_)));
  if (!types_) no_btf(fmt::format("{}: not BTF, or damaged: {}", source_, std::strerror(errno)));
  return types_.get();
}

std::span<const std::byte> KernelBtf::raw() const {
  return types_ ? raw_bytes(types_.get()) : std::span<const std::byte>(bytes_.get(), size_);
}

// What can't be known for lack of privilege is left to the verifier.
void KernelBtf::check_it_is_the_kernels(const std::string& file) const {
  const std::unique_ptr<btf, Free> own(from_kernel());
  if (!own && errno == ENOENT)
    no_btf(fmt::format(
        "--btf {} does not help: this kernel was built without CONFIG_DEBUG_INFO_BTF, and attaching to tp_btf and "
        "fentry takes types inside the kernel",
        file));
  if (!own) return;
  const auto theirs = raw(), ours = raw_bytes(own.get());
  if (theirs.size() != ours.size() || std::memcmp(theirs.data(), ours.data(), ours.size()) != 0)
    no_btf(fmt::format(
        "--btf {}: this is the BTF of another kernel ({} bytes, the running kernel's has {}); take a copy of {} of "
        "the kernel that runs",
        file, theirs.size(), ours.size(), kSysfs));
}

bool KernelBtf::has(const char* name, uint32_t kind) const { return btf_has(raw(), name, kind); }

bool KernelBtf::has_function(const char* name) const { return has(name, BTF_KIND_FUNC); }

// In the thread's own root (below) the file has another name, where libbpf looks anyway.
const char* KernelBtf::relocation_file() const { return named_ && in_place() ? source_.c_str() : nullptr; }

int KernelBtf::where_libbpf_finds_it(const std::function<int()>& load) const {
  if (in_place()) return load();
  // libbpf (1.1) takes a file for relocations, but for attaching looks in fixed places only. So it gets, in a thread
  // of its own, a root folder where the file is in its place. Needs CAP_SYS_CHROOT.
  const TemporaryFolder root;
  const auto place = root.path / std::filesystem::path(kSysfs).relative_path();
  std::filesystem::create_directories(place.parent_path());
  const auto bytes = raw();
  std::ofstream copy(place, std::ios::binary);
  copy.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  copy.close();
  if (!copy)
    no_btf(
        fmt::format("cannot write {} bytes of BTF to {}; TMPDIR names another folder", bytes.size(), place.string()));
  int result = 0, refused = 0;
  std::thread([&] {
    if (::unshare(CLONE_FS) != 0 || ::chroot(root.path.c_str()) != 0 || ::chdir("/") != 0)
      refused = errno;
    else
      result = load();
  }).join();
  if (refused)
    no_btf(fmt::format("{} is not there, and showing libbpf another file takes CAP_SYS_CHROOT: {}", kSysfs,
                       std::strerror(refused)));
  return result;
}

}  // namespace ebpftrace::recorder
