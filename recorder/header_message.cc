// SPDX-License-Identifier: Apache-2.0
#include "recorder/header_message.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "recorder/version.h"
#include "schema/symbols.capnp.h"
#include "schema/syscalls.capnp.h"
#include "schema/trace.capnp.h"

namespace ebpftrace {
namespace {

void fill_symbols(schema::TraceHeader::Builder header) {
  const auto sets = *schema::SYMBOLS;
  auto packed = header.initSymbols(sets.size());
  for (unsigned i = 0; i < sets.size(); ++i) {
    const auto symbols = sets[i].getSymbols();
    std::string names;
    std::vector<unsigned> deciding;
    bool any_mask = false;
    auto values = packed[i].initValues(symbols.size());
    for (unsigned k = 0; k < symbols.size(); ++k) {
      names += symbols[k].getName().cStr();
      names += '\n';
      values.set(k, symbols[k].getValue());
      any_mask |= symbols[k].getMask() != 0;
      if (symbols[k].hasRest() || symbols[k].hasResult()) deciding.push_back(k);
    }
    packed[i].setType(sets[i].getType());
    packed[i].setNames(names);
    if (any_mask) {
      auto masks = packed[i].initMasks(symbols.size());
      for (unsigned k = 0; k < symbols.size(); ++k) masks.set(k, symbols[k].getMask());
    }
    auto decisions = packed[i].initDecides(static_cast<unsigned>(deciding.size()));
    for (unsigned k = 0; k < deciding.size(); ++k) {
      decisions[k].setSymbol(static_cast<uint16_t>(deciding[k]));
      decisions[k].setRest(symbols[deciding[k]].getRest());
      decisions[k].setResult(symbols[deciding[k]].getResult());
    }
  }
}

}  // namespace

HostFacts this_host() {
  HostFacts host;
  utsname names{};
  if (::uname(&names) == 0) {
    host.kernel = names.release;
    host.machine = names.machine;
  }
  host.page_size = static_cast<uint32_t>(::sysconf(_SC_PAGESIZE));
  host.memory_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * host.page_size;
  return host;
}

void build_header(capnp::MessageBuilder& message, const RecordingFacts& facts, const std::vector<EventType>& catalogue) {
  auto header = message.initRoot<schema::TraceHeader>();
  header.setRecorderVersion(kVersion);
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
  auto words = header.initCommandLine(static_cast<unsigned>(facts.command_line.size()));
  for (unsigned i = 0; i < words.size(); ++i) {
    const std::string& word = facts.command_line[i];
    words.set(i, kj::arrayPtr(reinterpret_cast<const kj::byte*>(word.data()), word.size()));
  }
  auto events = header.initEvents(static_cast<unsigned>(catalogue.size()));
  for (unsigned i = 0; i < catalogue.size(); ++i) {
    const EventType& type = catalogue[i];
    events[i].setId(type.id);
    events[i].setName(type.name);
    events[i].setDoc(type.doc);
    events[i].setHook(type.hook);
    events[i].setDictionary(type.dictionary);
    auto columns = events[i].initColumns(static_cast<unsigned>(type.columns.size()));
    for (unsigned k = 0; k < type.columns.size(); ++k) {
      const ColumnType& column = type.columns[k];
      columns[k].setName(column.name);
      columns[k].setBits(static_cast<uint8_t>(column.bits));
      columns[k].setUnit(column.unit);
      columns[k].setDisplay(column.display);
      columns[k].setDoc(column.doc);
      columns[k].setRefersTo(column.refers_to);
    }
  }
  header.setSyscalls(*schema::SYSCALLS64);
  header.setSyscalls32(*schema::SYSCALLS32);
  fill_symbols(header);
}

}  // namespace ebpftrace
