// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/result.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_set>

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kPieceRows = 1024;
constexpr size_t kArenaPiece = 64u << 10;
constexpr size_t kTextOverhead = 64;  // of a distinct text: its place, and that it is found again
constexpr unsigned kDeepest = 1000;

enum class Type : uint8_t { kAbsent, kSigned, kUnsigned, kText, kDouble, kBool, kProcesses };

// A column of up to kPieceRows rows. Cells are 64-bit words; once sealed, as many bytes as the largest distance from
// the least word takes.
class PieceColumn {
 public:
  void add(Type type, uint64_t word) {
    types_.push_back(type);
    words_.push_back(type == Type::kAbsent && !words_.empty() ? words_.back()
                                                              : word);  // costs nothing when it's sealed
  }
  void seal() {
    if (std::all_of(types_.begin(), types_.end(), [&](Type type) { return type == types_.front(); })) types_.resize(1);
    types_.shrink_to_fit();
    const auto [least, most] = std::minmax_element(words_.begin(), words_.end());
    least_ = *least;
    const uint64_t distance = *most - *least;
    width_ = distance == 0            ? 0
             : distance <= UINT8_MAX  ? 1
             : distance <= UINT16_MAX ? 2
             : distance <= UINT32_MAX ? 4
                                      : 8;
    packed_.resize(words_.size() * width_);
    for (size_t i = 0; i < words_.size(); ++i) {
      const uint64_t above = words_[i] - least_;
      if (width_)
        std::memcpy(packed_.data() + i * width_, &above, width_);  // little-endian, as all that this program runs on
    }
    words_ = {};
    sealed_ = true;
  }
  Type type(size_t row) const { return types_.size() == 1 ? types_[0] : types_[row]; }
  uint64_t word(size_t row) const {
    if (!sealed_) return words_[row];
    uint64_t above = 0;
    if (width_) std::memcpy(&above, packed_.data() + row * width_, width_);
    return least_ + above;
  }
  size_t bytes() const { return sizeof *this + types_.size() + words_.size() * sizeof(uint64_t) + packed_.size(); }

 private:
  std::vector<Type> types_;  // one: all are that
  std::vector<uint64_t> words_;
  std::vector<char> packed_;
  uint64_t least_ = 0;
  uint8_t width_ = 0;
  bool sealed_ = false;
};
static_assert(std::endian::native == std::endian::little);

}  // namespace

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return "bytes";
    case Unit::kDuration:
    case Unit::kTime:
      return "ns";
    default:
      return "";
  }
}

std::string processes_text(const ProcessesCell& processes) {
  std::string text;
  for (const ProcessCell& process : processes)
    text += (text.empty() ? "" : "; ") + process.name + " " + std::to_string(process.pid);
  return text;
}

class Result::Values {
 public:
  explicit Values(size_t columns) : columns_(columns) {}

  bool add(const std::vector<Cell>& cells) {
    closed_ |= bytes_ >= kMostResultBytes;
    if (closed_) return false;
    const size_t in_piece = rows_ % kPieceRows;
    if (in_piece == 0) {
      if (!pieces_.empty()) seal_last();
      pieces_.emplace_back(columns_);
    }
    for (size_t i = 0; i < columns_; ++i) add(pieces_.back()[i], cells[i]);
    ++rows_;
    bytes_ += columns_ * (sizeof(Type) + sizeof(uint64_t));
    return true;
  }

  Cell cell(size_t row, size_t column) const {
    const PieceColumn& piece = pieces_[row / kPieceRows][column];
    const uint64_t word = piece.word(row % kPieceRows);
    switch (piece.type(row % kPieceRows)) {
      case Type::kAbsent:
        return {};
      case Type::kSigned:
        return static_cast<int64_t>(word);
      case Type::kUnsigned:
        return word;
      case Type::kText:
        return std::string(texts_[word]);
      case Type::kDouble:
        return std::bit_cast<double>(word);
      case Type::kBool:
        return word != 0;
      case Type::kProcesses:
        break;
    }
    ProcessesCell processes;
    for (uint32_t i = 0; i < lists_[word]; ++i)
      processes.push_back({lists_[word + 1 + 2 * i], std::string(texts_[lists_[word + 2 + 2 * i]])});
    return processes;
  }

  std::optional<uint32_t> text_number(size_t row, size_t column) const {
    const PieceColumn& piece = pieces_[row / kPieceRows][column];
    if (piece.type(row % kPieceRows) != Type::kText) return std::nullopt;
    return static_cast<uint32_t>(piece.word(row % kPieceRows));
  }
  std::string_view text(uint32_t number) const { return texts_[number]; }
  size_t text_count() const { return texts_.size(); }

