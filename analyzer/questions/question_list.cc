// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/question_list.h"

#include <array>

namespace ebpftrace::analyzer {
namespace {

constexpr std::array<const Question*, 11> kQuestions = {
    &kSummaryQuestion, &kTopIoQuestion,  &kTopFilesQuestion, &kSyscallsQuestion, &kTreeQuestion,  &kOpenFilesQuestion,
    &kMetricsQuestion, &kEventsQuestion, &kNetworkQuestion,  &kSecurityQuestion, &kVerifyQuestion};

}  // namespace

std::span<const Question* const> all_questions() { return kQuestions; }

}  // namespace ebpftrace::analyzer
