// SPDX-License-Identifier: Apache-2.0
#include "trace/read/trace_catalogue.h"

#include <capnp/serialize.h>
#include <fmt/format.h>
#include <kj/debug.h>
#include <zstd.h>

#include <algorithm>
#include <map>

#include "trace/format/catalogue_message.h"
#include "trace/read/catalogue_rows.h"
#include "trace/read/x32_calls.h"

namespace ebpftrace::trace {
namespace {

// Plenty for any catalogue, and what a hostile one can make us hold stays small.
constexpr unsigned kMaxTypes = 1024, kMaxColumns = 64, kMaxCalls = 8192, kMaxArgs = 16, kMaxNumber = 0xffff;

template <typename List>
List at_most(unsigned limit, List list) {
  KJ_REQUIRE(list.size() <= limit, "a catalogue that large is not one");
  return list;
}

std::string text(capnp::Text::Reader value) { return std::string(value.begin(), value.end()); }

ByteFlow flow(uint8_t value) {
  switch (static_cast<schema::ByteFlow>(value)) {
    case schema::ByteFlow::READ:
      return ByteFlow::kRead;
    case schema::ByteFlow::WRITE:
      return ByteFlow::kWrite;
    case schema::ByteFlow::BOTH:
      return ByteFlow::kBoth;
    case schema::ByteFlow::COPIED:
      return ByteFlow::kCopied;
    default:
      return ByteFlow::kNone;
  }
}

EventType event_type(schema::EventType::Reader from) {
  EventType type;
  type.id = from.getId();
  type.name = text(from.getName());
  type.hook = text(from.getHook());
  type.doc = text(from.getDoc());
  type.dictionary = from.getDictionary();
  for (auto column : at_most(kMaxColumns, from.getColumns())) {
    ColumnType& to = type.columns.emplace_back();
    to.name = text(column.getName());
    to.bits = column.getBits();
    to.unit = text(column.getUnit());
    to.display = column.getDisplay();
    to.refers_to = text(column.getRefersTo());
    to.doc = text(column.getDoc());
    to.group = column.getGroup();
    to.values = text(column.getValues());
  }
  return type;
}

}  // namespace

ResultKind result_kind(std::string_view result) {
  if (result == "fd") return ResultKind::kFd;
  if (result == "address") return ResultKind::kAddress;
  if (result == "mode") return ResultKind::kOctal;
  if (result == "none") return ResultKind::kNone;
  return result.starts_with("flags:") || result.starts_with("enum:") ? ResultKind::kSymbols : ResultKind::kValue;
}

SyscallTable::SyscallTable(schema::CallTable::Reader rows, const SymbolSets& symbols) {
  KJ_REQUIRE(rows.getCount() <= kMaxCalls, "a catalogue that large is not one");
  const auto numbers = all_rows(rows.getNumber(), rows.getCount());
  const auto bytes = rows.getBytes();
  KJ_REQUIRE(bytes.size() == numbers.size(), "calls without what their results count");
  TextParts names(rows.getNames()), aliases(rows.getAliases()), results(rows.getResults());
  TextParts arg_names(rows.getArgNames()), arg_types(rows.getArgTypes()), classes(rows.getGroups());
  for (size_t i = 0; i < numbers.size(); ++i) {
    const std::string_view name = names.next(), alias = aliases.next(), result = results.next(),
                           of_classes = classes.next();
    TextParts own_names(arg_names.next(), ','), own_types(arg_types.next(), ',');
    KJ_REQUIRE(numbers[i] <= kMaxNumber, "a call's number is too large for a table");
    const auto number = static_cast<uint16_t>(numbers[i]);
    if (number >= index_.size()) index_.resize(size_t{number} + 1);
    if (index_[number]) continue;  // the first row of a number counts
    SyscallType& type = types_.emplace_back();
    type.number = number;
    type.name = name;
    type.alias = alias.empty() ? name : alias;
    type.result = result;
    type.classes = of_classes;
    type.bytes = flow(bytes[i]);
    while (!own_names.done() || !own_types.done()) {
      KJ_REQUIRE(type.args.size() < kMaxArgs, "a call with that many arguments is none");
      SyscallArg& to =
          type.args.emplace_back(SyscallArg{std::string(own_names.next()), std::string(own_types.next()), {}});
      to.how = symbols.type(to.type);
    }
    type.result_kind = ebpftrace::trace::result_kind(type.result);
    type.result_symbols = symbols.find(type.result);
    type.is_clone = type.name == "clone";
    type.is_exec = type.alias == "execve";
    index_[number] = static_cast<uint32_t>(types_.size());
  }
}

void SyscallTable::add_x32() {
  std::map<std::string_view, const SyscallType*> by_name;
  for (const SyscallType& type : types_) by_name.try_emplace(type.name, &type);
  x32_index_.resize(kX32Numbers);
  for (uint32_t number = 0; number < kX32Numbers; ++number) {
    const SyscallType* native = number < kFirstX32 ? find(number) : nullptr;
    const auto name = x32_name(number, native ? std::string_view(native->name) : std::string_view());
    const auto found = name ? by_name.find(*name) : by_name.end();
    if (found == by_name.end()) continue;
    SyscallType& type = x32_types_.emplace_back(*found->second);
    type.number = number | kX32Bit;
    type.name.insert(0, "x32:");
    type.is_exec = false;  // its name and arguments are not kept
    x32_index_[number] = static_cast<uint32_t>(x32_types_.size());
  }
}

const SyscallType* SyscallTable::find_x32(uint32_t number) const {
  const uint32_t plain = number & ~kX32Bit;
  return number & kX32Bit && plain < x32_index_.size() && x32_index_[plain] ? &x32_types_[x32_index_[plain] - 1]
                                                                            : nullptr;
}

// An unknown one as strace has it: of a 64-bit program the number as the kernel takes it, an int, in a whole register.
std::string SyscallTable::name(uint32_t number) const {
  const SyscallType* type = find(number);
  if (type && !type->name.empty()) return type->name;
  const bool is_native = !x32_index_.empty();
  return fmt::format("syscall_{:#x}",
                     is_native ? static_cast<uint64_t>(static_cast<int32_t>(number)) : uint64_t{number});
}

const EventType* Catalogue::type(uint16_t id) const {
  const auto found = std::find_if(types.begin(), types.end(), [&](const EventType& type) { return type.id == id; });
  return found == types.end() ? nullptr : &*found;
}

const EventType* Catalogue::type(std::string_view name) const {
  const auto found = std::find_if(types.begin(), types.end(), [&](const EventType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

const ValueNames& Catalogue::values_of(std::string_view type_name, std::string_view column_name) const {
  const EventType* of = type(type_name);
  const auto position = of ? of->column(column_name) : std::nullopt;
  return values.find(position ? of->columns[*position].values : std::string());
}

Catalogue read_catalogue(schema::Catalogue::Reader message) {
  Catalogue catalogue;
  for (auto type : at_most(kMaxTypes, message.getEvents())) catalogue.types.push_back(event_type(type));
  catalogue.symbols = SymbolSets(message.getSymbols());
  catalogue.values = ValueSets(message.getValues());
  catalogue.syscalls = SyscallTable(message.getSyscalls(), catalogue.symbols);
  catalogue.syscalls.add_x32();
  catalogue.syscalls32 = SyscallTable(message.getSyscalls32(), catalogue.symbols);
  return catalogue;
}

Catalogue built_in_catalogue() {
  const BuiltInCatalogue built_in = built_in_catalogue_message();
  std::vector<capnp::word> raw(built_in.raw_bytes / sizeof(capnp::word));
  const size_t bytes = ZSTD_decompress(raw.data(), built_in.raw_bytes, built_in.stored.data(), built_in.stored.size());
  KJ_REQUIRE(bytes == built_in.raw_bytes, "the program's own catalogue is damaged");
  capnp::FlatArrayMessageReader message(kj::arrayPtr(raw.data(), raw.size()));
  return read_catalogue(message.getRoot<schema::Catalogue>());
}

}  // namespace ebpftrace::trace
