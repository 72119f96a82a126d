// SPDX-License-Identifier: Apache-2.0
#include "trace/format/catalogue_message.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "schema/symbols.capnp.h"
#include "schema/syscalls.capnp.h"
#include "trace/format/column_codec.h"

namespace ebpftrace::trace {
namespace {

std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

void add_part(std::string& to, std::string_view text, char end) {
  if (text.find('\n') != text.npos || (end == ',' && text.find(',') != text.npos))
    throw std::invalid_argument("a name of the catalogue holds a separator: " + std::string(text));
  to += text;
  to += end;
}

kj::ArrayPtr<const kj::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

void write_packed(schema::Column::Builder column, const std::vector<uint64_t>& values) {
  std::vector<uint64_t> transformed;
  const ColumnPlan plan = plan_column(values, {}, {}, transformed);
  column.setEncoding(plan.encoding);
  column.setBase(plan.base);
  column.setWidth(plan.width);
  if (!plan.width) return;
  std::vector<uint8_t> stored;
  const size_t bytes = store_column(plan, transformed, stored);
  column.setData({stored.data(), bytes});
}

// "a,b,c\n"
template <typename List, typename Name>
void add_line(std::string& to, List list, Name name) {
  for (auto element : list) add_part(to, view(name(element)), ',');
  if (list.size()) to.pop_back();
  to += '\n';
}

void fill_calls(schema::CallTable::Builder to, capnp::List<schema::SyscallType>::Reader calls) {
  std::string bytes, names, aliases, results, groups, arg_names, arg_types;
  std::vector<uint64_t> numbers;
  for (auto call : calls) {
    numbers.push_back(call.getNumber());
    bytes += static_cast<char>(call.getBytes());
    add_part(names, view(call.getName()), '\n');
    add_part(aliases, call.getAlias() == call.getName() ? std::string_view() : view(call.getAlias()), '\n');
    add_part(results, view(call.getResult()), '\n');
    add_line(groups, call.getGroups(), [](capnp::Text::Reader group) { return group; });
    add_line(arg_names, call.getArgs(), [](schema::SyscallArg::Reader arg) { return arg.getName(); });
    add_line(arg_types, call.getArgs(), [](schema::SyscallArg::Reader arg) { return arg.getType(); });
  }
  to.setCount(static_cast<uint32_t>(numbers.size()));
  write_packed(to.initNumber(), numbers);
  to.setBytes(bytes_of(bytes));
  to.setNames(bytes_of(names));
  to.setAliases(bytes_of(aliases));
  to.setResults(bytes_of(results));
  to.setGroups(bytes_of(groups));
  to.setArgNames(bytes_of(arg_names));
  to.setArgTypes(bytes_of(arg_types));
}

void fill_symbols(schema::SymbolTable::Builder to, capnp::List<schema::SymbolSet>::Reader sets) {
  std::string types, shared, names, before;
  std::vector<uint64_t> counts, values, masks;
  std::vector<std::pair<uint32_t, schema::Symbol::Reader>> deciding;
  for (auto set : sets) {
    add_part(types, view(set.getType()), '\n');
    counts.push_back(set.getSymbols().size());
    for (auto symbol : set.getSymbols()) {
      const auto name = view(symbol.getName());
      const auto differs = std::mismatch(name.begin(), name.end(), before.begin(), before.end()).first;
      const auto front = std::min<size_t>(255, static_cast<size_t>(differs - name.begin()));
      shared += static_cast<char>(front);
      add_part(names, name.substr(front), '\n');
      before = name;
      if (symbol.hasRest() || symbol.hasResult()) deciding.emplace_back(values.size(), symbol);
      values.push_back(symbol.getValue());
      masks.push_back(symbol.getMask());
    }
  }
  to.setCount(static_cast<uint32_t>(values.size()));
  to.setSets(static_cast<uint32_t>(counts.size()));
  to.setTypes(bytes_of(types));
  write_packed(to.initCounts(), counts);
  to.setShared(bytes_of(shared));
  to.setNames(bytes_of(names));
  write_packed(to.initValues(), values);
  write_packed(to.initMasks(), masks);
  auto decisions = to.initDecisions(static_cast<unsigned>(deciding.size()));
  for (unsigned i = 0; i < deciding.size(); ++i) {
    decisions[i].setSymbol(deciding[i].first);
    decisions[i].setRest(deciding[i].second.getRest());
    decisions[i].setResult(deciding[i].second.getResult());
  }
}

void fill_values(capnp::List<schema::NamedValues>::Builder to, const std::vector<ValueSet>& sets) {
  for (unsigned i = 0; i < sets.size(); ++i) {
    to[i].setName(sets[i].name);
    to[i].setFlags(sets[i].is_flags);
    auto values = to[i].initValues(static_cast<unsigned>(sets[i].values.size()));
    for (unsigned k = 0; k < values.size(); ++k) {
      values[k].setValue(sets[i].values[k].value);
      values[k].setName(sets[i].values[k].name);
      if (!sets[i].values[k].doc.empty()) values[k].setDoc(sets[i].values[k].doc);
    }
  }
}

}  // namespace

CatalogueParts catalogue_parts() {
  return {event_catalogue(), *schema::SYSCALLS64, *schema::SYSCALLS32, *schema::SYMBOLS, value_sets()};
}

void build_catalogue(capnp::MessageBuilder& message, const CatalogueParts& parts) {
  auto root = message.initRoot<schema::Catalogue>();
  auto events = root.initEvents(static_cast<unsigned>(parts.events.size()));
  for (unsigned i = 0; i < parts.events.size(); ++i) {
    const EventType& type = parts.events[i];
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
      columns[k].setGroup(static_cast<uint8_t>(column.group));
      if (!column.values.empty()) columns[k].setValues(column.values);
    }
  }
  fill_calls(root.initSyscalls(), parts.syscalls);
  fill_calls(root.initSyscalls32(), parts.syscalls32);
  fill_symbols(root.initSymbols(), parts.symbols);
  fill_values(root.initValues(static_cast<unsigned>(parts.values.size())), parts.values);
}

}  // namespace ebpftrace::trace