  void close() {
    if (!sealed_ && !pieces_.empty()) seal_last();
    closed_ = sealed_ = true;
    found_.clear();
  }
  size_t bytes() const { return bytes_; }

 private:
  void add(PieceColumn& column, const Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return column.add(Type::kAbsent, 0);
    if (const auto* value = std::get_if<int64_t>(&cell))
      return column.add(Type::kSigned, static_cast<uint64_t>(*value));
    if (const auto* value = std::get_if<uint64_t>(&cell)) return column.add(Type::kUnsigned, *value);
    if (const auto* value = std::get_if<std::string>(&cell)) return column.add(Type::kText, keep(*value));
    if (const auto* value = std::get_if<double>(&cell))
      return column.add(Type::kDouble, std::bit_cast<uint64_t>(*value));
    if (const auto* value = std::get_if<bool>(&cell)) return column.add(Type::kBool, *value);
    const auto& processes = std::get<ProcessesCell>(cell);
    column.add(Type::kProcesses, lists_.size());
    bytes_ += (1 + 2 * processes.size()) * sizeof(uint32_t);
    lists_.push_back(static_cast<uint32_t>(processes.size()));
    for (const ProcessCell& process : processes) {
      lists_.push_back(process.pid);
      lists_.push_back(keep(process.name));
    }
  }

  uint32_t keep(std::string_view text) {
    looked_for_ = text;
    if (const auto found = found_.find(kLookedFor); found != found_.end()) return *found;
    if (arena_.empty() || text.size() > room_) {
      room_ = std::max(kArenaPiece, text.size());
      arena_.push_back(std::make_unique_for_overwrite<char[]>(room_));
      at_ = arena_.back().get();
    }
    std::memcpy(at_, text.data(), text.size());
    texts_.emplace_back(at_, text.size());
    at_ += text.size();
    room_ -= text.size();
    bytes_ += text.size() + kTextOverhead;
    const auto id = static_cast<uint32_t>(texts_.size() - 1);
    found_.insert(id);
    return id;
  }
  std::string_view text_of(uint32_t id) const { return id == kLookedFor ? looked_for_ : texts_[id]; }

  void seal_last() {
    // What was counted for its rows gives way to what they take.
    for (PieceColumn& column : pieces_.back()) column.seal();
    const size_t rows = (rows_ - 1) % kPieceRows + 1;
    bytes_ -= rows * columns_ * (sizeof(Type) + sizeof(uint64_t));
    for (const PieceColumn& column : pieces_.back()) bytes_ += column.bytes();
  }

  static constexpr uint32_t kLookedFor = UINT32_MAX;
  struct Hash {
    const Values* values;
    size_t operator()(uint32_t id) const { return std::hash<std::string_view>()(values->text_of(id)); }
  };
  struct Equal {
    const Values* values;
    bool operator()(uint32_t a, uint32_t b) const { return values->text_of(a) == values->text_of(b); }
  };

  size_t columns_, rows_ = 0, bytes_ = 0;
  bool closed_ = false, sealed_ = false;
  std::vector<std::vector<PieceColumn>> pieces_;
  std::vector<std::string_view> texts_;
  std::vector<std::unique_ptr<char[]>> arena_;
  char* at_ = nullptr;
  size_t room_ = 0;
  std::string_view looked_for_;
  std::unordered_set<uint32_t, Hash, Equal> found_{0, Hash{this}, Equal{this}};  // each distinct text is kept once
  std::vector<uint32_t> lists_;  // of processes: how many, then a pid and a text each
};

Result::Result() : Result("", {}) {}

Result::Result(std::string name, std::vector<ResultColumn> columns)
    : name(std::move(name)), columns_(std::move(columns)), values_(std::make_shared<Values>(columns_.size())) {
  column_order_.resize(columns_.size());
  for (uint32_t i = 0; i < column_order_.size(); ++i) column_order_[i] = i;
}

std::optional<size_t> Result::column(std::string_view name) const {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].name == name && !columns_[i].only_people()) return i;
  return std::nullopt;
}

Cell Result::cell(size_t row, size_t column) const {
  const uint32_t added = column_order_[column];
  return added == kNone ? Cell() : values_->cell(order_[row], added);
}

void Result::cells(size_t row, std::vector<Cell>& cells) const {
  cells.clear();
  for (size_t column = 0; column < column_order_.size(); ++column) cells.push_back(cell(row, column));
}

std::optional<uint32_t> Result::text_number(size_t row, size_t column) const {
  const uint32_t added = column_order_[column];
  return added == kNone ? std::nullopt : values_->text_number(order_[row], added);
}

std::string_view Result::text(uint32_t number) const { return values_->text(number); }

