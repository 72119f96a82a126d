// SPDX-License-Identifier: Apache-2.0
// Every write of a recording failing in turn, once or from then on, in every way that a disk fails: what was written stays
// readable, and what is missing is counted, or else not said to be nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "tests/recorder/written_trace.h"
#include "trace/format/frame.h"

namespace ebpftrace::recorder {
namespace {

constexpr unsigned kBlocks = 12;
constexpr uint64_t kRows = kBlocks * kRowsOfBlock;

// The nth write fails, and all after it if that is said, after so many bytes of it were written. 0 as an error: a write
// that writes nothing.
class FailingDisk : public trace::OutputCalls {
 public:
  struct How {
    int error = 0;
    bool goes_on = false;     // from the nth on; else the nth alone
    bool never_cuts = false;  // ftruncate fails, too
    size_t written = 0;
    int nth = -1;  // none
  };
  explicit FailingDisk(How how) : how_(how) {}

  ssize_t write(int fd, const void* bytes, size_t count) override {
    const int number = writes_++;
    if (number != how_.nth && !(how_.goes_on && number > how_.nth)) {
      const ssize_t done = OutputCalls::write(fd, bytes, count);
      note(fd, bytes, done);
      return done;
    }
    // The kernel says how much it has written, and only at the next call why it was no more.
    if (how_.written && !std::exchange(shortened_, true)) {
      ++how_.nth;
      return OutputCalls::write(fd, bytes, std::min(how_.written, count));
    }
    ++failed_;
    errno = how_.error;
    return how_.error ? -1 : 0;
  }

  int ftruncate(int fd, off_t size) override {
    if (how_.never_cuts) {
      errno = EIO;
      return -1;
    }
    cut_blocks_ += std::distance(blocks_.lower_bound(size), blocks_.end());
    blocks_.erase(blocks_.lower_bound(size), blocks_.end());
    return OutputCalls::ftruncate(fd, size);
  }

  int writes() const { return writes_; }
  int failed() const { return failed_; }
  // Whole ones that were taken back.
  ptrdiff_t cut_blocks() const { return cut_blocks_; }
  // Rows of the blocks that were written whole and not taken back.
  uint64_t rows() const {
    uint64_t all = 0;
    for (const auto& [offset, rows] : blocks_) all += rows;
    return all;
  }

 private:
  void note(int fd, const void* bytes, ssize_t count) {
    trace::FrameHeader header;
    if (count < static_cast<ssize_t>(sizeof header)) return;
    std::memcpy(&header, bytes, sizeof header);
    if (header.kind == static_cast<uint16_t>(trace::FrameKind::kBlock))
      blocks_[::lseek(fd, 0, SEEK_CUR) - count] = header.count;
  }

