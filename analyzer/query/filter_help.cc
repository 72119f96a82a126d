// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "analyzer/api/filter.h"
#include "analyzer/fields/relation.h"
#include "analyzer/query/moments.h"
#include "analyzer/query/row_filter.h"
#include "predicate/completion.h"
#include "predicate/error.h"
#include "predicate/expression.h"
#include "predicate/lexer.h"
#include "predicate/moment.h"
#include "predicate/quoted.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::FieldKind;
using predicate::Token;

std::optional<FilterMistake> check(std::string_view filter, const predicate::FieldSet& fields) {
  try {
    if (!filter.empty()) predicate::parse(filter, fields);
    return {};
  } catch (const predicate::ExpressionError& error) {
    return FilterMistake{error.offset, error.length, error.what()};
  }
}

const Relation& relation_of(const Session& session, std::string_view name) {
  const Relation* relation = session.relation(name);
  if (!relation) throw AskError(fmt::format("there is no relation '{}'", name));
  return *relation;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Pieces between && (or ||, if there is one) outside of all brackets.
struct Pieces {
  std::vector<std::string_view> texts;
  bool any_or = false;
};

Pieces split(std::string_view filter) {
  Pieces pieces;
  size_t begin = 0;
  int depth = 0;
  for (Token token = predicate::next_token(filter, 0); token.type != Token::Type::kEnd;
       token = predicate::next_token(filter, token.end())) {
    if (token.is("(") || token.is("{")) ++depth;
    if (token.is(")") || token.is("}")) --depth;
    if (depth) continue;
    pieces.any_or |= token.is("||") || token.is("or");
    if (!token.is("&&") && !token.is("and")) continue;
    pieces.texts.push_back(trimmed(filter.substr(begin, token.offset - begin)));
    begin = token.end();
  }
  pieces.texts.push_back(trimmed(filter.substr(begin)));
  return pieces;
}

std::string number_text(const Cell& value) {
  if (const auto* number = std::get_if<uint64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  return {};
}

// "O_RDONLY|O_CLOEXEC", "file,desc" -> the names.
std::vector<std::string> names_in(std::string_view text, char between) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const size_t end = std::min(text.find(between), text.size());
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

std::string either(const std::vector<std::string>& parts, bool exclude) {
  if (parts.size() == 1) return exclude ? fmt::format("!({})", parts[0]) : parts[0];
  const std::string all = fmt::format("{}", fmt::join(parts, " && "));
  return exclude ? fmt::format("!({})", all) : all;
}

std::optional<std::string> condition(std::string_view field, FieldKind kind, const Cell& value, bool exclude) {
  const std::string_view op = exclude ? "!=" : "==";
  if (std::holds_alternative<std::monostate>(value) || std::holds_alternative<ProcessesCell>(value)) return {};
  if (const auto* truth = std::get_if<bool>(&value)) return fmt::format("{}{}", *truth == exclude ? "!" : "", field);
  if (const auto* decimal = std::get_if<double>(&value)) return fmt::format("{} {} {:.3f}", field, op, *decimal);
  const auto* text = std::get_if<std::string>(&value);
  switch (kind) {
    case FieldKind::kText:
      if (!text) return {};
      return fmt::format("{} {} {}", field, op, predicate::quote(*text));
    case FieldKind::kEnum:
      if (!text) break;
      return fmt::format("{} {} {}", field, op, *text);
    case FieldKind::kSet:
    case FieldKind::kFlags: {
      if (!text) break;
      std::vector<std::string> parts;
      for (const std::string& name : names_in(*text, kind == FieldKind::kSet ? ',' : '|'))
        if (name != "0") parts.push_back(fmt::format("{} {} {}", field, kind == FieldKind::kSet ? "==" : "&", name));
      if (parts.empty())
        return kind == FieldKind::kFlags ? std::optional(fmt::format("{} {} 0", field, op)) : std::nullopt;
      return either(parts, exclude);
    }
    case FieldKind::kTime: {
      const auto* time = std::get_if<int64_t>(&value);
      if (!time || *time < 0) return {};
      predicate::Moment moment;
      moment.ns = *time;
      return fmt::format("{} {} {}", field, op, predicate::to_string(moment));
    }
    default:
      break;
  }
  if (text) return fmt::format("{} {} {}", field, op, predicate::quote(*text));
  const std::string number = number_text(value);
  if (number.empty()) return {};
  return fmt::format("{} {} {}", field, op, number);
}

}  // namespace

std::optional<FilterMistake> check_filter(const Session& session, std::string_view relation, std::string_view filter) {
  return check(filter, relation_of(session, relation));
}

std::optional<FilterMistake> check_filter(const Session& session, const Question& question, std::string_view filter) {
  return check(filter, RowFields(question.columns(), &session.trace()));
}

FilterChoices complete_filter(const Session& session, std::string_view relation, std::string_view filter,
                              size_t cursor) {
  predicate::Completion found = predicate::complete(filter, cursor, relation_of(session, relation));
  FilterChoices choices{found.offset, found.length, {}};
  for (predicate::Completion::Choice& choice : found.choices)
    choices.choices.push_back({std::move(choice.text), std::move(choice.doc)});
  return choices;
}

std::vector<std::string> filter_conditions(std::string_view filter) {
  filter = trimmed(filter);
  if (filter.empty()) return {};
  const Pieces pieces = split(filter);
  if (pieces.any_or) return {std::string(filter)};
  return {pieces.texts.begin(), pieces.texts.end()};
}

std::string all_of(std::span<const std::string> conditions) {
  std::string all;
  for (const std::string& one : conditions) {
    if (trimmed(one).empty()) continue;
    if (!all.empty()) all += " && ";
    const bool needs_brackets = conditions.size() > 1 && split(one).any_or;
    all += needs_brackets ? "(" + one + ")" : one;
  }
  return all;
}

std::optional<std::string> condition_for(const Session& session, std::string_view relation, std::string_view field,
                                         const Cell& value, bool exclude) {
  const Relation& fields = relation_of(session, relation);
  const auto found = fields.find(field);
  if (!found) return {};
  const auto text = condition(found->name, found->kind, value, exclude);
  return text && !check(*text, fields) ? text : std::nullopt;
}

std::optional<std::string> condition_for(const ResultColumn& column, const Cell& value, bool exclude) {
  return condition(column.name, kind_of(column.unit), value, exclude);
}

TimeSpan resolve_range(const Session& session, std::string_view from, std::string_view to) {
  const trace::Trace& trace = session.trace();
  const TimeRange range = Moments(trace).range(from, to);
  TimeSpan span;
  span.from_ns = from.empty() ? 0 : trace.since_start(range.from_ns);
  span.to_ns = to.empty() ? INT64_MAX : trace.since_start(range.to_ns);
  return span;
}

}  // namespace ebpftrace::analyzer
