// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/call_args.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ioctl.h>
#include <linux/sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "analyzer/query/call_flow.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/content_text.h"
#include "analyzer/text/quote.h"

namespace ebpftrace::analyzer {
namespace {

constexpr int32_t kAtFdcwd = -100;  // linux/fcntl.h

template <typename Integer>
void append_decimal(std::string& out, Integer value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

// At least three digits, as file modes are written.
void append_mode(std::string& out, uint64_t mode) {
  fmt::format_to(std::back_inserter(out), "{}{:03o}", mode > 077 ? "0" : "", mode);
}

void append_descriptor(std::string& out, uint64_t value, const File* file, bool directory) {
  const auto fd = static_cast<int32_t>(value);
  if (directory && fd == kAtFdcwd)
    out += "AT_FDCWD";
  else
    append_decimal(out, fd);
  if (fd >= 0 || fd == kAtFdcwd) append_file(out, file);
}

void append_file_mode(std::string& out, const trace::SymbolSet* types, uint64_t mode) {
  const uint64_t type = mode & S_IFMT;
  if (type && types) {
    types->append(out, mode & ~uint64_t{07777});
    for (const auto& [bit, name] : {std::pair{04000, "|S_ISUID"}, {02000, "|S_ISGID"}, {01000, "|S_ISVTX"}})
      if (mode & static_cast<uint64_t>(bit)) out += name;
    out += '|';
    mode &= 0777;
  }
  append_mode(out, mode);
}

// linux/kdev_t.h: what user space passes.
void append_device(std::string& out, uint64_t device) {
  out += "makedev(";
  append_hex_or_zero(out, (device >> 8 & 0xfff) | (device >> 32 & 0xfffff000));
  out += ", ";
  append_hex_or_zero(out, (device & 0xff) | (device >> 12 & 0xffffff00));
  out += ')';
}

void append_ioctl(std::string& out, const trace::SymbolSet* set, uint64_t value) {
  const auto request = static_cast<uint32_t>(value);
  if (const trace::Symbol* symbol = set ? set->find(request) : nullptr) {
    out += symbol->name;
    return;
  }
  static constexpr std::string_view kDirections[] = {"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"};
  fmt::format_to(std::back_inserter(out), "_IOC({}, {:#x}, ", kDirections[_IOC_DIR(request)], _IOC_TYPE(request));
  append_hex_or_zero(out, _IOC_NR(request));
  out += ", ";
  append_hex_or_zero(out, _IOC_SIZE(request));
  out += ')';
}

// linux/quota.h: QCMD
void append_quota(std::string& out, const trace::SymbolSet* set, uint64_t value) {
  const auto command = static_cast<uint32_t>(value);
  static constexpr std::string_view kTypes[] = {"USRQUOTA", "GRPQUOTA", "PRJQUOTA"};
  out += "QCMD(";
  if (set)
    set->append(out, command >> 8);
  else
    append_hex_or_zero(out, command >> 8);
  out += ", ";
  if ((command & 0xff) < std::size(kTypes))
    out += kTypes[command & 0xff];
  else
    append_hex(out, command & 0xff);
  out += ')';
}

// linux/futex.h: FUTEX_OP
void append_futex_wake_op(std::string& out, uint64_t value) {
  static constexpr std::string_view kOps[] = {"FUTEX_OP_SET", "FUTEX_OP_ADD", "FUTEX_OP_OR", "FUTEX_OP_ANDN",
                                              "FUTEX_OP_XOR"};
  static constexpr std::string_view kComparisons[] = {"FUTEX_OP_CMP_EQ", "FUTEX_OP_CMP_NE", "FUTEX_OP_CMP_LT",
                                                      "FUTEX_OP_CMP_LE", "FUTEX_OP_CMP_GT", "FUTEX_OP_CMP_GE"};
  const auto op = static_cast<uint32_t>(value);
  const uint32_t what = op >> 28 & 7, comparison = op >> 24 & 15;
  if (op >> 31) out += "FUTEX_OP_OPARG_SHIFT<<28|";
  out += what < std::size(kOps) ? std::string(kOps[what]) : fmt::format("{:#x}", what);
  out += "<<28|";
  append_hex_or_zero(out, op >> 12 & 0xfff);
  out += "<<12|";
  out +=
      comparison < std::size(kComparisons) ? std::string(kComparisons[comparison]) : fmt::format("{:#x}", comparison);
  out += "<<24|";
  append_hex_or_zero(out, op & 0xfff);
}

void append_by(std::string& out, const trace::SymbolSet* set, uint64_t value) {
  if (set)
    set->append(out, value);
  else
    append_hex_or_zero(out, value);
}

// Where there is no name, such numbers are decimal.
void append_named_number(std::string& out, const trace::SymbolSet* set, uint64_t value) {
  const trace::Symbol* symbol = set ? set->find(value) : nullptr;
  if (symbol)
    out += symbol->name;
  else
    append_decimal(out, static_cast<uint32_t>(value));
}

// Writes one argument after the other.
class ArgWriter {
 public:
  ArgWriter(std::string& out, ArgPieces& pieces, const CallRow& call, const trace::SymbolSets& symbols)
      : out_(out), pieces_(pieces), call_(call), symbols_(symbols), start_(out.size()) {}

  void all() {
    const auto& types = call_.type->args;
    const size_t count = std::min(types.size(), call_.args.size());
    const bool opens = call_.type->result_kind == trace::ResultKind::kFd;
    const File* files[] = {opens ? call_.file2 : call_.file, opens ? nullptr : call_.file2};
    unsigned descriptors = 0, paths = 0;
    for (unsigned i = 0; i < count; ++i) {
      const trace::ArgType row = types[i].how;
      const File* file = nullptr;
      if (row.kind == trace::ArgKind::kFd || row.kind == trace::ArgKind::kDirfd)
        file = descriptors < 2 ? files[descriptors++] : nullptr;
      const trace::BlockText* path = nullptr;
      if (row.kind == trace::ArgKind::kPath) path = paths < 2 ? (paths++ ? &call_.path2 : &call_.path) : nullptr;
      trace::ArgType type = row;
      if (decided_) {
        const size_t place = i - decided_at_ - 1;
        if (place >= decided_->rest_types.size()) break;
        type = decided_->rest_types[place];
      }
      if (type.kind == trace::ArgKind::kUnused) continue;
      if (!shown(type.kind, i)) continue;
      if (row.kind == trace::ArgKind::kDirfd && static_cast<int32_t>(call_.args[i]) == kAtFdcwd) file = call_.cwd;
      begin(i);
      one(type, i, file, path);
      end(i);
      if (!decided_ && type.symbols && type.symbols->decides()) {
        const trace::Symbol* symbol = type.symbols->find(call_.args[i]);
        if (symbol && !symbol->rest_types.empty()) decided_ = symbol, decided_at_ = i;
      }
    }
  }

  // In the order and with the names that strace gives them: only those that the flags make use of.
  void clone() {
    const uint64_t flags = call_.args[0];
    begin(1);
    out_ += "child_stack=";
    append_pointer(out_, call_.args[1]);
    end(1);
    begin(0);
    out_ += "flags=";
    append_by(out_, call_.type->args.empty() ? nullptr : call_.type->args[0].how.symbols, flags);
    end(0);
    for (unsigned i = 2; i < std::min<size_t>(call_.type->args.size(), 5); ++i) {
      const std::string_view name = call_.type->args[i].name;
      std::string_view shown;
      if (name == "parent_tidptr" && flags & CLONE_PARENT_SETTID) shown = "parent_tid=";
      if (name == "tls" && flags & CLONE_SETTLS) shown = "tls=";
      if (name == "child_tidptr" && flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) shown = "child_tidptr=";
      if (shown.empty()) continue;
      begin(i);
      out_ += shown;
      pointer(i);
      end(i);
    }
  }

  // A successful exec leaves no registers behind: where they could not be noted before.
  void exec() {
    for (unsigned i = 0; i < std::min<size_t>(call_.type->args.size(), call_.args.size()); ++i) {
      const trace::SyscallArg& arg = call_.type->args[i];
      if (arg.how.kind == trace::ArgKind::kPath) {
        begin(i);
        if (call_.path.present && !call_.path.unreadable)
          append_text(out_, call_.path);
        else if (call_.exec)
          append_text(out_, call_.exec->filename);  // the kernel's name for it
        else
          out_ += '?';
        end(i);
      } else if (arg.name == "argv" && call_.exec) {
        begin(i);
        append_argv(out_, call_.exec->argv);
        end(i);
      }
    }
    separate();
    out_ += "...";
  }

  void unknown() {
    size_t used = call_.args.size();
    while (used && !call_.args[used - 1]) --used;
    for (unsigned i = 0; i < used; ++i) {
      begin(i);
      append_hex_or_zero(out_, call_.args[i]);
      end(i);
    }
  }

 private:
  void separate() {
    if (out_.size() > start_) out_ += ", ";
  }
  void begin(unsigned i) {
    separate();
    pieces_[i].offset = static_cast<uint32_t>(out_.size());
  }
  void end(unsigned i) { pieces_[i].size = static_cast<uint32_t>(out_.size()) - pieces_[i].offset; }

  bool shown(trace::ArgKind kind, unsigned i) const {
    const uint64_t before = i ? call_.args[i - 1] : 0;
    // A new file needs a mode: linux/fcntl.h O_CREAT, __O_TMPFILE (asm-generic/fcntl.h).
    if (kind == trace::ArgKind::kCreateMode) return before & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY));
    if (kind == trace::ArgKind::kDevice && i && call_.type->args[i - 1].how.kind == trace::ArgKind::kFileMode)
      return S_ISCHR(before) || S_ISBLK(before);
    return true;
  }

