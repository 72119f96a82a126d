// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them: three significant digits and a unit.
#pragma once

#include <cstdint>
#include <string>

namespace ebpftrace::analyzer {

// "999ns", "1.25µs", "12.3ms", "61.0s"; the last digit is rounded half up.
void append_duration(std::string& out, uint64_t ns);
// "3.000123456" seconds.
void append_time(std::string& out, int64_t ns);
// The number to the right of a column that is at least so wide.
void append_number(std::string& out, uint64_t number, size_t width = 0);

std::string human_bytes(uint64_t bytes);  // "1.21MiB"
std::string human_duration(uint64_t ns);
// "0.42", "7.31", "12.3", "4711": three digits that count, or all before the point; "7" for a whole number.
std::string human_number(double value);
std::string human_time(int64_t ns);

}  // namespace ebpftrace::analyzer
