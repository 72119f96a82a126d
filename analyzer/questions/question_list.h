// SPDX-License-Identifier: Apache-2.0
// The questions, each defined in its own file. question_list.cc has them in the order in which they are shown.
#pragma once

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

extern const Question kSummaryQuestion, kTopIoQuestion, kTopFilesQuestion, kSyscallsQuestion, kTreeQuestion,
    kOpenFilesQuestion, kMetricsQuestion, kEventsQuestion, kNetworkQuestion, kSecurityQuestion, kVerifyQuestion;

}  // namespace ebpftrace::analyzer
