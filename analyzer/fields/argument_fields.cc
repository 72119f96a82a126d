// SPDX-License-Identifier: Apache-2.0
// args.NAME: the argument of that name of every call that has one, as the call got it.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "analyzer/fields/call_columns.h"
#include "analyzer/fields/made_texts.h"
#include "analyzer/fields/relation.h"
#include "analyzer/text/call_text.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::Field;
using predicate::FieldKind;
using trace::ArgKind;

constexpr int64_t kAtFdcwd = -100;  // linux/fcntl.h

struct Place {
  uint8_t argument = 0, text = 0;  // which of the arguments, and which of the texts among them
  ArgKind kind = ArgKind::kPointer;
  const trace::SymbolSet* symbols = nullptr;
};

// By variant (CallNumber::variant).
using Places = std::unordered_map<uint64_t, Place>;

template <typename Use>
void for_each_call(const trace::Catalogue& catalogue, Use use) {
  for (const bool compat : {false, true})
    for (const trace::SyscallType& call : catalogue.table(compat).types())
      use(call, uint64_t{compat} << 32 | call.number);
  for (const trace::SyscallType& call : catalogue.syscalls.x32_types()) use(call, uint64_t{call.number});
}

Places places_of(const trace::Catalogue& catalogue, std::string_view name) {
  Places places;
  for_each_call(catalogue, [&](const trace::SyscallType& call, uint64_t variant) {
    uint8_t texts = 0;
    for (size_t i = 0; i < std::min<size_t>(call.args.size(), 6); ++i) {
      const trace::SyscallArg& arg = call.args[i];
      if (arg.how.kind == ArgKind::kUnused) continue;
      if (arg.name == name && !places.contains(variant))
        places[variant] = {static_cast<uint8_t>(i), texts, arg.how.kind, arg.how.symbols};
      texts += arg.how.kind == ArgKind::kPath;
    }
  });
  return places;
}

// As the kernel takes it out of the register.
int64_t value_of(ArgKind kind, uint64_t value, bool& negative) {
  switch (kind) {
    case ArgKind::kFd:
    case ArgKind::kDirfd:
    case ArgKind::kInt:
    case ArgKind::kId: {
      const auto narrow = static_cast<int32_t>(value);
      if (kind == ArgKind::kId && narrow != -1) return static_cast<uint32_t>(value);
      negative = narrow < 0;
      return narrow;
    }
    case ArgKind::kOffset:
      negative = static_cast<int64_t>(value) < 0;
      return static_cast<int64_t>(value);
    case ArgKind::kSize:
    case ArgKind::kHex:
    case ArgKind::kPageOffset:
    case ArgKind::kPointer:
    case ArgKind::kDevice:
      return static_cast<int64_t>(value);
    default:
      return static_cast<uint32_t>(value);
  }
}

class Argument final : public Column {
 public:
  Argument(Rows& rows, std::shared_ptr<const Places> places) : rows_(rows), call_(rows), places_(std::move(places)) {
    for (size_t i = 0; i < args_.size(); ++i) args_[i] = rows.need("arg" + std::to_string(i));
  }
  NumberColumn numbers(const Selection& wanted) override {
    present_ = negative_ = {};
    wanted.for_each([&](size_t row) {
      const Place* place = find(row);
      if (!place || call_.flags(row) & SYSCALL_NO_ARGS) return;
      bool negative = false;
      values_[row] = static_cast<uint64_t>(value_of(place->kind, rows_.stored(args_[place->argument])[row], negative));
      present_.set(row);
      if (negative) negative_.set(row);
    });
    return {values_.get(), &present_, &negative_};
  }
  const uint64_t* variants(const Selection& wanted) override {
    wanted.for_each([&](size_t row) { variants_[row] = call_.variant(row); });
    return variants_.get();
  }

 private:
  const Place* find(size_t row) {
    const uint64_t variant = call_.variant(row);
    if (variant != last_) {
      last_ = variant;
      const auto found = places_->find(variant);
      place_ = found == places_->end() ? nullptr : &found->second;
    }
    return place_;
  }
  Rows& rows_;
  CallNumber call_;
  std::shared_ptr<const Places> places_;
  std::array<unsigned, 6> args_{};
  uint64_t last_ = UINT64_MAX;
  const Place* place_ = nullptr;
  Selection present_, negative_;
  std::unique_ptr<uint64_t[]> values_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
  std::unique_ptr<uint64_t[]> variants_ = std::make_unique<uint64_t[]>(predicate::kTileRows);
};

// A path, as it was passed.
class TextArgument final : public ComputedTexts<TextArgument> {
  friend ComputedTexts<TextArgument>;