size_t Result::text_count() const { return values_->text_count(); }

std::optional<size_t> Result::parent(size_t row) const {
  if (parents_.empty() || parents_[order_[row]] == kNone) return std::nullopt;
  return shown_at_[parents_[order_[row]]];
}

unsigned Result::depth(size_t row) const {
  if (parents_.empty()) return 0;
  unsigned depth = 0;
  for (uint32_t up = parents_[order_[row]]; up != kNone && depth < kDeepest; up = parents_[up]) ++depth;
  return depth;
}

std::vector<std::string> Result::warnings() const {
  std::vector<std::string> lines;
  for (const Warning& warning : warnings_) lines.push_back(warning.line);
  return lines;
}

bool Result::add(const std::vector<Cell>& cells, std::optional<size_t> parent) {
  if (!values_->add(cells)) {
    ++missing_rows_;
    return false;
  }
  ++all_rows;
  const auto row = static_cast<uint32_t>(order_.size());
  order_.push_back(row);
  if (parent && parents_.empty()) {
    parents_.assign(row, kNone);
    for (uint32_t i = 0; i < row; ++i) shown_at_.push_back(i);
  }
  if (parent || !parents_.empty()) {
    parents_.push_back(parent ? static_cast<uint32_t>(*parent) : kNone);
    shown_at_.push_back(row);
  }
  return true;
}

void Result::warn(std::string line) {
  if (!missing_rows_ && !order_.empty()) warnings_.push_back({order_.back(), std::move(line)});
}

void Result::add_remarks(const Result& other) {
  notes.insert(notes.end(), other.notes.begin(), other.notes.end());
  shortfalls.insert(shortfalls.end(), other.shortfalls.begin(), other.shortfalls.end());
  damage.insert(damage.end(), other.damage.begin(), other.damage.end());
  more_damage |= other.more_damage;
  has_end &= other.has_end;
  stopped |= other.stopped;
  coverage.complete &= other.coverage.complete;
  coverage.lost_known &= other.coverage.lost_known;
  coverage.lost += other.coverage.lost;
  coverage.losses.insert(coverage.losses.end(), other.coverage.losses.begin(), other.coverage.losses.end());
}

void Result::close() {
  values_->close();
  if (missing_rows_)
    shortfalls.push_back("the answer's values take more than " + std::to_string(kMostResultBytes >> 20) + " MiB; " +
                         std::to_string(missing_rows_) + (missing_rows_ == 1 ? " row is" : " rows are") + " left out");
  missing_rows_ = 0;
}

size_t Result::value_bytes() const { return values_->bytes(); }

void Result::keep(const std::vector<size_t>& rows, bool in_order) {
  std::vector<uint32_t> order;
  order.reserve(rows.size());
  for (const size_t row : rows) order.push_back(order_[row]);
  order_ = std::move(order);
  if (!in_order) draw = nullptr;
  std::vector<uint32_t> kept = order_;
  std::sort(kept.begin(), kept.end());
  std::erase_if(warnings_,
                [&](const Warning& warning) { return !std::binary_search(kept.begin(), kept.end(), warning.row); });
  if (parents_.empty()) return;
  if (!in_order) {
    parents_.clear();
    shown_at_.clear();
    return;
  }
  shown_at_.assign(parents_.size(), kNone);
  for (uint32_t i = 0; i < order_.size(); ++i) shown_at_[order_[i]] = i;
  // A parent was added before its children, so it knows already which row above it is left.
  for (uint32_t& parent : parents_)
    if (parent != kNone && shown_at_[parent] == kNone) parent = parents_[parent];
}

void Result::cut(size_t rows) {
  if (rows < order_.size()) order_.resize(rows);
}

void Result::cut(const std::vector<size_t>& rows) {
  auto warnings = std::move(warnings_);
  keep(rows, true);
  warnings_ = std::move(warnings);
}

void Result::choose(const std::vector<size_t>& columns) {
  std::vector<ResultColumn> chosen;
  std::vector<uint32_t> order;
  for (const size_t column : columns) {
    chosen.push_back(columns_[column]);
    order.push_back(column_order_[column]);
  }
  columns_ = std::move(chosen);
  facts.clear();
  draw = nullptr;
  column_order_ = std::move(order);
}

void Result::empty(size_t column) { column_order_[column] = kNone; }

void Result::show(size_t column, std::string heading) {
  columns_[column].heading = std::move(heading);
  columns_[column].show = Show::kAlways;
}

void Result::set_heading(std::string_view column, std::string heading) {
  for (ResultColumn& one : columns_)
    if (one.name == column) one.heading = heading;
}

}  // namespace ebpftrace::analyzer