  void pointer(unsigned i, std::string_view structure = {}) {
    if (!call_.content.find(i).empty())
      append_content(out_, *call_.type, i, call_.content, call_.args, call_.result, symbols_, structure, call_.files);
    else if (call_.exec && call_.args[i] && call_.type->args[i].name == "argv")  // what it was given is what it became
      append_argv(out_, call_.exec->argv);
    else
      append_pointer(out_, call_.args[i]);
  }

  void one(trace::ArgType type, unsigned i, const File* file, const trace::BlockText* path) {
    const uint64_t value = call_.args[i];
    switch (type.kind) {
      case trace::ArgKind::kFd:
        return append_descriptor(out_, value, file, false);
      case trace::ArgKind::kDirfd:
        return append_descriptor(out_, value, file, true);
      case trace::ArgKind::kInt:
        return append_decimal(out_, static_cast<int32_t>(value));
      case trace::ArgKind::kUint:
        return append_decimal(out_, static_cast<uint32_t>(value));
      case trace::ArgKind::kSize:
        return append_decimal(out_, value);
      case trace::ArgKind::kOffset:
        return append_decimal(out_, static_cast<int64_t>(value));
      case trace::ArgKind::kHex:
        if (!call_.content.find(i).empty()) return pointer(i);
        return append_hex_or_zero(out_, value);
      case trace::ArgKind::kPageOffset:
        return append_hex_or_zero(out_, value << 12);
      case trace::ArgKind::kMode:
      case trace::ArgKind::kCreateMode:
        return append_mode(out_, value & 0xffff);
      case trace::ArgKind::kFileMode:
        return append_file_mode(out_, symbols_.find("flags:file_mode"), value & 0xffff);
      case trace::ArgKind::kDevice:
        return append_device(out_, value);
      case trace::ArgKind::kSignal:
        return append_named_number(out_, symbols_.find("enum:signal"), value);
      case trace::ArgKind::kId:
        if (static_cast<int32_t>(value) == -1) return void(out_ += "-1");
        return append_decimal(out_, static_cast<uint32_t>(value));
      case trace::ArgKind::kIpcKey:
        if (!static_cast<uint32_t>(value)) return void(out_ += "IPC_PRIVATE");
        return append_hex(out_, static_cast<uint32_t>(value));
      case trace::ArgKind::kIpcFlags:
        if (value & ~uint64_t{0777} & UINT32_MAX) {
          append_by(out_, type.symbols, value & ~uint64_t{0777});
          out_ += '|';
        }
        return append_mode(out_, value & 0777);
      case trace::ArgKind::kPath:
        if (path && path->present && !(path->unreadable && value)) return append_text(out_, *path);
        return pointer(i);
      case trace::ArgKind::kSymbols:
        return append_by(out_, type.symbols, value);
      case trace::ArgKind::kSocketOption:
        return append_by(out_, type.symbols && i ? &type.symbols->variant(call_.args[i - 1]) : nullptr, value);
      case trace::ArgKind::kSocketProtocol:
        return append_named_number(out_, type.symbols && i > 1 ? &type.symbols->variant(call_.args[i - 2]) : nullptr,
                                   value);
      case trace::ArgKind::kIoctl:
        return append_ioctl(out_, type.symbols, value);
      case trace::ArgKind::kFutexWakeOp:
        return append_futex_wake_op(out_, value);
      case trace::ArgKind::kQuota:
        return append_quota(out_, type.symbols, value);
      case trace::ArgKind::kPointer:
      case trace::ArgKind::kUnused:
        return pointer(i, type.structure);
    }
  }

