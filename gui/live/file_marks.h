// SPDX-License-Identifier: Apache-2.0
// Whether the files of an open recording are still the ones that were opened. No window.
#pragma once

#include <QString>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ebpftrace::gui {

class FileMarks {
 public:
  FileMarks() = default;
  // As they are now. What is no regular file is left out.
  explicit FileMarks(const std::vector<std::string>& files);

  // What happened to one since: one that was removed can be read on as long as it is open, so that is nothing to report.
  // Nothing: they are as they were, or longer.
  struct Change {
    QString headline, text;
    bool replaced = false;  // else it was cut
  };
  std::optional<Change> look() const;
  // A longer file is the mark from now on.
  void grow();

 private:
  struct Mark {
    std::string file;
    uint64_t device = 0, inode = 0, bytes = 0;
  };
  static std::optional<Mark> mark_of(const std::string& file);

  std::vector<Mark> marks_;
};

}  // namespace ebpftrace::gui
