// SPDX-License-Identifier: Apache-2.0
#include "schema/catalogue.h"

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include <algorithm>
#include <cctype>

#include "schema/events.capnp.h"
#include "schema/values.capnp.h"

namespace ebpftrace {
namespace {

// The ids that annotations.capnp gives.
constexpr uint64_t kEvent = 0xa3f1c5d7e9b20411, kDoc = 0xa3f1c5d7e9b20412, kUnit = 0xa3f1c5d7e9b20413,
                   kDisplay = 0xa3f1c5d7e9b20414, kCoding = 0xa3f1c5d7e9b20415, kCodingOf = 0xa3f1c5d7e9b20416,
                   kRefersTo = 0xa3f1c5d7e9b20417, kGroup = 0xa3f1c5d7e9b20418, kValues = 0xa3f1c5d7e9b20419;

template <typename Annotated>
void for_each_annotation(Annotated proto, auto&& visit) {
  for (auto annotation : proto.getAnnotations()) visit(annotation.getId(), annotation.getValue());
}

std::string text(capnp::schema::Value::Reader value) { return std::string(value.getText().cStr()); }

unsigned element_bits(capnp::Type type) {
  switch (type.which()) {
    case capnp::schema::Type::UINT8:
      return 8;
    case capnp::schema::Type::UINT16:
      return 16;
    case capnp::schema::Type::UINT32:
      return 32;
    case capnp::schema::Type::UINT64:
      return 64;
    case capnp::schema::Type::DATA:
      return 0;
    default:
      KJ_FAIL_REQUIRE("events.capnp: a column is a list of unsigned integers or of Data");
  }
}

ColumnType column_type(capnp::StructSchema::Field field, std::string& coding_of) {
  ColumnType column;
  column.name = field.getProto().getName().cStr();
  column.bits = element_bits(field.getType().asList().getElementType());
  for_each_annotation(field.getProto(), [&](uint64_t id, capnp::schema::Value::Reader value) {
    if (id == kUnit) column.unit = text(value);
    if (id == kDoc) column.doc = text(value);
    if (id == kDisplay) column.display = static_cast<schema::Display>(value.getEnum());
    if (id == kCoding) column.coding = static_cast<schema::Coding>(value.getEnum());
    if (id == kCodingOf) coding_of = text(value);
    if (id == kRefersTo) column.refers_to = text(value);
    if (id == kGroup) column.group = value.getUint8();
    if (id == kValues) column.values = text(value);
  });
  return column;
}

EventType event_type(capnp::StructSchema schema) {
  EventType type;
  for_each_annotation(schema.getProto(), [&](uint64_t id, capnp::schema::Value::Reader value) {
    if (id == kDoc) type.doc = text(value);
    if (id == kEvent) {
      auto info = value.getStruct().getAs<schema::EventInfo>();
      type.id = info.getId();
      type.name = info.getName().cStr();
      type.hook = info.getHook().cStr();
      type.transport = info.getTransport();
      type.dictionary = info.getDictionary();
    }
  });
  std::vector<std::string> coding_of;
  for (auto field : schema.getFields()) {
    coding_of.emplace_back();
    type.columns.push_back(column_type(field, coding_of.back()));
  }
  for (size_t i = 0; i < coding_of.size(); ++i)
    if (!coding_of[i].empty()) type.columns[i].coding_of = type.column(coding_of[i]);
  return type;
}

}  // namespace

std::optional<unsigned> EventType::column(std::string_view wanted) const {
  for (unsigned i = 0; i < columns.size(); ++i)
    if (columns[i].name == wanted) return i;
  return std::nullopt;
}

unsigned EventType::groups() const {
  unsigned groups = 1;
  for (const ColumnType& column : columns) groups = std::max(groups, column.group + 1);
  return groups;
}

unsigned EventType::text_group() const {
  for (const ColumnType& column : columns)
    if (column.is_text()) return column.group;
  return 0;
}

std::vector<EventType> event_catalogue() {
  std::vector<EventType> types;
  for (auto field : capnp::Schema::from<schema::Events>().getFields()) {
    types.push_back(event_type(field.getType().asStruct()));
    KJ_REQUIRE(types.back().id != 0, "events.capnp: a type without $event(id = ...)", field.getProto().getName());
  }
  return types;
}

std::vector<ValueSet> value_sets() {
  std::vector<ValueSet> sets;
  for (auto from : *schema::VALUE_SETS) {
    ValueSet& set = sets.emplace_back(
        ValueSet{from.getName().cStr(), from.getFlags(), {}, from.getEnd().cStr(), from.getBitNumbers()});
    for (auto value : from.getValues())
      set.values.push_back(
          {value.getValue(), value.getName().cStr(), value.getDoc().cStr(), value.getConstant().cStr()});
  }
  return sets;
}

std::string snake_case(std::string_view camel) {
  std::string snake;
  for (char c : camel) {
    if (std::isupper(static_cast<unsigned char>(c))) snake += '_';
    snake += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return snake;
}

}  // namespace ebpftrace
