// SPDX-License-Identifier: Apache-2.0
// Recursive descent. The depth is that of the brackets, at most kDeepestNesting; chains of && and || and rows of ! are
// loops.
//
//   or        = and { ("||" | "or") and }
//   and       = not { ("&&" | "and") not }
//   not       = { "!" | "not" } ( "(" or ")" | condition )
//   condition = field | function "(" arguments ")" | field operator value | field "in" "{" value { "," value } "}"
//             | field "in" moment ".." moment
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "predicate/expression.h"
#include "predicate/lexer.h"
#include "predicate/near_names.h"
#include "predicate/quoted.h"
#include "predicate/value_parser.h"

namespace ebpftrace::predicate {

namespace {

using Node = Expression::Node;

struct WrittenOperator {
  std::string_view sign;
  Operator op;
};
constexpr auto kOperators = std::to_array<WrittenOperator>({{"==", Operator::kEqual},
                                                            {"!=", Operator::kNotEqual},
                                                            {"<", Operator::kLess},
                                                            {"<=", Operator::kLessEqual},
                                                            {">", Operator::kGreater},
                                                            {">=", Operator::kGreaterEqual},
                                                            {"~", Operator::kMatches},
                                                            {"!~", Operator::kNotMatches},
                                                            {"in", Operator::kIn},
                                                            {"&", Operator::kHas}});
// What people write who know another language.
struct Foreign {
  std::string_view sign, ours;
};
constexpr auto kForeign = std::to_array<Foreign>(
    {{"=", "=="},    {"===", "=="}, {"!==", "!="},     {"<>", "!="},     {"=~", "~"},   {"=>", ">="},
     {"=<", "<="},   {"|", "||"},   {"contains", "~"}, {"matches", "~"}, {"like", "~"}, {"startswith", "~ \"^"},
     {"regex", "~"}, {"is", "=="},  {"eq", "=="},      {"ne", "!="},     {"lt", "<"},   {"gt", ">"},
     {"le", "<="},   {"ge", ">="},  {"AND", "&&"},     {"OR", "||"},     {"NOT", "!"},  {"IN", "in"}});

std::string_view ours(std::string_view sign) {
  for (const Foreign& foreign : kForeign)
    if (foreign.sign == sign) return foreign.ours;
  return {};
}

const WrittenOperator* find_operator(const Token& token) {
  for (const WrittenOperator& candidate : kOperators)
    if (token.is(candidate.sign)) return &candidate;
  return nullptr;
}

class Parser {
 public:
  Parser(std::string_view text, const FieldSet& fields) : text_(text), fields_(fields) {
    check_text(text);
    advance();
  }

  Expression parse() {
    if (token_.type == Token::Type::kEnd)
      throw ExpressionError(0, 0, "the filter is empty; a condition is such as duration > 1ms");
    expression_.root = parse_or();
    if (token_.type != Token::Type::kEnd) unexpected();
    return std::move(expression_);
  }

 private:
  template <typename... Args>
  [[noreturn]] static void fail(const Token& token, fmt::format_string<Args...> message, Args&&... args) {
    throw ExpressionError(token.offset, token.text.size(), fmt::format(message, std::forward<Args>(args)...));
  }

  void advance() {
    last_ = token_;
    token_ = next_token(text_, token_.end());
    if (token_.is("\"")) fail(token_, "this '\"' is never closed");
    if (token_.is("'") || token_.is("`")) fail(token_, "texts stand in double quotes: {}", double_quoted());
  }

  // 'text' as it should be.
  std::string double_quoted() const {
    const auto end = text_.find(token_.text[0], token_.end());
    if (end == text_.npos) return "\"text\"";
    return quote(shortened(text_.substr(token_.end(), end - token_.end())));
  }

  bool take(std::string_view sign, std::string_view word) {
    if (!token_.is(sign) && !token_.is(word)) return false;
    advance();
    return true;
  }

  // Where another condition, a closing bracket or the end would have been right.
  [[noreturn]] void unexpected() const {
    if (token_.is(")")) fail(token_, "this ')' closes nothing");
    if (token_.is("&")) fail(token_, "'&' looks at the bits of a field; between two conditions there is '&&'");
    if (token_.is("|") || token_.is("AND") || token_.is("OR"))
      fail(token_, "'{}' is no operator, did you mean '{}'?", token_.text, ours(token_.text));
    if (find_operator(token_) != nullptr || !ours(token_.text).empty())
      fail(token_, "a comparison has one operator: write a < b && b < c for a < b < c");
    fail(token_, "'&&', '||' or the end should be here, not '{}'", shortened(token_.text));
  }

