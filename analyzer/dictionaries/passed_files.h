// SPDX-License-Identifier: Apache-2.0
// The files behind the descriptors in the control data of a call's messages, one after the other.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/dictionaries/file_table.h"
#include "analyzer/text/content_bytes.h"
#include "analyzer/text/content_items.h"

namespace ebpftrace::analyzer {

class PassedFiles {
 public:
  // `files` may be nullptr: nothing is known then.
  PassedFiles(const ContentItems& content, const FileTable* files) : files_(files) {
    if (const auto item = content.first(CONTENT_FILES)) ids_ = item->bytes;
  }
  // nullptr: not recorded or not described.
  const File* next() {
    const auto id = read_at<uint32_t>(ids_, 0);
    ids_.remove_prefix(std::min(ids_.size(), sizeof id));
    return files_ ? files_->find(id) : nullptr;
  }

 private:
  std::string_view ids_;
  const FileTable* files_;
};

}  // namespace ebpftrace::analyzer