  std::string& out_;
  ArgPieces& pieces_;
  const CallRow& call_;
  const trace::SymbolSets& symbols_;
  const size_t start_;
  const trace::Symbol* decided_ = nullptr;  // the symbol that says what the arguments behind it are
  unsigned decided_at_ = 0;
};

// linux/errno.h, "should never be seen by user programs"; a tracer sees them.
std::string_view restart_text(unsigned error) {
  switch (error) {
    case 512:
      return "To be restarted if SA_RESTART is set";
    case 513:
      return "To be restarted";
    case 514:
      return "To be restarted if no handler";
    case 516:
      return "Interrupted by signal";
    default:
      return {};
  }
}

void append_symbolic_result(std::string& out, const trace::SymbolSet& set, uint64_t result) {
  const bool is_flags = set.type().starts_with("flags:");
  append_hex_or_zero(out, result);
  if (!result && !set.find(0)) return;
  out += is_flags ? " (flags " : " (";
  set.append(out, result);
  out += ')';
}

// The symbol among the arguments that says what the result is.
const trace::Symbol* deciding_symbol(const CallRow& call) {
  for (size_t i = 0; i < std::min(call.type->args.size(), call.args.size()); ++i) {
    const trace::SymbolSet* set = call.type->args[i].how.symbols;
    if (!set || !set->decides()) continue;
    const trace::Symbol* symbol = set->find(call.args[i]);
    return symbol && !symbol->result.empty() ? symbol : nullptr;
  }
  return nullptr;
}

}  // namespace