  Node parse_or() {
    Node node = parse_and();
    while (take("||", "or")) join(node, Node::Type::kOr, parse_and());
    return node;
  }
  Node parse_and() {
    Node node = parse_not();
    while (take("&&", "and")) join(node, Node::Type::kAnd, parse_not());
    return node;
  }

  static void join(Node& node, Node::Type type, Node&& other) {
    if (node.type != type) {
      Node both;
      both.type = type;
      both.parts.push_back(std::move(node));
      node = std::move(both);
    }
    if (other.type != type) {
      node.parts.push_back(std::move(other));
    } else {
      for (Node& part : other.parts) node.parts.push_back(std::move(part));
    }
  }

  Node parse_not() {
    bool negated = false, any = false;
    while (take("!", "not")) {
      negated = !negated;
      any = true;
    }
    // to_string puts a negated condition into brackets.
    if (any) check_depth(depth_ + 1);
    Node node = token_.is("(") ? parse_brackets() : parse_condition();
    if (!negated) return node;
    if (node.type == Node::Type::kNot) {
      Node inner = std::move(node.parts.front());
      return inner;
    }
    Node outer;
    outer.type = Node::Type::kNot;
    outer.parts.push_back(std::move(node));
    return outer;
  }

  void check_depth(size_t depth) const {
    if (depth > kDeepestNesting) fail(token_, "brackets in brackets, more than {} deep", kDeepestNesting);
  }

  Node parse_brackets() {
    const Token open = token_;
    check_depth(++depth_);
    advance();
    Node node = parse_or();
    if (token_.type == Token::Type::kEnd) fail(open, "this '(' is never closed");
    if (!token_.is(")")) unexpected();
    advance();
    --depth_;
    return node;
  }

  Node parse_condition() {
    if (token_.type != Token::Type::kWord || is_keyword(token_.text) || token_.text.starts_with('-')) no_condition();
    const Token name = token_;
    advance();
    Node node;
    Condition& condition = node.condition;
    if (token_.is("(")) {
      condition.field = add(parse_call(name));
      return node;
    }
    auto found = fields_.find(name.text);
    if (!found) unknown_field(name);
    const Field field = *found;
    condition.field = add(std::move(*found));
    const WrittenOperator* written = find_operator(token_);
    if (written == nullptr) {
      if (field.kind == FieldKind::kBool && ends_condition()) return node;
      no_operator(name, field);
    }
    condition.op = written->op;
    const Token sign = token_;
    advance();
    if (condition.op == Operator::kIn)
      parse_in(condition, field, name.text, sign);
    else
      condition.values.push_back(parse_one(field, name.text, condition.op, sign));
    return node;
  }

  bool ends_condition() const {
    return token_.type == Token::Type::kEnd || token_.is("&&") || token_.is("and") || token_.is("||") ||
           token_.is("or") || token_.is(")");
  }

  [[noreturn]] void no_condition() const {
    if (token_.type == Token::Type::kEnd) {
      // The whole front could be a bracket.
      if (last_.is("(")) fail(last_, "this '(' is never closed");
      throw ExpressionError(text_.size(), 0, fmt::format("a condition is missing behind '{}'", last_.text));
    }
    if (token_.is(")") && last_.is("(")) fail(token_, "a condition is missing in the brackets");
    if (find_operator(token_) != nullptr || !ours(token_.text).empty() || token_.is("&&") || token_.is("||") ||
        token_.is("and") || token_.is("or") || token_.is(")"))
      fail(token_, "a condition is missing before '{}'", token_.text);
    if (token_.type == Token::Type::kNumber || token_.type == Token::Type::kText ||
        token_.type == Token::Type::kMarker || token_.is("true") || token_.is("false"))
      fail(token_, "a condition begins with the name of a field, not with '{}'", shortened(token_.text));
    fail(token_, "a condition should be here, not '{}'", shortened(token_.text));
  }

