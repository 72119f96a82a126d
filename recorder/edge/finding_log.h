// SPDX-License-Identifier: Apache-2.0
// Findings as rows and, with -v, as lines. Drain thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "bpf/edge_shared.h"
#include "recorder/edge/edge_links.h"
#include "recorder/edge/edge_rules.h"
#include "recorder/edge/record_sink.h"

namespace ebpftrace::recorder {

class FindingLog {
 public:
  FindingLog(RecordSink& sink, const EdgeRules& rules, const EdgeLinks& links, bool live)
      : sink_(sink), rules_(rules), links_(links), live_(live) {}

  // From the data path. A first drop that several CPUs took for theirs is one finding.
  void add(const finding& finding);
  void released(const EdgeRules::Release& release, uint64_t now_ns);
  // What has neither source nor destination: `text` says it.
  void notice(finding_what what, severity how_bad, uint64_t now_ns, uint32_t interface, uint64_t count,
              const std::string& text, uint8_t outcome = 0);
  // Findings that the limits left out: of a source, or (nullptr) of too many sources.
  void suppressed(const u8* address, uint64_t count, uint64_t now_ns);

 private:
  void write(uint16_t cpu, security_record record, const flow_key* flow, const std::string& rule);
  void print(const security_record& record, const flow_key* flow, const std::string& rule) const;
  bool seen_before(const finding& finding);

  RecordSink& sink_;
  const EdgeRules& rules_;
  const EdgeLinks& links_;
  bool live_;
  std::unordered_map<std::string, uint64_t> first_drops_;  // by flow, when: bounded
};

}  // namespace ebpftrace::recorder
