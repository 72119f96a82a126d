// SPDX-License-Identifier: Apache-2.0
#include "analyzer/sql/prompt.h"

#include <editline/readline.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {
namespace {

constexpr int kHistoryLines = 1000;
constexpr char kHelp[] =
    ".tables          what can be asked of\n"
    ".schema [TABLE]  its columns\n"
    ".quit            the end (also Ctrl-D)\n"
    "Anything else is SQL, up to a semicolon.\n";

// Empty: there is no place for it.
std::string history_file() {
  std::error_code failed;
  std::filesystem::path folder;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state == '/')
    folder = state;
  else if (const char* home = std::getenv("HOME"); home && *home == '/')
    folder = std::filesystem::path(home) / ".local" / "state";
  else
    return {};
  folder /= "ebpf-analyze";
  const mode_t mask = ::umask(0077);
  std::filesystem::create_directories(folder, failed);
  ::umask(mask);
  return failed ? std::string() : (folder / "sql_history").string();
}

class Lines {
 public:
  explicit Lines(bool from_terminal) : terminal_(from_terminal) {
    if (!terminal_) return;
    ::rl_initialize();
    ::using_history();
    ::stifle_history(kHistoryLines);
    file_ = history_file();
    if (!file_.empty()) ::read_history(file_.c_str());
  }
  ~Lines() {
    if (file_.empty()) return;
    const mode_t mask = ::umask(0077);
    ::write_history(file_.c_str());
    ::umask(mask);
  }
  Lines(const Lines&) = delete;

  std::optional<std::string> next(const char* prompt) {
    if (!terminal_) {
      std::string line;
      return std::getline(std::cin, line) ? std::optional(line) : std::nullopt;
    }
    char* const typed = ::readline(prompt);
    if (!typed) return std::nullopt;
    std::string line(typed);
    ::free(typed);
    return line;
  }
  // A whole statement is one entry.
  void remember(std::string text) {
    if (!terminal_) return;
    std::replace(text.begin(), text.end(), '\n', ' ');
    ::add_history(text.c_str());
  }

 private:
  bool terminal_;
  std::string file_;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

void append_schema(std::string& out, const SqlTable& table) {
  out += fmt::format("CREATE TABLE {} (  -- {}\n", table.name, table.doc);
  const SqlTable::Column* last = nullptr;
  for (const SqlTable::Column& column : table.columns)
    if (!column.hidden) last = &column;
  bool hidden = false;
  for (const SqlTable::Column& column : table.columns) {
    hidden |= column.hidden;
    if (column.hidden) continue;
    out += fmt::format("  {} {}{}  -- {}\n", column.name, column.type, &column == last ? "" : ",", column.doc);
  }
  if (hidden) out += "  -- and \"args.NAME\", the arguments of calls, which SELECT * leaves out\n";
  out += ");\n";
}

}  // namespace

bool do_command(const SqlDatabase& database, std::string_view line, const Write& write) {
  line = trimmed(line);
  const std::string_view command = line.substr(0, line.find_first_of(" \t")),
                         argument = trimmed(line.substr(command.size()));
  std::string out;
  if (command == ".quit" || command == ".exit") return false;
  if (command == ".tables") {
    for (const SqlTable& table : database.tables()) out += fmt::format("{:<12}  {}\n", table.name, table.doc);
  } else if (command == ".schema") {
    for (const SqlTable& table : database.tables())
      if (argument.empty() || table.name == argument) append_schema(out, table);
    if (out.empty()) {
      out = "there is no table '";
      append_terminal(out, argument);
      out += "'; .tables lists them\n";
    }
  } else {
    if (command != ".help") {
      out = "'";
      append_terminal(out, command);
      out += "' is no command:\n";
    }
    out += kHelp;
  }
  write(out);
  return true;
}

void read_statements(const SqlDatabase& database, bool from_terminal, const std::function<void(std::string_view)>& ask,
                     const Write& write) {
  Lines lines(from_terminal);
  std::string statement;
  while (const auto line = lines.next(statement.empty() ? "sql> " : "...> ")) {
    if (statement.empty() && trimmed(*line).starts_with('.')) {
      lines.remember(*line);
      if (!do_command(database, *line, write)) return;
      continue;
    }
    if (statement.empty() && trimmed(*line).empty()) continue;
    statement += *line + "\n";
    if (!SqlDatabase::is_complete(statement)) continue;
    lines.remember(std::string(trimmed(statement)));
    ask(statement);
    statement.clear();
  }
  if (!trimmed(statement).empty()) ask(statement);
}

}  // namespace ebpftrace::analyzer
