// SPDX-License-Identifier: Apache-2.0
// Any text is an error inside itself, or a filter that means the same when it is written out, and whose block decisions agree
// with its rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "predicate/completion.h"
#include "predicate/expression.h"
#include "tests/predicate/world.h"

namespace ebpftrace::predicate {
namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view text) {
  static const World world{
      "time           duration  moved  count  pid  result  amount  failed  process  path    syscall  verdict  type  "
      "class  mode  call  args.flags\n"
      "1000000000000  1000      0      1      7    -2      -1      1       cat      /usr/a  read     1        0x10  1  "
      "    7     1     64\n"
      "1001500000000  -         4096   -      7    5       64      0       dd       -       write    -        0x31  6  "
      "    -     2     1\n"
      "-              2000000   -      64     8    -       5       -       -        /dev/b  -        9        -     -  "
      "    2     3     -\n"};
  const Completion completion = complete(text, text.size() / 2, world_fields());
  demand(completion.offset + completion.length <= text.size());
  try {
    const Expression expression = parse(text, world_fields());
    const std::string canonical = to_string(expression);
    const std::vector<bool> passing = world.passing(expression);
    const Expression again = parse(canonical, world_fields());
    demand(to_string(again) == canonical);
    demand(world.passing(again) == passing);
    // World has compared what blocks decide with what rows pass.
    demand(!::testing::Test::HasFailure());
  } catch (const ExpressionError& error) {
    demand(error.offset + error.length <= text.size());
    const std::string explained = explain(text, error);
    demand(std::count(explained.begin(), explained.end(), '\n') == 2);
  }
}

}  // namespace
}  // namespace ebpftrace::predicate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  // Below that, what is written out has room for its whole names.
  if (size <= 4096) ebpftrace::predicate::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
