// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/probe_error.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "recorder/cli/options.h"
#include "recorder/run/privileges.h"

namespace ebpftrace::recorder {
namespace {

// libbpf's print hook has no user pointer, so what it says is collected here until someone explains a failure.
std::string g_libbpf_log;
bool g_libbpf_verbose = false;

int collect_log(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  const int n =
      vsnprintf(nullptr, 0, format, again);  // NOLINT(clang-analyzer-valist.Uninitialized): va_copy is unknown to it
  va_end(again);
  if (n <= 0) return n;
  std::string text(static_cast<size_t>(n) + 1, '\0');
  vsnprintf(text.data(), text.size(), format, arguments);
  text.resize(static_cast<size_t>(n));
  g_libbpf_log += text;  // bounded: libbpf's own log buffers are
  if (g_libbpf_verbose) fmt::print(stderr, "{}", text);
  return n;
}

std::string last_lines(std::string_view text, size_t wanted) {
  size_t from = text.size();
  for (size_t i = 0; i <= wanted && from != std::string_view::npos && from > 0; ++i) from = text.rfind('\n', from - 1);
  return std::string(text.substr(from == std::string_view::npos ? 0 : from));
}

}  // namespace

void listen_to_libbpf(bool verbose) {
  g_libbpf_log.clear();
  g_libbpf_verbose = verbose;
  libbpf_set_print(collect_log);
}

void add_to_libbpf_log(std::string_view text) {
  g_libbpf_log += text;
  if (g_libbpf_verbose) fmt::print(stderr, "{}", text);
}

void refused(std::string_view doing, int error) {
  using Kind = ProbeError::Kind;
  // The verifier then does not know the functions that read memory, which looks like a fault of ours.
  if (lockdown_mode() == "confidentiality")
    throw ProbeError(Kind::kRefused,
                     fmt::format("{} was refused ({}){}", doing, std::strerror(error), describe_lockdown()));
  if (const auto end = g_libbpf_log.find("-- END PROG LOAD LOG --"); end != std::string::npos)
    throw ProbeError(
        Kind::kRejected,
        fmt::format("{}: the kernel's verifier rejected one ({}); its last words:{}\n(please "
                    "report this with the whole output of ebpf-record -v and of uname -r)",
                    doing, std::strerror(error), last_lines(std::string_view(g_libbpf_log).substr(0, end), 8)));
  if (error == EPERM || error == EACCES) {
    if (const std::string missing = missing_capabilities(); !missing.empty())
      throw ProbeError(Kind::kPrivilege,
                       fmt::format("{} was refused ({}): this process lacks {}; run it with sudo, or give "
                                   "it these capabilities",
                                   doing, std::strerror(error), missing));
    throw ProbeError(Kind::kRefused, fmt::format("{} was refused ({}) although the capabilities suffice{}", doing,
                                                 std::strerror(error), describe_lockdown()));
  }
  if (error == ENOMEM)
    throw ProbeError(Kind::kRefused, fmt::format("{}: out of memory; try a smaller --ring-size", doing));
  throw ProbeError(Kind::kRefused, fmt::format("{} failed: {}; the kernel says:{}", doing, std::strerror(error),
                                               last_lines(g_libbpf_log, 12)));
}

int exit_status_of(ProbeError::Kind kind) {
  using Kind = ProbeError::Kind;
  switch (kind) {
    case Kind::kPrivilege:
      return kExitPrivilege;
    case Kind::kNoBtf:
      return kExitNoBtf;
    case Kind::kNoSuchProcess:
      return kExitNoProcess;
    case Kind::kRejected:
      return kExitInternal;
    case Kind::kRefused:
      break;
  }
  return kExitRefused;
}

}  // namespace ebpftrace::recorder
