// SPDX-License-Identifier: Apache-2.0
// The paths of system calls: as the kernel knew the file, or as the call named it, made absolute.
#include <sys/stat.h>

#include <array>
#include <unordered_map>

#include "analyzer/dictionaries/absolute_path.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/fields/call_columns.h"
#include "analyzer/fields/made_texts.h"
#include "analyzer/fields/relation.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

namespace {

// Ids below the number of files are positions in the file table; those from there on, texts that were made.
class Paths final : public predicate::Texts {
 public:
  explicit Paths(const FileTable& files) : files_(files) {}
  uint64_t count() const override { return files_.files().size() + made_.count(); }
  std::optional<std::string_view> text(uint64_t id) const override {
    const size_t files = files_.files().size();
    if (id >= files) return made_.text(id - files);
    return id ? std::optional(files_.files()[id].path) : std::nullopt;
  }
  uint64_t keep(std::string_view text) { return files_.files().size() + made_.keep(text); }
  uint64_t file(const File* file) const { return static_cast<uint64_t>(file - files_.files().data()); }
  void start_block() {
    if (made_.start_block()) renew();
  }

 private:
  const FileTable& files_;
  MadeTexts made_;
};

class CallPath final : public ComputedTexts<CallPath> {
  friend ComputedTexts<CallPath>;

 public:
  CallPath(Rows& rows, unsigned which)
      : rows_(rows),
        which_(which),
        call_(rows),
        files_(rows.session().files()),
        file_(rows.need("file")),
        file2_(rows.need("file2")),
        path_(rows.need("path")),
        path2_(rows.need("path2")),
        cwd_(rows.need("cwd")),
        args_{rows.need("arg0"), rows.need("arg1"), rows.need("arg2"),
              rows.need("arg3"), rows.need("arg4"), rows.need("arg5")},
        texts_(files_) {}

  void start_block() override {
    texts_.start_block();
    joined_.clear();
  }

 private:
  uint64_t id(size_t row) {
    const uint64_t number = rows_.stored(which_ ? path2_ : path_)[row];
    CallRow call;
    call.file2 = files_.find(rows_.stored(file2_)[row]);
    if (!number && which_ && !call.file2) return kAbsent;
    call.file = files_.find(rows_.stored(file_)[row]);
    if (!number && !which_) {  // as file_of_path() says, of most calls
      const File* file = call.file ? call.file : call.file2;
      return file ? texts_.file(file) : kAbsent;
    }
    call.type = call_.type(row);
    call.path = rows_.block().text(rows_.stored(path_)[row]);
    const trace::BlockText path = which_ ? rows_.block().text(number) : call.path;
    if (which_ == 0) {
      if (const File* file = file_of_path(call)) return texts_.file(file);
    } else if (!is_named(path)) {
      // Of a call between two descriptors the other one's file.
      const bool opens = call.type && call.type->result_kind == trace::ResultKind::kFd;
      return call.file && call.file2 && !opens ? texts_.file(call.file2) : kAbsent;
    }
    if (!is_named(path)) return kAbsent;
    for (size_t i = 0; i < args_.size(); ++i) call.args[i] = rows_.stored(args_[i])[row];
    call.began_at = files_.find(rows_.stored(cwd_)[row]);
    const File* directory = directory_of(call, which_);
    if (!directory || directory->cut || directory->path.find('/') == std::string_view::npos)
      return keep(nullptr, number, path);
    return keep(directory, number, path);
  }

  uint64_t keep(const File* directory, uint64_t number, const trace::BlockText& path) {
    const uint64_t key = (directory ? texts_.file(directory) : 0) << 32 | number;
    const auto [known, is_new] = joined_.try_emplace(key);
    if (is_new) {
      text_.clear();
      if (directory)
        append_joined(text_, directory->path, path.bytes);
      else
        text_ = path.bytes;
      known->second = texts_.keep(text_);
    }
    return known->second;
  }

  const predicate::Texts& table() const { return texts_; }

  Rows& rows_;
  unsigned which_;
  CallNumber call_;
  const FileTable& files_;
  unsigned file_, file2_, path_, path2_, cwd_;
  std::array<unsigned, 6> args_;
  Paths texts_;
  std::unordered_map<uint64_t, uint64_t> joined_;  // of this block: directory << 32 | number of the text
  std::string text_;
};

class FileType final : public ComputedTexts<FileType> {
  friend ComputedTexts<FileType>;

 public:
  explicit FileType(Rows& rows) : rows_(rows), file_(rows.need("file")), files_(rows.session().files()) {
    ids_.fill(kAbsent);
  }

 private:
  uint64_t id(size_t row) {
    const File* file = files_.find(rows_.stored(file_)[row]);
    if (!file) return kAbsent;
    uint64_t& known = ids_[(file->mode & S_IFMT) >> kTypeShift];
    if (known == kAbsent) known = texts_.keep(file_type_name(file->mode));
    return known;
  }
  const predicate::Texts& table() const { return texts_; }
  static constexpr unsigned kTypeShift = 12;
  Rows& rows_;
  unsigned file_;
  const FileTable& files_;
  MadeTexts texts_;
  std::array<uint64_t, (S_IFMT >> kTypeShift) + 1> ids_;  // by type
};

// Of the file that `path` is, by the kernel: of a path that is only named, nobody knows.
class PathDeleted final : public ComputedNumbers<PathDeleted> {
  friend ComputedNumbers<PathDeleted>;

 public:
  explicit PathDeleted(Rows& rows)
      : ComputedNumbers(false),
        rows_(rows),
        call_(rows),
        files_(rows.session().files()),
        file_(rows.need("file")),
        file2_(rows.need("file2")),
        path_(rows.need("path")) {}

 private:
  std::optional<uint64_t> cell(size_t row) {
    CallRow call;
    call.file = files_.find(rows_.stored(file_)[row]);
    call.file2 = files_.find(rows_.stored(file2_)[row]);
    if (!(call.file && call.file->unlinked) && !(call.file2 && call.file2->unlinked)) return 0;
    call.type = call_.type(row);
    call.path = rows_.block().text(rows_.stored(path_)[row]);
    const File* file = file_of_path(call);
    return file && file->unlinked;
  }

  Rows& rows_;
  CallNumber call_;
  const FileTable& files_;
  unsigned file_, file2_, path_;
};

}  // namespace

MakeColumn call_path_column(unsigned which) {
  return [which](Rows& rows) { return std::make_unique<CallPath>(rows, which); };
}

MakeColumn path_deleted_column() {
  return [](Rows& rows) { return std::make_unique<PathDeleted>(rows); };
}

MakeColumn file_type_column() {
  return [](Rows& rows) { return std::make_unique<FileType>(rows); };
}

}  // namespace ebpftrace::analyzer
