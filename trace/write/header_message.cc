// SPDX-License-Identifier: Apache-2.0
#include "trace/write/header_message.h"

#include "trace/format/trace.capnp.h"

namespace ebpftrace::trace {
namespace {

kj::ArrayPtr<const kj::byte> bytes_of(const Id& id) {
  return {reinterpret_cast<const kj::byte*>(id.data()), id.size()};
}

}  // namespace

void build_header(capnp::MessageBuilder& message, const RecordingFacts& facts) {
  auto header = message.initRoot<schema::TraceHeader>();
  header.setRecorderVersion(facts.recorder_version);
  auto host = header.initHost();
  host.setKernel(facts.host.kernel);
  host.setMachine(facts.host.machine);
  host.setPageSize(facts.host.page_size);
  host.setMemoryBytes(facts.host.memory_bytes);
  host.setPossibleCpus(facts.possible_cpus);
  header.initStart().setBootNs(facts.start.boot_ns);
  header.getStart().setRealNs(facts.start.real_ns);
  header.setProbe(facts.probe);
  header.setFilter(facts.filter);
  header.setRingBytesPerCpu(facts.ring_bytes_per_cpu);
  header.setPart(facts.part);
  header.setRecordingId(bytes_of(facts.recording_id));
  if (facts.host.boot_id) host.setBootId(bytes_of(*facts.host.boot_id));
  if (facts.host.host_id) host.setHostId(bytes_of(*facts.host.host_id));
  host.setLabel(facts.host.label);
  header.setUtcOffsetSeconds(facts.utc_offset_seconds);
  header.setNoDurations(facts.no_durations);
  auto words = header.initCommandLine(static_cast<unsigned>(facts.command_line.size()));
  for (unsigned i = 0; i < words.size(); ++i) {
    const std::string& word = facts.command_line[i];
    words.set(i, kj::arrayPtr(reinterpret_cast<const kj::byte*>(word.data()), word.size()));
  }
}

void set_earlier(capnp::MessageBuilder& message, std::span<const EarlierRows> earlier) {
  auto rows = message.getRoot<schema::TraceHeader>().initEarlier(static_cast<unsigned>(earlier.size()));
  for (unsigned i = 0; i < rows.size(); ++i) {
    rows[i].setType(earlier[i].type);
    rows[i].setRecorded(earlier[i].recorded);
    rows[i].setLost(earlier[i].lost);
  }
}

}  // namespace ebpftrace::trace