 public:
  TextArgument(Rows& rows, std::shared_ptr<const Places> places)
      : rows_(rows), call_(rows), places_(std::move(places)), texts_{rows.need("path"), rows.need("path2")} {}
  void start_block() override { kept_.start_block(); }

 private:
  uint64_t id(size_t row) {
    const auto found = places_->find(call_.variant(row));
    if (found == places_->end() || found->second.kind != ArgKind::kPath || found->second.text >= texts_.size())
      return kAbsent;
    const trace::BlockText text = rows_.block().text(rows_.stored(texts_[found->second.text])[row]);
    return text.present && !text.unreadable ? kept_.keep(text.bytes) : kAbsent;
  }
  const predicate::Texts& table() const { return kept_; }

  Rows& rows_;
  CallNumber call_;
  std::shared_ptr<const Places> places_;
  std::array<unsigned, 2> texts_;
  MadeTexts kept_;
};

}  // namespace

std::optional<Field> find_argument(const Relation& relation, std::string_view name) {
  const trace::Catalogue& catalogue = relation.catalogue();
  const EventType* syscall = catalogue.type("syscall");
  if (!syscall || std::find(relation.types().begin(), relation.types().end(), syscall) == relation.types().end())
    return std::nullopt;
  const auto places = std::make_shared<const Places>(places_of(catalogue, name));
  if (places->empty()) return std::nullopt;
  size_t texts = 0;
  bool names = false;
  for (const auto& [variant, place] : *places) {
    texts += place.kind == ArgKind::kPath;
    names |= place.symbols != nullptr || place.kind == ArgKind::kDirfd || place.kind == ArgKind::kSignal;
  }
  Field field{"args." + std::string(name), "The argument of that name, of calls that have it.", "",
              FieldKind::kEitherSign};
  field.cost = 2;
  const auto columns = std::make_shared<FieldColumns>();
  if (2 * texts > places->size()) {
    field.kind = FieldKind::kText;
    field.cost = 3;
    columns->by_type.emplace(syscall->id,
                             [places](Rows& rows) { return std::make_unique<TextArgument>(rows, places); });
  } else {
    field.names_by_variant = names;
    columns->by_type.emplace(syscall->id, [places](Rows& rows) { return std::make_unique<Argument>(rows, places); });
  }
  field.backing = columns;
  return field;
}

std::vector<predicate::NameAndDoc> argument_names(const Relation& relation) {
  const trace::Catalogue& catalogue = relation.catalogue();
  const EventType* syscall = catalogue.type("syscall");
  if (!syscall || std::find(relation.types().begin(), relation.types().end(), syscall) == relation.types().end())
    return {};
  std::set<std::string> names;
  for_each_call(catalogue, [&](const trace::SyscallType& call, uint64_t) {
    for (const trace::SyscallArg& arg : call.args)
      if (arg.how.kind != ArgKind::kUnused && !arg.name.empty()) names.insert("args." + arg.name);
  });
  std::vector<predicate::NameAndDoc> list;
  for (const std::string& name : names) list.push_back({name, "The argument of that name, of calls that have it."});
  return list;
}

std::vector<predicate::VariantValue> argument_values(const Relation& relation, std::string_view argument,
                                                     std::string_view name) {
  std::vector<predicate::VariantValue> values;
  for (const auto& [variant, place] : places_of(relation.catalogue(), argument)) {
    if (place.kind == ArgKind::kDirfd && name == "AT_FDCWD")
      values.push_back({variant, static_cast<uint64_t>(kAtFdcwd), ~uint64_t{0}});
    if (place.kind == ArgKind::kSignal)
      for (unsigned number = 1; number <= 64; ++number)
        if (signal_name(number) == name) values.push_back({variant, number, ~uint64_t{0}});
    if (place.symbols)
      for (const trace::Symbol& symbol : place.symbols->symbols())
        if (symbol.name == name) {
          values.push_back({variant, symbol.value, symbol.mask});
          break;
        }
  }
  return values;
}

std::vector<std::string> argument_value_names(const Relation& relation, std::string_view argument) {
  std::set<std::string> names;
  std::set<const trace::SymbolSet*> sets;
  for (const auto& [variant, place] : places_of(relation.catalogue(), argument)) {
    if (place.kind == ArgKind::kDirfd) names.insert("AT_FDCWD");
    if (place.kind == ArgKind::kSignal)
      for (unsigned number = 1; number <= 31; ++number) names.insert(signal_name(number));
    if (place.symbols) sets.insert(place.symbols);
  }
  for (const trace::SymbolSet* set : sets)
    for (const trace::Symbol& symbol : set->symbols()) names.insert(symbol.name);
  return {names.begin(), names.end()};
}

}  // namespace ebpftrace::analyzer
