// SPDX-License-Identifier: Apache-2.0
// ask() of several recordings: their answers as one, with a column that says of which recording a row is. A ranking is one of
// them all; so -n is of them all, too.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>

#include "analyzer/api/question.h"
#include "analyzer/api/recording_file.h"
#include "analyzer/query/arrange.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostRanks = 2;
using Ranks = std::array<uint64_t, kMostRanks>;

// Rows of one recording that stay together: one, or all of a key. The more its ranks are, the further up.
struct Item {
  size_t from, to;
  Ranks ranks;
};

uint64_t number_in(const Result& result, size_t row, size_t column) {
  const Cell cell = result.cell(row, column);
  const auto* number = std::get_if<uint64_t>(&cell);
  return number ? *number : 0;
}

bool rises(const Cell& from, const Cell& to) {
  const auto position = [](const Cell& cell) {
    const auto* time = std::get_if<int64_t>(&cell);
    const auto* number = std::get_if<uint64_t>(&cell);
    return time ? static_cast<long double>(*time) : number ? static_cast<long double>(*number) : 0.0L;
  };
  return position(from) < position(to);
}

class Items {
 public:
  Items(const Question& question, const Asked& asked, const Result& result) : result_(result) {
    size_t rank = 0;
    for (const RankedBy& one : question.ranked_by) {
      if (rank == kMostRanks) break;
      ranked_by_[rank++] = {columns_of(one.columns), one.most};
    }
    if (const std::string_view end = keys_end(question.takes, asked); !end.empty()) keys_end_ = result.column(end);
  }

  std::vector<Item> list() const {
    std::vector<Item> items;
    for (size_t row = 0; row < result_.rows(); ++row) {
      if (items.empty() || !belongs_to_last(row)) items.push_back({row, row, {}});
      items.back().to = row + 1;
      for (size_t rank = 0; rank < kMostRanks; ++rank) {
        const Ranked& by = ranked_by_[rank];
        uint64_t sum = 0;
        for (const size_t column : by.columns) sum += number_in(result_, row, column);
        uint64_t& all = items.back().ranks[rank];
        all = by.most ? std::max(all, sum) : all + sum;
      }
    }
    return items;
  }

 private:
  struct Ranked {
    std::vector<size_t> columns;
    bool most = false;
  };

  // "read_bytes+write_bytes"
  std::vector<size_t> columns_of(std::string_view names) const {
    std::vector<size_t> columns;
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find('+'));
      if (const auto column = result_.column(name)) columns.push_back(*column);
      names.remove_prefix(std::min(name.size() + 1, names.size()));
    }
    return columns;
  }

  // Rows of a key rise in what comes behind it.
  bool belongs_to_last(size_t row) const {
    if (!keys_end_) return false;
    for (size_t key = 0; key < *keys_end_; ++key)
      if (result_.cell(row, key) != result_.cell(row - 1, key)) return false;
    return rises(result_.cell(row - 1, *keys_end_), result_.cell(row, *keys_end_));
  }

  const Result& result_;
  std::array<Ranked, kMostRanks> ranked_by_;
  std::optional<size_t> keys_end_;
};

// What people call them: by their files, without the folders if that is enough to tell them apart; else by the front of their ids, too.
std::map<const Source*, std::string> labels_of(std::span<const Source* const> sources) {
  const auto file_of = [](const Source* source) {
    const std::string& file = source->trace().parts().front().file;
    return file.substr(file.rfind('/') + 1);
  };
  std::map<const Source*, std::string> labels;
  for (const Source* source : sources) {
    const std::string file = file_of(source), id = recording_id(*source).substr(0, 8);
    const bool alone =
        std::count_if(sources.begin(), sources.end(), [&](const Source* other) { return file_of(other) == file; }) == 1;
    labels[source] = file.empty() ? id : alone ? file : file + " " + id;
  }
  return labels;
}

class SideBySide {
 public:
  SideBySide(const Question& question, const Asked& asked, std::span<const Source* const> sources)
      : question_(question),
        asked_(asked),
        labels_(labels_of(sources)),
        told_apart_(std::find(asked.by.begin(), asked.by.end(), "recording") != asked.by.end()) {}

  void add(const Source& source) {
    Asked of_each = asked_;
    of_each.sort.clear();
    of_each.columns.clear();
    // What is among the first of all is among the first of its own; but not in another order.
    if (!asked_.sort.empty()) of_each.limit = SIZE_MAX;
    const Result one = ask(question_, source, of_each);
    if (!all_) {
      std::vector<ResultColumn> columns = one.columns();
      if (!told_apart_)
        columns.insert(columns.begin(), {{"recording", Unit::kText, "RECORDING", "Its file.", Show::kOnlyPeople},
                                         {"recording", Unit::kText, "", "Id of the recording."}});
      all_.emplace(one.name, std::move(columns));
    }
    Part& part = parts_.emplace_back();
    part.recording = recording_id(source);
    part.label = labels_.at(&source);
    part.draw = one.draw;
    part.items = Items(question_, asked_, one).list();
    append(one, part);
  }

