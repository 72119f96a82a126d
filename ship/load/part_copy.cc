// SPDX-License-Identifier: Apache-2.0
#include "ship/load/part_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "ship/front_bytes.h"
#include "trace/format/frame.h"

namespace ebpftrace::ship {
namespace {

class CopyFile final : public trace::TraceBytes {
 public:
  explicit CopyFile(int file) : file_(file) {}
  ~CopyFile() override { ::close(file_); }
  CopyFile(const CopyFile&) = delete;

  uint64_t size() const override { return UINT64_MAX; }  // it is looked at by its fronts
  size_t read(uint64_t offset, std::span<std::byte> to) const override {
    size_t done = 0;
    while (done < to.size()) {
      const ssize_t got = ::pread(file_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  int file_;
};

int unnamed_file(const std::string& folder) {
  int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
    std::string name = folder + "/ebpf-load-XXXXXX";
    file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file >= 0) ::unlink(name.c_str());
  }
  if (file < 0) throw std::system_error(errno, std::generic_category(), "cannot make a file in '" + folder + "'");
  return file;
}

}  // namespace

PartCopy::PartCopy(const std::string& folder) : file_(unnamed_file(folder)) {
  bytes_ = std::make_shared<CopyFile>(file_);
  const trace::Preamble preamble = trace::make_preamble();
  put(0, std::as_bytes(std::span(&preamble, 1)));
}

PartCopy::PartCopy(std::shared_ptr<const trace::TraceBytes> whole) : bytes_(std::move(whole)), size_(bytes_->size()) {}

void PartCopy::put(uint64_t offset, std::span<const std::byte> bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t put = ::pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw std::system_error(errno, std::generic_category(), "cannot keep a part that comes in");
    done += static_cast<size_t>(put);
  }
  size_ = std::max<uint64_t>(size_, offset + bytes.size());
}

std::shared_ptr<const trace::TraceBytes> PartCopy::front(uint64_t size) const {
  return std::make_shared<FrontBytes>(bytes_, std::min(size, size_));
}

}  // namespace ebpftrace::ship
