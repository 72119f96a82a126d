// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <exception>

#include "recorder/command.h"
#include "recorder/options.h"
#include "recorder/probes.h"
#include "recorder/recording.h"
#include "recorder/sandbox.h"
#include "recorder/trace_file.h"

namespace {

int explain(const std::exception& error, int status) {
  fmt::print(stderr, "ebpf-record: {}\n", error.what());
  return status;
}

int status_of(ebpftrace::ProbeError::Kind kind) {
  using Kind = ebpftrace::ProbeError::Kind;
  switch (kind) {
    case Kind::kPrivilege: return ebpftrace::kExitPrivilege;
    case Kind::kNoBtf: return ebpftrace::kExitNoBtf;
    case Kind::kNoSuchProcess: return ebpftrace::kExitNoProcess;
    case Kind::kRejected: return ebpftrace::kExitInternal;
    case Kind::kRefused: break;
  }
  return ebpftrace::kExitRefused;
}

}  // namespace

int main(int argc, char** argv) {
  const auto [options, exit_status] = ebpftrace::parse_options(argc, argv);
  if (exit_status) return *exit_status;
  try {
    return ebpftrace::record(options, {argv, argv + argc});
  } catch (const ebpftrace::CommandError& error) {
    return explain(error, error.status);
  } catch (const ebpftrace::OutputError& error) {
    return explain(error, ebpftrace::kExitOutput);
  } catch (const ebpftrace::ProbeError& error) {
    return explain(error, status_of(error.kind));
  } catch (const ebpftrace::SandboxError& error) {
    return explain(error, ebpftrace::kExitSandbox);
  } catch (const std::exception& error) {
    return explain(error, ebpftrace::kExitInternal);
  }
}
