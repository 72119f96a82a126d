// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <exception>

#include "recorder/cli/options.h"
#include "recorder/edge/rule_file.h"
#include "recorder/kernel/doctor.h"
#include "recorder/kernel/probes.h"
#include "recorder/run/command.h"
#include "recorder/run/inspect.h"
#include "recorder/run/mark.h"
#include "recorder/run/recording.h"
#include "recorder/run/sandbox.h"
#include "trace/write/trace_file.h"

namespace {

int explain(const std::exception& error, int status) {
  fmt::print(stderr, "ebpf-record: {}\n", error.what());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const auto [options, exit_status] = ebpftrace::recorder::parse_options(argc, argv);
  if (exit_status) return *exit_status;
  try {
    if (!options.mark.empty()) {
      ebpftrace::recorder::put_marker(options.mark, options.marked_recorder);
      return 0;
    }
    if (options.doctor) return ebpftrace::recorder::doctor(options);
    if (options.inspect) return ebpftrace::recorder::inspect(options);
    return ebpftrace::recorder::record(options, {argv, argv + argc});
  } catch (const ebpftrace::recorder::MarkError& error) {
    return explain(error, error.status);
  } catch (const ebpftrace::recorder::CommandError& error) {
    return explain(error, error.status);
  } catch (const ebpftrace::recorder::RulesError& error) {
    return explain(error, ebpftrace::recorder::kExitUsage);
  } catch (const ebpftrace::trace::OutputError& error) {
    return explain(error, ebpftrace::recorder::kExitOutput);
  } catch (const ebpftrace::recorder::ProbeError& error) {
    return explain(error, ebpftrace::recorder::exit_status_of(error.kind));
  } catch (const ebpftrace::recorder::SandboxError& error) {
    return explain(error, ebpftrace::recorder::kExitSandbox);
  } catch (const std::exception& error) {
    return explain(error, ebpftrace::recorder::kExitInternal);
  }
}
