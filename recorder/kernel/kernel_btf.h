// SPDX-License-Identifier: Apache-2.0
// The running kernel's type information (BTF), wherever it is to be had: a file that the user named, sysfs, or, where
// /sys is hidden (a chroot, a container), the kernel itself, which hands its BTF to CAP_SYS_ADMIN.
//
// Programs on tp_btf and fentry are attached by an id of the kernel's own BTF, so another kernel's does not do, and a kernel
// that was built without any can't be helped by a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

struct btf;

namespace ebpftrace::recorder {

class KernelBtf {
 public:
  // `file` as given with --btf, empty if it was not. Throws ProbeError (kNoBtf) that says what is missing or wrong.
  explicit KernelBtf(const std::string& file);
  ~KernelBtf();
  KernelBtf(const KernelBtf&) = delete;

  // Taken apart when first asked for, which takes milliseconds. Throws as the constructor does. One thread.
  const btf* types() const;
  // "/sys/kernel/btf/vmlinux" or what else it was read from.
  const std::string& source() const { return source_; }
  size_t bytes() const { return raw().size(); }
  // A type of this kind (BTF_KIND_*), without taking it all apart.
  bool has(const char* name, uint32_t kind) const;
  bool has_function(const char* name) const;

  // As it lies in memory, if it is that of sysfs; else empty.
  std::span<const std::byte> sysfs_bytes() const { return {bytes_.get(), size_}; }

  // For bpf_object_open_opts.btf_custom_path; nullptr if libbpf is not to take a file. As long as this object.
  const char* relocation_file() const;
  // Runs load(), which may call libbpf, where libbpf finds these types. Returns what load() does.
  int where_libbpf_finds_it(const std::function<int()>& load) const;

  static constexpr char kSysfs[] = "/sys/kernel/btf/vmlinux";

 private:
  bool read_sysfs();
  std::span<const std::byte> raw() const;
  void check_it_is_the_kernels(const std::string& file) const;

  struct Free {
    void operator()(btf* types) const;
  };
  std::unique_ptr<std::byte[]> bytes_;  // of sysfs; else `types_` is there from the beginning
  size_t size_ = 0;
  mutable std::unique_ptr<btf, Free> types_;
  std::string source_;
  bool named_;  // by the user
};

}  // namespace ebpftrace::recorder
