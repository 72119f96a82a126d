// SPDX-License-Identifier: Apache-2.0
// The running kernel's type information (BTF), wherever it is to be had: a file that the user named, sysfs, or, where
// /sys is hidden (a chroot, a container), the kernel itself, which hands its BTF to CAP_SYS_ADMIN.
//
// Programs on tp_btf and fentry are attached by an id of the kernel's own BTF, so another kernel's does not do, and a kernel
// that was built without any can't be helped by a file.
#pragma once

#include <functional>
#include <memory>
#include <string>

struct btf;

namespace ebpftrace::recorder {

class KernelBtf {
 public:
  // `file` as given with --btf, empty if it was not. Throws ProbeError (kNoBtf) that says what is missing or wrong.
  explicit KernelBtf(const std::string& file);
  ~KernelBtf();
  KernelBtf(const KernelBtf&) = delete;

  const btf* types() const { return types_.get(); }
  // "/sys/kernel/btf/vmlinux" or what else it was read from.
  const std::string& source() const { return source_; }
  size_t bytes() const;
  bool has_function(const char* name) const;

  // For bpf_object_open_opts.btf_custom_path; nullptr if libbpf is not to take a file. As long as this object.
  const char* relocation_file() const;
  // Runs load(), which may call libbpf, where libbpf finds these types. Returns what load() does.
  int where_libbpf_finds_it(const std::function<int()>& load) const;

  static constexpr char kSysfs[] = "/sys/kernel/btf/vmlinux";

 private:
  void check_it_is_the_kernels(const std::string& file) const;

  struct Free {
    void operator()(btf* types) const;
  };
  std::unique_ptr<btf, Free> types_;
  std::string source_;
  bool named_;  // by the user
};

}  // namespace ebpftrace::recorder
