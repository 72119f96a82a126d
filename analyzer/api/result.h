// SPDX-License-Identifier: Apache-2.0
// An answer: rows and columns with what they leave out. It owns all its values, so it outlives the trace it is about;
// they take at most kMostResultBytes: rows past that are left out, and a shortfall says so. A copy shares the values
// and may be sorted, filtered and cut apart from the other. Of one thread, like any value; copies may be of several.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ebpftrace::analyzer {

// What a column's cells are: how they are shown, and what a filter can compare them with.
enum class Unit : uint8_t {
  kText,
  kNumber,    // that counts something
  kBytes,     //
  kDuration,  // ns
  kTime,      // ns since the trace's start; negative before
  kSigned,    // int64_t
  kIdentity,  // a number that only tells apart: a process id, a descriptor
  kDecimal,   // double; told apart to thousandths
  kTruth,     // bool
  kProcesses,
};

std::string_view unit_name(Unit unit);  // "ns", "bytes", or nothing

// When people see a column that has a heading.
enum class Show : uint8_t {
  kAlways,
  kIfRoom,      // where it leaves room for the texts; the last one goes first
  kIfAny,       // where some row has more to say than nothing, 0 or false
  kOnlyPeople,  // always, instead of the column of the same name; it is not in JSON and CSV
};

struct ResultColumn {
  std::string name;  // as in JSON, CSV and filters: snake_case, with the unit
  Unit unit = Unit::kText;
  std::string heading;  // for people; empty: not shown to them unless they ask for it
  std::string doc;
  Show show = Show::kAlways;
  std::vector<std::string> values;  // of a text: all that it can be
  std::string values_of;            // the same by the trace's catalogue: "security.verdict"

  bool only_people() const { return show == Show::kOnlyPeople; }
};

// Processes that share something: in JSON a list of objects {"pid", "process"}, in CSV "nginx 7; nginx 8", to people
// the first one's name and how many more there are.
struct ProcessCell {
  uint32_t pid;
  std::string name;
  bool operator==(const ProcessCell&) const = default;
};
using ProcessesCell = std::vector<ProcessCell>;

std::string processes_text(const ProcessesCell& processes);  // as in CSV

using Cell = std::variant<std::monostate, int64_t, uint64_t, std::string, double, bool, ProcessesCell>;

template <typename Value>
Cell cell_of(const std::optional<Value>& value) {
  return value ? Cell(*value) : Cell();
}

struct LostEvents {
  std::string type;    // "syscall"
  std::string reason;  // "ring full"
  uint32_t cpu;        // 0xffffffff: not known which
  uint64_t count;
};

// Which losses could have changed an answer.
struct Coverage {
  bool complete = true;    // closed in order and undamaged, as far as was read, and read to the end
  bool lost_known = true;  // else more may have been lost than `lost`
  uint64_t lost = 0;       // events of the types that the answer is made from
  std::vector<LostEvents> losses;
};

struct FileDamage {
  uint64_t offset;   // in the file
  std::string what;  // "frame payload damaged"
};

// A line of an answer that is no table when people read it: "host", "6.1 x86_64, 4 CPUs".
struct Fact {
  std::string label;  // empty: more of the fact before
  std::string text;
};

inline constexpr size_t kMostResultBytes = 64u << 20;

class Result;
// Rows as a picture of text, with line ends, for a terminal of so many columns; 0: there is none.
using Draw = std::function<std::string(const Result& result, size_t width)>;

class Result {
 public:
  Result();
  Result(std::string name, std::vector<ResultColumn> columns);

  std::string name;                // "top_io"
  size_t all_rows = 0;             // there would have been without a limit
  size_t more_keys = 0;            // where the limit is of keys that have several rows: so many are left out
  std::vector<Fact> facts;         // what people read instead of the table, if it has any
  Draw draw;                       // what people see instead of the table; of all columns, in the answer's own order
  std::vector<std::string> notes;  // lines below the table, for people
  Coverage coverage;
  std::vector<FileDamage> damage;       // by offset
  bool more_damage = false;             // than is listed
  bool has_end = true;                  // the file: the recorder was not killed, and the end is not cut off
  bool stopped = false;                 // on request: it is what was known by then
  std::vector<std::string> shortfalls;  // what this program could not keep: no fault of the file

  const std::vector<ResultColumn>& columns() const { return columns_; }
  std::optional<size_t> column(std::string_view name) const;  // not one that only people get

  size_t rows() const { return order_.size(); }
  Cell cell(size_t row, size_t column) const;
  void cells(size_t row, std::vector<Cell>& cells) const;
  // Texts by number: equal ones have one number. Nothing: the cell is no text.
  std::optional<uint32_t> text_number(size_t row, size_t column) const;
  std::string_view text(uint32_t number) const;
  size_t text_count() const;
  // In a tree-like answer the row above, which is among the rows; and how many there are above it.
  std::optional<size_t> parent(size_t row) const;
  unsigned depth(size_t row) const;

  // Lines such as "at 3.000123456: syscalls/s 12345 > 10000"; those of rows that a filter leaves out go with them.
  std::vector<std::string> warnings() const;

  // Building. A row's cells are in the order of the columns, its parent is a row that was added before. False: there is
  // no more room. Not after close() or a copy.
  bool add(const std::vector<Cell>& cells, std::optional<size_t> parent = std::nullopt);
  void warn(std::string line);  // of the row that was added last
  // Says what had no room.
  void close();
  size_t value_bytes() const;

  // What stands beside the rows of another answer, too: its losses, damage, shortfalls, notes.
  void add_remarks(const Result& other);

  // Leaves these of the rows, in this order. If they keep their order, the next row above that is left becomes a row's
  // parent; else none has a parent any more.
  void keep(const std::vector<size_t>& rows, bool in_order);
  // The first so many; warnings stay. It is told by all_rows.
  void cut(size_t rows);
  void cut(const std::vector<size_t>& rows);
  // These columns, in this order; no facts and no picture any more.
  void choose(const std::vector<size_t>& columns);
  // The column has no values: its cells are absent.
  void empty(size_t column);
  // Another heading than the question's list has.
  void set_heading(std::string_view column, std::string heading);
  // People get the column whatever is in it.
  void show(size_t column, std::string heading);

 private:
  class Values;
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Warning {
    uint32_t row;  // as added
    std::string line;
  };

  std::vector<ResultColumn> columns_;
  std::vector<uint32_t> column_order_;  // of columns_: as added; kNone: it has no values
  std::vector<uint32_t> order_;         // of rows: as added
  std::vector<uint32_t> parents_;       // by row as added: kNone, or a row as added; empty: none has one
  std::vector<uint32_t> shown_at_;      // by row as added, if there are parents: where it is in order_
  std::vector<Warning> warnings_;
  uint64_t missing_rows_ = 0;
  std::shared_ptr<Values> values_;
};

}  // namespace ebpftrace::analyzer