  [[noreturn]] void unknown_field(const Token& name) const {
    if (find_operator(name) != nullptr || ours(name.text) == "!")
      fail(name, "'{}' is no field; the negation is '!' or 'not'", name.text);
    for (const NameAndDoc& function : fields_.functions())
      if (function.name == name.text) fail(name, "'{}' takes arguments in brackets: {}(...)", name.text, name.text);
    std::vector<std::string> names;
    for (NameAndDoc& offered : fields_.names()) names.push_back(std::move(offered.name));
    const std::string near = nearest_name(name.text, names);
    if (!near.empty()) fail(name, "unknown field '{}', did you mean '{}'?", shortened(name.text), near);
    if (names.empty()) fail(name, "unknown field '{}'; there are none", shortened(name.text));
    fail(name, "unknown field '{}'; there are {}", shortened(name.text), list_names(names));
  }

  [[noreturn]] void no_operator(const Token& name, const Field& field) const {
    const std::string_view meant = ours(token_.text);
    if (!meant.empty() && meant != "&&" && meant != "||" && meant != "!")
      fail(token_, "'{}' is no operator, did you mean '{}'?", token_.text, meant);
    if (token_.is("not") && next_token(text_, token_.end()).is("in"))
      fail(token_, "write !({} in {{...}})", shortened(name.text));
    if (ends_condition())
      fail(name, "'{}' is {} and no condition by itself: compare it, such as {} {} ...", shortened(name.text),
           kind_name(field.kind), shortened(name.text), to_string(operators_of(field).front()));
    if (field.kind == FieldKind::kBool)
      fail(token_, "'&&', '||' or the end should be here, not '{}'", shortened(token_.text));
    if (token_.type == Token::Type::kWord)
      fail(token_, "an operator should be behind '{}', not '{}'", shortened(name.text), shortened(token_.text));
    std::string signs;
    for (const Operator op : operators_of(field)) signs += fmt::format(" {}", to_string(op));
    fail(token_, "'{}' is no operator; '{}' has{}", shortened(token_.text), shortened(name.text), signs);
  }

  Value parse_one(const Field& field, std::string_view called, Operator op, const Token& before) {
    if (ends_condition() || token_.is(",") || token_.is("}"))
      throw ExpressionError(
          token_.offset, token_.text.size(),
          fmt::format("a value is missing behind '{}', {}", before.text, example_value(field, fields_)));
    if (find_operator(token_) != nullptr || !ours(token_.text).empty()) {
      if (token_.type == Token::Type::kSign)
        fail(token_, "behind '{}' there is a value, {}, not '{}'", before.text, example_value(field, fields_),
             token_.text);
    }
    Value value = parse_value(token_, field, called, op, fields_);
    if (value.type == Value::Type::kPattern && ++patterns_ > kMostPatterns)
      fail(token_, "more than {} patterns; one pattern may have alternatives: \"^/usr|^/opt\"", kMostPatterns);
    advance();
    return value;
  }

  void parse_in(Condition& condition, const Field& field, std::string_view called, const Token& in) {
    if (!token_.is("{")) {
      const auto operators = operators_of(field);
      const bool ranges = std::find(operators.begin(), operators.end(), Operator::kWithin) != operators.end();
      if (token_.is("(") || token_.is("[")) fail(token_, "a list stands in braces: {{a, b}}");
      if (!ranges || token_.type == Token::Type::kEnd)
        throw ExpressionError(token_.offset, token_.text.size(),
                              fmt::format("'in' takes a list: {} in {{a, b}}{}", shortened(called),
                                          ranges ? ", or a range: 1.5s..2s" : ""));
      parse_within(condition, field, called, in);
      return;
    }
    const Token open = token_;
    Token before = token_;
    do {
      advance();
      condition.values.push_back(parse_one(field, called, Operator::kIn, before));
      before = token_;
    } while (token_.is(","));
    if (token_.type == Token::Type::kEnd) fail(open, "this '{{' is never closed");
    if (!token_.is("}")) fail(token_, "',' or '}}' should be here, not '{}'", shortened(token_.text));
    advance();
  }

