// SPDX-License-Identifier: Apache-2.0
#include "predicate/completion.h"

#include <algorithm>
#include <optional>

#include "predicate/error.h"
#include "predicate/expression.h"
#include "predicate/lexer.h"
#include "predicate/quoted.h"

namespace ebpftrace::predicate {

namespace {

// What is expected behind some tokens of a filter. It follows the front loosely: a wrong front has completions, too.
class Front {
 public:
  enum class Expects : uint8_t { kCondition, kOperator, kValue, kList, kListEnd, kConnective, kArgument, kNothing };

  explicit Front(const FieldSet& fields) : fields_(fields) {}

  void take(const Token& token) {
    switch (expects_) {
      case Expects::kCondition:
        take_condition(token);
        break;
      case Expects::kOperator:
        take_operator(token);
        break;
      case Expects::kValue:
        expects_ = op_ == Operator::kIn && token.is("{") ? Expects::kList : Expects::kConnective;
        break;
      case Expects::kList:
        expects_ = Expects::kListEnd;
        break;
      case Expects::kListEnd:
        if (token.is(",")) expects_ = Expects::kList;
        if (token.is("}")) expects_ = Expects::kConnective;
        break;
      case Expects::kArgument:
        if (token.is(")")) expects_ = Expects::kConnective;
        break;
      case Expects::kConnective:
        take_connective(token);
        break;
      case Expects::kNothing:
        break;
    }
  }

  Expects expects() const { return expects_; }
  const Field& field() const { return *field_; }
  Operator op() const { return op_; }
  bool open() const { return open_ > 0; }

 private:
  void take_condition(const Token& token) {
    if (token.is("(")) ++open_;
    if (token.type != Token::Type::kWord || is_keyword(token.text)) return;
    field_ = fields_.find(token.text);
    expects_ = Expects::kNothing;
    if (field_) expects_ = Expects::kOperator;
    for (const NameAndDoc& function : fields_.functions())
      if (function.name == token.text) expects_ = Expects::kArgument;
  }

  void take_operator(const Token& token) {
    for (const Operator op : operators_of(*field_))
      if (op != Operator::kWithin && token.is(to_string(op))) {
        op_ = op;
        expects_ = Expects::kValue;
        return;
      }
    expects_ = Expects::kNothing;
    if (field_->kind == FieldKind::kBool) take_connective(token);
  }

  void take_connective(const Token& token) {
    if (token.is("&&") || token.is("||") || token.is("and") || token.is("or")) expects_ = Expects::kCondition;
    if (token.is(")") && open_ > 0) {
      --open_;
      expects_ = Expects::kConnective;
    }
  }

  const FieldSet& fields_;
  Expects expects_ = Expects::kCondition;
  std::optional<Field> field_;
  Operator op_ = Operator::kHolds;
  size_t open_ = 0;
};

class Completer {
 public:
  Completer(std::string_view text, size_t cursor, const FieldSet& fields) : fields_(fields), front_(fields) {
    // The token that the cursor is in or right behind is what is being typed; the rest is the front.
    Token token = next_token(text.substr(0, cursor), 0, true);
    while (token.type != Token::Type::kEnd) {
      // "args." and "rate-" are names that are not finished.
      if (token.type == Token::Type::kWord && token.end() + 1 == cursor &&
          std::string_view(".:-").find(text[token.end()]) != std::string_view::npos)
        token.text = text.substr(token.offset, cursor - token.offset);
      if (token.end() == cursor && being_typed(token)) break;
      front_.take(token);
      token = next_token(text.substr(0, cursor), token.end(), true);
    }
    completion_.offset = token.type == Token::Type::kEnd ? cursor : token.offset;
    typed_ = token.text;
    const Token whole = next_token(text, completion_.offset);
    const bool further = !typed_.empty() && whole.type == token.type && whole.offset == token.offset;
    completion_.length = (further ? std::max(whole.end(), cursor) : cursor) - completion_.offset;
  }

  Completion complete() {
    using Expects = Front::Expects;
    switch (front_.expects()) {
      case Expects::kCondition:
        add_conditions();
        break;
      case Expects::kOperator:
        add_operators();
        break;
      case Expects::kValue:
        add_values(front_.op() == Operator::kIn);
        break;
      case Expects::kList:
        add_values(false);
        break;
      case Expects::kListEnd:
        add(",", "another value");
        add("}", "the end of the list");
        break;
      case Expects::kConnective:
        add_connectives();
        break;
      case Expects::kArgument:
      case Expects::kNothing:
        break;
    }
    return std::move(completion_);
  }

 private:
  // A sign is complete if another character can't make it another sign that fits; words are completed up to a blank.
  bool being_typed(const Token& token) const {
    if (token.type == Token::Type::kText) return token.text.size() == 1 || quoted_length(token.text) == 0;
    if (token.type != Token::Type::kSign) return true;
    for (const std::string_view unfinished : {"=", "!", "<", ">", "&", "|"})
      if (token.text == unfinished)
        return front_.expects() == Front::Expects::kOperator || front_.expects() == Front::Expects::kConnective;
    return false;
  }

