// SPDX-License-Identifier: Apache-2.0
#include "tests/predicate/naive.h"

#include <stdexcept>

namespace ebpftrace::predicate {

namespace {

Wide number_of(const Cell& cell) {
  if (cell.negative) return Wide{static_cast<int64_t>(cell.number)};
  return Wide{cell.number};
}

// Whether the cell is what the name says; `&` asks whether it has it.
bool is_named(const std::string& field, const Cell& cell, uint64_t call, const std::string& name, bool has) {
  const uint64_t n = cell.number;
  if (field == "verdict")
    return n == (name == "pass" ? 0u : name == "drop" ? 1u : name == "rate-limited" ? 2u : name == "deny" ? 3u : 4u);
  if (field == "type") return (n & 0xf0) == (name == "fifo" ? 0x10u : 0x30u);
  if (field == "class") return (n & (name == "file" ? 1u : name == "network" ? 2u : 4u)) != 0;
  if (field == "mode") {
    const uint64_t bits = name == "r" ? 4 : name == "w" ? 2 : name == "x" ? 1 : 6;
    return has ? (n & bits) == bits : n == bits;
  }
  if (field == "result") return static_cast<int64_t>(n) == (name == "-ENOENT" ? -2 : -4);
  if (field == "args.flags") {
    if (name == "CREATE") return (call == 1 && (n & 64) != 0) || (call == 2 && (n & 1) != 0);
    if (name == "RDWR") return call == 1 && (n & 3) == 2;
    if (name == "SYNC") return call == 1 && (n & 12) == 12;
  }
  throw std::logic_error("no names of " + field);
}

bool equals(const std::string& field, const Cell& cell, uint64_t call, const NaiveOperand& operand) {
  switch (operand.type) {
    case NaiveOperand::Type::kName:
      return is_named(field, cell, call, operand.text, false);
    case NaiveOperand::Type::kText:
      return cell.text == operand.text;
    case NaiveOperand::Type::kNumber:
      break;
  }
  if (field == "failed") return (cell.number != 0) == (operand.number != 0);
  if (field == "class") return (cell.number & static_cast<uint64_t>(operand.number)) != 0;
  return number_of(cell) == operand.number;
}

// The first name that a verdict has.
std::string verdict_name(uint64_t n) {
  static const char* kNames[] = {"pass", "drop", "rate-limited", "deny", "or"};
  return n < 5 ? kNames[n] : "";
}

bool found(const std::string& pattern, const std::string& text) {
  return pattern.starts_with('^') ? text.starts_with(pattern.substr(1)) : text.find(pattern) != text.npos;
}

bool matches(const std::string& field, const Cell& cell, const std::string& pattern) {
  if (field == "class")
    return ((cell.number & 1) && found(pattern, "file")) || ((cell.number & 2) && found(pattern, "network")) ||
           ((cell.number & 4) && found(pattern, "memory"));
  if (field == "verdict") {
    const std::string name = verdict_name(cell.number);
    return !name.empty() && found(pattern, name);
  }
  return found(pattern, cell.text);
}

int order(const Cell& cell, const NaiveOperand& operand) {
  if (operand.type == NaiveOperand::Type::kText) return cell.text.compare(operand.text);
  Wide other = operand.number;
  if (operand.type == NaiveOperand::Type::kName) {
    for (uint64_t n = 0; n < 5; ++n)
      if (verdict_name(n) == operand.text) other = n;
    if (operand.text.starts_with("-E")) other = operand.text == "-ENOENT" ? -2 : -4;
  }
  const Wide number = number_of(cell);
  return number < other ? -1 : number > other ? 1 : 0;
}

}  // namespace

bool NaiveFilter::passes(const World& world, size_t row) const {
  switch (type) {
    case Type::kAnd:
      return parts[0].passes(world, row) && parts[1].passes(world, row);
    case Type::kOr:
      return parts[0].passes(world, row) || parts[1].passes(world, row);
    case Type::kNot:
      return !parts[0].passes(world, row);
    case Type::kCondition:
      break;
  }
  const auto known = world_fields().find(field);
  const Cell& cell = world.cell(row, known ? known->name : field);
  if (op == "!=" || op == "!~") {
    NaiveFilter positive = *this;
    positive.op = op == "!=" ? "==" : "~";
    return !positive.passes(world, row);
  }
  if (!cell.present) return false;
  const uint64_t call = world.cell(row, "call").number;
  if (op.empty()) return cell.number != 0;
  if (op == "==") return equals(field, cell, call, operands[0]);
  if (op == "~") return matches(field, cell, operands[0].text);
  if (op == "<") return order(cell, operands[0]) < 0;
  if (op == "<=") return order(cell, operands[0]) <= 0;
  if (op == ">") return order(cell, operands[0]) > 0;
  if (op == ">=") return order(cell, operands[0]) >= 0;
  if (op == "..") return order(cell, operands[0]) >= 0 && order(cell, operands[1]) < 0;
  if (op == "&") {
    if (operands[0].type == NaiveOperand::Type::kName) return is_named(field, cell, call, operands[0].text, true);
    return (cell.number & static_cast<uint64_t>(operands[0].number)) != 0;
  }
  if (op == "in") {
    for (const NaiveOperand& operand : operands)
      if (equals(field, cell, call, operand)) return true;
    return false;
  }
  throw std::logic_error("no operator " + op);
}

std::string NaiveFilter::text() const {
  switch (type) {
    case Type::kAnd:
      return "(" + parts[0].text() + " && " + parts[1].text() + ")";
    case Type::kOr:
      return "(" + parts[0].text() + " || " + parts[1].text() + ")";
    case Type::kNot:
      return "!(" + parts[0].text() + ")";
    case Type::kCondition:
      break;
  }
  if (op.empty()) return field;
  if (op == "..") return field + " in " + operands[0].written + ".." + operands[1].written;
  if (op != "in") return field + " " + op + " " + operands[0].written;
  std::string out = field + " in {";
  for (const NaiveOperand& operand : operands) out += (out.ends_with('{') ? "" : ", ") + operand.written;
  return out + "}";
}

}  // namespace ebpftrace::predicate