  void parse_within(Condition& condition, const Field& field, std::string_view called, const Token& in) {
    condition.op = Operator::kWithin;
    const Token first = token_;
    condition.values.push_back(parse_one(field, called, Operator::kWithin, in));
    if (!token_.is(".."))
      throw ExpressionError(
          token_.offset, token_.text.size(),
          fmt::format("'..' is missing behind '{}': a range is 1.5s..2s, a list {{1.5s, 2s}}", shortened(first.text)));
    const Token dots = token_;
    advance();
    const Token last = token_;
    condition.values.push_back(parse_one(field, called, Operator::kWithin, dots));
    if (condition.values[1].number.magnitude < condition.values[0].number.magnitude)
      throw ExpressionError(first.offset, last.end() - first.offset, "this range ends before it begins");
  }

  Field parse_call(const Token& name) {
    const auto functions = fields_.functions();
    std::vector<std::string> names;
    names.reserve(functions.size());
    for (const NameAndDoc& function : functions) names.push_back(function.name);
    if (std::find(names.begin(), names.end(), name.text) == names.end()) {
      const std::string near = nearest_name(name.text, names);
      if (fields_.find(name.text)) fail(name, "'{}' is a field and takes no arguments", shortened(name.text));
      if (!near.empty()) fail(name, "unknown function '{}', did you mean '{}'?", shortened(name.text), near);
      if (names.empty()) fail(name, "unknown function '{}'; there are none", shortened(name.text));
      fail(name, "unknown function '{}'; there are {}", shortened(name.text), list_names(names));
    }
    const Token open = token_;
    std::vector<Argument> arguments;
    const Token first = next_token(text_, token_.end());
    Token last = first;
    do {
      advance();
      if (token_.is(")") && arguments.empty()) break;
      if (token_.type == Token::Type::kEnd) fail(open, "this '(' is never closed");
      arguments.push_back(parse_argument());
      last = token_;
      advance();
    } while (token_.is(","));
    if (token_.type == Token::Type::kEnd) fail(open, "this '(' is never closed");
    if (!token_.is(")")) fail(token_, "',' or ')' should be here, not '{}'", shortened(token_.text));
    const auto called = fields_.call(name.text, arguments);
    if (const auto* refusal = std::get_if<Refusal>(&called)) {
      const bool none = arguments.empty();
      throw ExpressionError(none ? name.offset : first.offset, none ? name.text.size() : last.end() - first.offset,
                            fmt::format("{}: {}", name.text, refusal->why));
    }
    advance();
    Field field = std::get<Field>(called);
    field.kind = FieldKind::kBool;
    field.name = canonical_call(name.text, arguments);
    return field;
  }

  Argument parse_argument() const {
    if (token_.type == Token::Type::kText)
      return unquote(token_.text.substr(1, token_.text.size() - 2), token_.offset + 1);
    if (token_.type == Token::Type::kNumber) {
      const Number number = parse_number(token_.text, token_.offset);
      const Wide wide = number.value.wide();
      if (wide > std::numeric_limits<int64_t>::max() || wide < std::numeric_limits<int64_t>::min() ||
          number.unit != UnitKind::kNone)
        fail(token_, "an argument is a number without unit, below 2^63, or a text in double quotes");
      return static_cast<int64_t>(wide);
    }
    fail(token_, "an argument is a number, or a text in double quotes: \"{}\"",
         token_.type == Token::Type::kWord ? shortened(token_.text) : "text");
  }

  static std::string canonical_call(std::string_view name, const std::vector<Argument>& arguments) {
    std::string out = std::string(name) + '(';
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (i > 0) out += ", ";
      const auto* number = std::get_if<int64_t>(&arguments[i]);
      out += number != nullptr ? fmt::format("{}", *number) : quote(std::get<std::string>(arguments[i]));
    }
    return out + ')';
  }

  size_t add(Field field) {
    const auto same = std::find_if(expression_.fields.begin(), expression_.fields.end(),
                                   [&](const Field& other) { return other.name == field.name; });
    const auto index = static_cast<size_t>(same - expression_.fields.begin());
    if (same == expression_.fields.end()) expression_.fields.push_back(std::move(field));
    return index;
  }

  std::string_view text_;
  const FieldSet& fields_;
  Token token_, last_;
  size_t depth_ = 0, patterns_ = 0;
  Expression expression_;
};

}  // namespace

Expression parse(std::string_view text, const FieldSet& fields) { return Parser(text, fields).parse(); }

}  // namespace ebpftrace::predicate
