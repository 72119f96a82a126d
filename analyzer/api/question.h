// SPDX-License-Identifier: Apache-2.0
// What can be asked, as data: the command line, its help and manual, completion, tests and views go through the one
// list. Asking takes any thread; a trace may be asked several things at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

// What questions are asked of.
using Source = Session;

// What was asked makes no sense: one message that names it and what would do.
struct AskError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Whether what summaries say is believed, or all rows are read. The answers are the same.
enum class Reading { kSummaries, kRows };

struct Progress {
  uint64_t done = 0, all = 0;     // of whatever takes the time, in all passes
  uint32_t pass = 1, passes = 1;  // of a file that is read so often
};

struct Asked {
  std::string filter;    // docs/filter-language.md; empty: everything
  std::string from, to;  // moments; empty: all of the time
  std::vector<std::string> by;
  std::string sort;  // a column; empty: the answer's own order
  bool descending = false;
  std::vector<std::string> columns;  // in this order; "all"; none: as the answer has them
  size_t limit = SIZE_MAX;           // rows
  Reading reading = Reading::kSummaries;
  std::vector<std::string> warn;  // thresholds such as "syscalls/s>10k"; none: the question's own
  std::string argument;           // of a question that takes one: "latency"
  std::map<std::string, std::string, std::less<>> options;  // those of a question's own that were given, by name
  size_t first_frame = 0;                         // --events of a trace that grows: those of earlier frames were shown
  std::stop_token stop;                           // asks for what is known so far
  std::function<void(const Progress&)> progress;  // called now and then, by any thread, never by two at once

  // "bucket" of --bucket; nothing: it was not given. A flag's value is empty.
  std::optional<std::string_view> option(std::string_view name) const;
};

// Something that only some questions take. Questions may share one: then they declare it alike.
struct QuestionOption {
  std::string_view name;  // "bucket", as an option "--bucket"
  std::string_view type;  // of its value, for people: "TIME"; empty: it is a flag
  std::string_view help;
  std::span<const std::string_view> values = {};  // all that it can be, if they are few
  // With it the answer is by stretches of time: it has other columns, and -n is of what has a row for each stretch, which
  // the question looks after.
  bool over_time = false;
};

// The value that follows a question's option: "--histogram latency".
struct QuestionArgument {
  std::string_view type;  // "PATH"; empty: the question takes no value
  std::span<const std::string_view> values = {};
  bool optional = false;
};

struct Takes {
  // Over what: the events that the question reads, as it reads them, or the rows of its answer.
  enum class Over : uint8_t { kNothing, kEvents, kRows };
  Over filter = Over::kRows;
  Over time = Over::kNothing;
  std::string_view began = {};   // of rows with a time: the column that says when they began
  std::string_view length = {};  // then `began` is when they ended, and this is how long they took
  std::string_view by = {};      // what it can be divided by, for messages; empty: nothing
  bool warn = false;
  bool stop = false;
  bool durations = false;  // it is about what calls took, which not every recording has
  bool sort = true, columns = true, limit = true;
  bool columns_are_fields = false;  // --columns takes any field of its events; the question looks after that
  std::span<const QuestionOption> options = {};
  QuestionArgument argument = {};
  std::string_view limit_within = {};  // -n is of the rows that are equal in this column, and so is --sort
  std::string_view keys_before = {};   // -n is of keys that have several rows, with what is in the columns before this
                                       // one; the question looks after that
};

enum class Format : uint8_t { kTable, kJson, kCsv };
using Write = std::function<void(std::string_view)>;

// What comes first in a ranked answer: the most of a column, or of a sum of some ("read_bytes+write_bytes"); of keys with several
// rows, of the sum over these or the most of them.
struct RankedBy {
  std::string_view columns;
  bool most = false;
};

struct Question {
  std::string_view name;  // "top_io"; as an option "--top-io"
  std::string_view help;
  unsigned place = 0;                        // among the others, where they are listed
  bool ranked = false;                       // people get the first of it unless they ask for more
  std::span<const RankedBy> ranked_by = {};  // then: by what; of those that are equal the next one
  Takes takes;
  std::vector<ResultColumn> (*columns)() = nullptr;
  // Throws AskError, trace::TraceError. Sorting, the choice of columns, and what it takes over rows are ask()'s; the
  // limit too, but an answer may heed it to save memory where it has all_rows.
  Result (*answer)(const Source& source, const Asked& asked) = nullptr;
  // Instead of answer, where there may be too many rows to keep: they go out as they come, the Result has none.
  Result (*print)(const Source& source, const Asked& asked, Format format, const Write& write) = nullptr;
};

std::span<const Question* const> all_questions();      // by place; the first one is what is asked if nothing is
const Question* find_question(std::string_view name);  // "top_io", "top-io"; nullptr: there is none

// Checks that the question takes what is asked (AskError), answers, and does what is the same for all: filter, range of
// time, order, limit, columns.
Result ask(const Question& question, const Source& source, const Asked& asked = {});
Result ask(const Question& question, const Source& source, const Asked& asked, Format format, const Write& write);
// Of several recordings: side by side, with a column that says of which a row is. All of one question that doesn't print.
Result ask(const Question& question, std::span<const Source* const> sources, const Asked& asked);

// Whether it takes what is asked, as far as that is known without a trace.
void check_asked(const Question& question, const Asked& asked);

// What filters can name, for people.
struct FieldInfo {
  std::string name, unit, kind, doc;  // "duration_ns", "ns", "a duration", "How long it took."
};
struct RelationFields {
  std::string relation;  // "tree"
  std::string doc;
  std::vector<FieldInfo> fields;
};
std::vector<RelationFields> all_fields();

}  // namespace ebpftrace::analyzer