  Result take() {
    if (!all_) throw AskError("there is no recording to ask");
    all_->close();
    if (question_.ranked && asked_.sort.empty()) rank();
    if (std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.draw != nullptr; }))
      all_->draw = picture();
    arrange(*all_, question_.takes, asked_);
    return std::move(*all_);
  }

 private:
  struct Part {
    std::string recording, label;
    Draw draw;
    std::vector<Item> items;
    size_t first = 0;  // of all rows
    size_t rows = 0;
  };

  void append(const Result& from, Part& part) {
    Result& to = *all_;
    part.first = to.rows();
    std::vector<Cell> cells, own;
    for (size_t row = 0; row < from.rows(); ++row) {
      from.cells(row, own);
      cells.clear();
      if (!told_apart_) cells.insert(cells.end(), {part.label, part.recording});
      cells.insert(cells.end(), own.begin(), own.end());
      const auto parent = from.parent(row);
      if (to.add(cells, parent ? std::optional(part.first + *parent) : std::nullopt)) ++part.rows;
    }
    to.all_rows += std::max(from.all_rows, from.rows()) - part.rows;
    to.more_keys += from.more_keys;
    for (const std::string& warning : from.warnings()) to.warn(warning);
    if (!from.facts.empty() && !told_apart_) to.facts.push_back({"recording", part.recording});
    to.facts.insert(to.facts.end(), from.facts.begin(), from.facts.end());
    to.add_remarks(from);
    // What is a bound in one of them is marked.
    for (const ResultColumn& column : from.columns())
      if (column.heading.starts_with("≥")) to.set_heading(column.name, column.heading);
  }

  // The rankings of all recordings become one, by merging them: within a recording the order stays.
  void rank() {
    const auto within =
        question_.takes.limit_within.empty() ? std::nullopt : all_->column(question_.takes.limit_within);
    struct Next {
      size_t part, item;
    };
    std::vector<Next> order;
    for (size_t part = 0; part < parts_.size(); ++part)
      for (size_t item = 0; item < parts_[part].items.size(); ++item)
        if (parts_[part].items[item].to <= parts_[part].rows) order.push_back({part, item});
    const auto item_of = [&](const Next& next) -> const Item& { return parts_[next.part].items[next.item]; };
    const auto row_of = [&](const Next& next) { return parts_[next.part].first + item_of(next).from; };
    // Rankings of one question come in the order in which they are met.
    std::map<std::optional<uint32_t>, size_t> rankings;
    std::vector<size_t> ranking(order.size());
    for (size_t i = 0; within && i < order.size(); ++i)
      ranking[i] = rankings.try_emplace(all_->text_number(row_of(order[i]), *within), rankings.size()).first->second;
    // An item comes no earlier than those above it in its own recording, whatever its ranks: rows for what had no room are last.
    std::vector<Ranks> bound(order.size());
    for (size_t i = 0; i < order.size(); ++i) {
      bound[i] = item_of(order[i]).ranks;
      if (i && order[i].part == order[i - 1].part && ranking[i] == ranking[i - 1])
        bound[i] = std::min(bound[i], bound[i - 1]);
    }
    std::vector<size_t> ranked(order.size());
    std::iota(ranked.begin(), ranked.end(), size_t{0});
    std::stable_sort(ranked.begin(), ranked.end(), [&](size_t a, size_t b) {
      if (ranking[a] != ranking[b]) return ranking[a] < ranking[b];
      return bound[a] > bound[b];
    });
    const bool of_keys = !keys_end(question_.takes, asked_).empty();
    std::map<size_t, size_t> shown;  // by ranking
    std::vector<size_t> rows;
    for (const size_t at : ranked) {
      if (of_keys && shown[ranking[at]] >= asked_.limit) {
        ++all_->more_keys;
        continue;
      }
      ++shown[ranking[at]];
      for (size_t row = row_of(order[at]); row < row_of(order[at]) + item_of(order[at]).to - item_of(order[at]).from;
           ++row)
        rows.push_back(row);
    }
    if (of_keys) all_->all_rows = rows.size();
    all_->keep(rows, false);
  }

  // One picture below the other.
  Draw picture() const {
    std::vector<std::pair<std::string, Draw>> pictures;
    for (const Part& part : parts_) pictures.emplace_back(part.recording, part.draw);
    return [pictures, told_apart = told_apart_](const Result& result, size_t width) {
      const auto recording = result.column("recording");
      std::vector<size_t> columns;
      for (size_t column = 0; column < result.columns().size(); ++column)
        if (told_apart || result.columns()[column].name != "recording") columns.push_back(column);
      std::string out;
      for (const auto& [name, draw] : pictures) {
        std::vector<size_t> rows;
        for (size_t row = 0; recording && row < result.rows(); ++row)
          if (const auto text = result.text_number(row, *recording); text && result.text(*text) == name)
            rows.push_back(row);
        if (rows.empty() || !draw) continue;
        Result own = result;
        own.keep(rows, true);
        own.choose(columns);
        out += fmt::format("{}recording {}\n", out.empty() ? "" : "\n", name) + draw(own, width);
      }
      return out;
    };
  }

  const Question& question_;
  const Asked& asked_;
  const std::map<const Source*, std::string> labels_;
  const bool told_apart_;
  std::optional<Result> all_;
  std::vector<Part> parts_;
};

}  // namespace

Result ask(const Question& question, std::span<const Source* const> sources, const Asked& asked) {
  if (sources.size() == 1) return ask(question, *sources[0], asked);
  SideBySide all(question, asked, sources);
  for (const Source* source : sources) all.add(*source);
  return all.take();
}

}  // namespace ebpftrace::analyzer