  void add(std::string_view text, std::string_view doc) {
    if (text.starts_with(typed_) && completion_.choices.size() < kMostChoices)
      completion_.choices.push_back({std::string(text), std::string(doc)});
  }

  void add_conditions() {
    for (const NameAndDoc& field : fields_.names()) add(field.name, field.doc);
    for (const NameAndDoc& function : fields_.functions()) add(function.name + "(", function.doc);
    // A name with its unit, an alias.
    if (completion_.choices.empty() && !typed_.empty())
      if (const auto field = fields_.find(typed_)) add(typed_, field->doc);
    add("not", "the condition behind it does not hold");
    add("(", "");
  }

  void add_operators() {
    if (front_.field().kind == FieldKind::kBool) add_connectives();
    for (const Operator op : operators_of(front_.field()))
      if (op != Operator::kWithin) add(to_string(op), operator_doc(op));
  }

  static std::string_view operator_doc(Operator op) {
    switch (op) {
      case Operator::kEqual:
        return "equal";
      case Operator::kNotEqual:
        return "not equal, or absent";
      case Operator::kLess:
        return "less";
      case Operator::kLessEqual:
        return "less or equal";
      case Operator::kGreater:
        return "greater";
      case Operator::kGreaterEqual:
        return "greater or equal";
      case Operator::kMatches:
        return "matches a pattern";
      case Operator::kNotMatches:
        return "does not match a pattern, or is absent";
      case Operator::kIn:
        return "one of a list";
      case Operator::kHas:
        return "has these bits";
      case Operator::kWithin:
      case Operator::kHolds:
        break;
    }
    return "";
  }

  void add_connectives() {
    add("&&", "and");
    add("||", "or");
    if (front_.open()) add(")", "");
  }

  void add_values(bool list) {
    const Field& field = front_.field();
    if (list) add("{", "a list");
    if (list && field.kind != FieldKind::kTime) return;
    if (front_.op() == Operator::kMatches || front_.op() == Operator::kNotMatches) return;
    if (field.kind == FieldKind::kBool) {
      add("true", "");
      add("false", "");
    } else if (field.kind == FieldKind::kTime) {
      add("@exec:", "when a program of this name was started");
      add("@mark:", "a marker of this name");
    } else if (field.names_by_variant) {
      for (const std::string& name : fields_.variant_names(field)) add_name(name);
    }
    for (const FieldValue& named : field.names) add_name(named.name);
    if (field.kind == FieldKind::kText) add_texts(field);
    if (!typed_.empty() && typed_[0] >= '0' && typed_[0] <= '9') add_units(field.kind);
  }

  void add_name(const std::string& name) {
    if (is_name(name) && !typed_.starts_with('"'))
      add(name, "");
    else
      add(quote(name), "");
  }

  void add_texts(const Field& field) {
    std::string prefix;
    if (typed_.starts_with('"')) {
      try {
        prefix = unquote(typed_.substr(1));
      } catch (const ExpressionError&) {
        return;  // half an escape
      }
    } else if (!typed_.empty()) {
      prefix = typed_;
    }
    for (const std::string& value : fields_.values(field, prefix, kMostChoices)) {
      const bool named = std::any_of(completion_.choices.begin(), completion_.choices.end(),
                                     [&](const Completion::Choice& choice) { return choice.text == value; });
      if (!named && value.starts_with(prefix) && completion_.choices.size() < kMostChoices)
        completion_.choices.push_back({quote(value), ""});
    }
  }

  void add_units(FieldKind kind) {
    const size_t digits = std::min(typed_.find_first_not_of("0123456789."), typed_.size());
    for (const NumberUnit& unit : units()) {
      const bool fits = (unit.kind == UnitKind::kTime && (kind == FieldKind::kDuration || kind == FieldKind::kTime)) ||
                        (unit.kind != UnitKind::kTime && kind == FieldKind::kBytes);
      if (fits && static_cast<uint8_t>(unit.name[0]) < 0x80)
        add(std::string(typed_.substr(0, digits)) + std::string(unit.name), "");
    }
  }

  const FieldSet& fields_;
  Front front_;
  std::string_view typed_;
  Completion completion_;
};

}  // namespace

Completion complete(std::string_view text, size_t cursor, const FieldSet& fields) {
  cursor = std::min(cursor, text.size());
  try {
    check_text(text);
  } catch (const ExpressionError&) {
    return {cursor, 0, {}};
  }
  // Never inside a character.
  while (cursor > 0 && cursor < text.size() && (static_cast<uint8_t>(text[cursor]) & 0xc0) == 0x80) --cursor;
  return Completer(text, cursor, fields).complete();
}

}  // namespace ebpftrace::predicate