  How how_;
  int writes_ = 0, failed_ = 0;
  ptrdiff_t cut_blocks_ = 0;
  bool shortened_ = false;
  std::map<off_t, uint64_t> blocks_;
};

std::string text(const FailingDisk::How& how) {
  return std::string(how.error ? std::strerror(how.error) : "nothing written") + " at write " +
         std::to_string(how.nth) + (how.goes_on ? " and after" : "") + ", " + std::to_string(how.written) +
         " bytes written" + (how.never_cuts ? ", ftruncate fails" : "");
}

int writes_without_errors() {
  FailingDisk disk({});
  const Outcome outcome = write_through(disk, kBlocks);
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.recorded, kRows);
  EXPECT_EQ(disk.rows(), kRows);
  return disk.writes();
}

// What holds whatever fails.
void check_honest(const Outcome& outcome, const FailingDisk& disk, bool cuts) {
  EXPECT_GT(disk.failed(), 0);
  EXPECT_FALSE(outcome.complete);
  if (cuts && outcome.opened) {
    EXPECT_EQ(outcome.recorded, disk.rows()) << "every block whose write returned is there";
  }
  if (outcome.losses_known) {
    EXPECT_EQ(outcome.recorded + outcome.lost, kRows);
  }
  EXPECT_TRUE(outcome.losses_known || !outcome.opened_complete);
}

TEST(WriteErrors, OneFailureIsCountedExactly) {
  const int writes = writes_without_errors();
  ASSERT_GT(writes, static_cast<int>(kBlocks));
  for (const int error : {EIO, ENOSPC, EDQUOT, EFBIG, 0})
    for (const size_t written : {size_t{0}, size_t{1}, size_t{70}})
      for (int nth = 0; nth < writes; ++nth) {
        const FailingDisk::How how{.error = error, .written = written, .nth = nth};
        SCOPED_TRACE(text(how));
        FailingDisk disk(how);
        const Outcome outcome = write_through(disk, kBlocks);
        // A write that is shorter than a preamble or mark fails at the next one.
        if (!disk.failed()) continue;
        if (outcome.complete) {  // what a file does without, a summary: nothing is missing
          EXPECT_EQ(outcome.recorded, kRows);
          continue;
        }
        check_honest(outcome, disk, true);
        if (nth < 3) continue;  // preamble, header and catalogue: what has no beginning can't be accounted for
        EXPECT_TRUE(outcome.opened_complete);
        EXPECT_TRUE(outcome.losses_known);
      }
}

TEST(WriteErrors, ADiskThatFailsForGoodKeepsWhatWasWritten) {
  const int writes = writes_without_errors();
  for (const int error : {EIO, EROFS, 0})
    for (const size_t written : {size_t{0}, size_t{70}})
      for (int nth = 0; nth < writes; ++nth) {
        const FailingDisk::How how{.error = error, .goes_on = true, .written = written, .nth = nth};
        SCOPED_TRACE(text(how));
        FailingDisk disk(how);
        const Outcome outcome = write_through(disk, kBlocks);
        if (!disk.failed()) continue;  // the last one, the end mark, is shorter
        check_honest(outcome, disk, true);
        EXPECT_FALSE(outcome.opened_complete);
        EXPECT_FALSE(outcome.losses_known);
        // Nothing is given up for an account that can't be written either.
        EXPECT_EQ(disk.cut_blocks(), 0);
      }
}

TEST(WriteErrors, ADiskThatIsFullForGoodIsNotEmptied) {
  const int writes = writes_without_errors();
  for (const int error : {ENOSPC, EDQUOT})
    for (int nth = 3; nth < writes; ++nth) {
      const FailingDisk::How how{.error = error, .goes_on = true, .nth = nth};
      SCOPED_TRACE(text(how));
      FailingDisk disk(how);
      check_honest(write_through(disk, kBlocks), disk, true);
    }
}

TEST(WriteErrors, WhatCannotBeCutOffIsWrittenOver) {
  const int writes = writes_without_errors();
  for (const int error : {EIO, ENOSPC})
    for (const bool goes_on : {false, true})
      for (int nth = 3; nth < writes; ++nth) {
        const FailingDisk::How how{.error = error, .goes_on = goes_on, .never_cuts = true, .written = 70, .nth = nth};
        SCOPED_TRACE(text(how));
        FailingDisk disk(how);
        const Outcome outcome = write_through(disk, kBlocks);
        EXPECT_TRUE(outcome.opened);
        if (!outcome.complete) check_honest(outcome, disk, false);
        // What follows the blocks needs cutting, to be tried once more.
        const bool of_a_block = nth < 3 + static_cast<int>(kBlocks);
        EXPECT_TRUE(outcome.opened_complete || goes_on || !of_a_block);
      }
}

TEST(WriteErrors, InterruptionsAndShortWritesChangeNothing) {
  const int writes = writes_without_errors();
  for (int nth = 0; nth < writes; ++nth) {
    FailingDisk interrupted({.error = EINTR, .nth = nth});
    Outcome outcome = write_through(interrupted, kBlocks);
    EXPECT_TRUE(outcome.complete && outcome.opened_complete) << nth;
    EXPECT_EQ(outcome.recorded, kRows) << nth;
    EXPECT_EQ(interrupted.failed(), 1);
    class Short : public trace::OutputCalls {
      ssize_t write(int fd, const void* bytes, size_t count) override {
        return OutputCalls::write(fd, bytes, std::min<size_t>(count, 1 + count / 2));
      }
    } in_pieces;
    if (nth == 0) {
      outcome = write_through(in_pieces, kBlocks);
      EXPECT_TRUE(outcome.complete && outcome.opened_complete);
      EXPECT_EQ(outcome.recorded, kRows);
    }
  }
}

}  // namespace
}  // namespace ebpftrace::recorder