void append_file(std::string& out, const File* file) {
  if (!file || file->shown.empty()) return;
  out += '<';
  out += file->shown;
  out += '>';
  if (file->unlinked) out += "(deleted)";
}

void append_call_args(std::string& out, ArgPieces& pieces, const CallRow& call, const trace::SymbolSets& symbols) {
  ArgWriter writer(out, pieces, call, symbols);
  if (!call.type) return writer.unknown();
  if (call.type->is_clone) return writer.clone();
  const bool no_registers = std::all_of(call.args.begin(), call.args.end(), [](uint64_t arg) { return arg == 0; });
  if (call.type->is_exec && no_registers) return writer.exec();
  writer.all();
}

void append_call_result(std::string& out, const CallRow& call, const trace::SymbolSets& symbols) {
  const auto value = static_cast<int64_t>(call.result);
  if (call.unfinished || (call.type && call.type->result_kind == trace::ResultKind::kNone)) {
    out += '?';
    return;
  }
  if (is_error(call.result)) {
    const auto error = static_cast<unsigned>(0 - call.result);
    const std::string_view restart = restart_text(error);
    out += restart.empty() ? "-1 " : "? ";
    append_errno(out, error);
    if (const std::string_view text = restart.empty() ? errno_text(error) : restart; !text.empty()) {
      out += " (";
      out += text;
      out += ')';
    }
    return;
  }
  trace::ResultKind kind = call.type ? call.type->result_kind : trace::ResultKind::kValue;
  const trace::SymbolSet* set = call.type ? call.type->result_symbols : nullptr;
  if (kind == trace::ResultKind::kValue && call.type) {
    if (const trace::Symbol* symbol = deciding_symbol(call)) {
      kind = trace::result_kind(symbol->result);
      set = symbol->result_symbols;
    }
  }
  switch (kind) {
    case trace::ResultKind::kFd:
      append_decimal(out, value);
      return append_file(out, call.file);
    case trace::ResultKind::kAddress:
      return append_pointer(out, call.result);
    case trace::ResultKind::kOctal:
      fmt::format_to(std::back_inserter(out), "{}{:03o}", call.result > 077 ? "0" : "", call.result);
      return;
    case trace::ResultKind::kSymbols:
      if (set) return append_symbolic_result(out, *set, call.result);
      return append_hex_or_zero(out, call.result);
    default:
      append_decimal(out, value);
  }
  if (call.type && !call.content.empty())
    append_content_result(out, *call.type, call.content, call.args, call.result, symbols);
}

}  // namespace ebpftrace::analyzer
