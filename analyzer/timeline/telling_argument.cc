// SPDX-License-Identifier: Apache-2.0
// What tells a process from others of the same program, out of its command line: a source file, what a script's name is, else
// what is not an option, else the options.
#include <algorithm>
#include <array>

#include "analyzer/api/timeline.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostBytes = 80;

bool is_source(std::string_view word) {
  static constexpr std::array<std::string_view, 18> kEnds = {".c",   ".cc", ".cpp", ".cxx", ".C",    ".h",
                                                             ".hpp", ".s",  ".S",   ".rs",  ".go",   ".py",
                                                             ".sh",  ".pl", ".js",  ".ts",  ".java", ".proto"};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return word.size() > end.size() && word.ends_with(end); });
}

std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The end of a path says more than its beginning.
std::string shortened(std::string_view word) {
  if (word.starts_with('/') && word.size() > 24) {
    size_t slash = word.rfind('/');
    if (slash && slash != std::string_view::npos) slash = word.rfind('/', slash - 1);
    if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
  }
  std::string text(word.substr(0, kMostBytes));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string telling_argument(std::string_view program, std::span<const std::string> words) {
  if (words.size() < 2) return {};
  const auto arguments = words.subspan(1);
  const std::string_view base = base_name(program);
  const bool compiler = base.find("cc") != std::string_view::npos || base.find("++") != std::string_view::npos ||
                        base.find("clang") != std::string_view::npos || base == "as" || base == "ld" ||
                        base == "collect2" || base == "rustc" || base == "cc1plus";
  auto is_option = [](const std::string& word) { return word.size() > 1 && word[0] == '-'; };
  if (compiler) {
    for (const std::string& word : arguments)
      if (!is_option(word) && is_source(word)) return shortened(word);
    for (size_t i = 0; i + 1 < arguments.size(); ++i)
      if (arguments[i] == "-o") return "-o " + shortened(arguments[i + 1]);
  }
  const bool shell = base == "sh" || base == "bash" || base == "dash" || base == "zsh" || base == "env";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "-c" && i + 1 < arguments.size() && (shell || base.starts_with("python") || base == "perl"))
      return shortened(arguments[i + 1]);
    // The program's own name, as a script's interpreter has it, tells nothing.
    if (is_option(word) || word.empty() || base_name(word) == base) continue;
    // The value of an option that stands by itself needs it: "-C /usr include".
    if (i && arguments[i - 1].size() == 2 && is_option(arguments[i - 1]) && arguments[i - 1] != "-o") {
      std::string text = arguments[i - 1] + ' ' + shortened(word);
      if (i + 1 < arguments.size() && !is_option(arguments[i + 1])) text += ' ' + shortened(arguments[i + 1]);
      return text.substr(0, kMostBytes);
    }
    return shortened(word);
  }
  std::string options;
  for (const std::string& word : arguments) {
    if (options.size() + word.size() > 24) break;
    if (!options.empty()) options += ' ';
    options += word;
  }
  return options;
}

}  // namespace ebpftrace::analyzer
