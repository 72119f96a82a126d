// SPDX-License-Identifier: Apache-2.0
// The program itself: help, exit statuses, where output goes.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/script.h"
#include "trace/format/frame.h"

namespace ebpftrace::analyzer {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status;
  std::string out, error;
};

class Cli : public testing::Test {
 protected:
  Cli() {
    std::string folder = fs::temp_directory_path() / "cli_test.XXXXXX";
    EXPECT_TRUE(::mkdtemp(folder.data()));
    folder_ = folder;
  }
  ~Cli() override { fs::remove_all(folder_); }

  std::string save(const std::string& name, const std::vector<std::byte>& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return folder_ / name;
  }

  Outcome analyze(const std::string& arguments) const {
    const std::string error = folder_ / "stderr";
    FILE* pipe = ::popen((EBPF_ANALYZE " " + arguments + " 2>" + error).c_str(), "r");
    Outcome run{};
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, pipe)) > 0;) run.out.append(piece, got);
    const int status = ::pclose(pipe);
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::ifstream in(error);
    run.error.assign(std::istreambuf_iterator<char>(in), {});
    return run;
  }

  fs::path folder_;
};

constexpr char kSmall[] = "10us cat read fd=3 count=4096 4096\n20us cat exit 0\n";

TEST_F(Cli, ColoursAreForPeopleWhoWantThem) {
  const std::string file = save("t", script_bytes("10us cat read fd=3 -EIO\n20us cat exit 0\n"));
  for (const std::string question : {"--syscalls", "--events", "--summary"}) {
    const std::string plain = analyze(file + " " + question).out;  // a pipe
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_EQ(analyze(file + " " + question + " --color never").out, plain);
    const std::string painted = analyze(file + " " + question + " --color always").out;
    EXPECT_EQ(std::regex_replace(painted, std::regex("\x1b\\[[0-9]*m"), ""), plain) << question;
    EXPECT_EQ(painted != plain, question != "--summary") << painted;
    // Programs get none, whatever they ask for.
    EXPECT_EQ(analyze(file + " " + question + " --format json --color always").out.find('\x1b'), std::string::npos);
  }
  EXPECT_NE(analyze(file + " --events --color always").out.find("\x1b[31m-1 EIO (Input/output error)\x1b[0m"),
            std::string::npos);
  const Outcome wrong = analyze(file + " --color sometimes");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.error.find("'sometimes' is none of auto, always and never"), std::string::npos) << wrong.error;
}

TEST_F(Cli, HelpTeachesByExamples) {
  for (const char* flag : {"--help", "-h"}) {
    const Outcome run = analyze(flag);
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.error, "");
    for (const char* word : {"Usage: ebpf-analyze FILE", "--top-io", "--top-files", "--syscalls", "--tree", "--events",
                             "--summary", "--format", "-n N", "Examples:", "Exit status:"})
      EXPECT_NE(run.out.find(word), std::string::npos) << word;
  }
  EXPECT_TRUE(analyze("-V").out.starts_with("ebpf-analyze "));
}

TEST_F(Cli, AnswersEveryQuestionInEveryFormat) {
  const std::string file = save("small.trace", script_bytes(kSmall));
  for (const char* question : {"", "--summary", "--top-io", "--top-files", "--syscalls", "--tree", "--open-files",
                               "--metrics", "--events", "--network", "--security", "--verify"}) {
    for (const char* format : {"table", "json", "csv"}) {
      const Outcome run = analyze(file + " " + question + " --format " + format);
      EXPECT_EQ(run.status, 0) << question << format << run.error;
      EXPECT_EQ(run.error, "") << question << format;
      EXPECT_FALSE(run.out.empty()) << question << format;
    }
  }
  EXPECT_TRUE(
      analyze(file + " --format json").out.starts_with("{\"table\": \"summary\", \"complete\": true, \"lost\": 0, "));
}

TEST_F(Cli, UsageErrorsAre1) {
  const std::string file = save("small.trace", script_bytes(kSmall));
  for (const std::string& arguments :
       {std::string(), file + " --nonsense", file + " --top-io --tree", file + " --format xml", file + " -n -1",
        file + " -n many", (folder_ / "missing.trace").string(), folder_.string()}) {
    const Outcome run = analyze(arguments);
    EXPECT_EQ(run.status, 1) << arguments;
    EXPECT_EQ(run.out, "") << arguments;
    EXPECT_NE(run.error, "") << arguments;
  }
}

TEST_F(Cli, NotATraceIs2) {
  EXPECT_EQ(analyze(save("empty", {})).status, 2);
  EXPECT_EQ(analyze(save("text", std::vector<std::byte>(1000, std::byte{'x'}))).status, 2);
}

TEST_F(Cli, UnknownVersionIs2AndNamesBoth) {
  auto bytes = script_bytes(kSmall);
  trace::Preamble preamble = trace::make_preamble();
  preamble.major = 7;
  preamble.minor = 3;
  preamble.checksum = trace::checksum_of_front(preamble);
  std::memcpy(bytes.data(), &preamble, sizeof preamble);
  const Outcome run = analyze(save("future", bytes));
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.error.find("7.3"), std::string::npos) << run.error;
  EXPECT_NE(run.error.find("version 2"), std::string::npos) << run.error;
}

TEST_F(Cli, DamageIs3WithWhatIsReadable) {
  auto bytes = script_bytes(std::string(kSmall) + "no end\n");
  const Outcome killed = analyze(save("killed", bytes) + " --top-io --format json");
  EXPECT_EQ(killed.status, 3);
  EXPECT_NE(killed.out.find("\"read_bytes\": 4096"), std::string::npos) << killed.out;
  EXPECT_NE(killed.out.find("\"complete\": false, \"lost\": null"), std::string::npos) << killed.out;
  EXPECT_NE(killed.error.find("has no end"), std::string::npos) << killed.error;

  bytes = script_bytes(kSmall);
  bytes[bytes.size() - 100] ^= std::byte{1};
  EXPECT_EQ(analyze(save("flipped", bytes)).status, 3);
}

TEST_F(Cli, VerifySaysWhatIsWrongAndWhere) {
  const Outcome sound = analyze(save("sound", script_bytes(kSmall)) + " --verify");
  EXPECT_EQ(sound.status, 0);
  EXPECT_TRUE(sound.out.ends_with("\nsound: all that was checked is as it was written\n")) << sound.out;
  EXPECT_EQ(sound.error, "");
  auto bytes = script_bytes(kSmall);
  bytes[bytes.size() / 2] ^= std::byte{1};  // in the catalogue
  const Outcome damaged = analyze(save("damaged", bytes) + " --verify --format json");
  EXPECT_EQ(damaged.status, 3);
  EXPECT_NE(damaged.out.find("{\"check\": \"frames\", \"of\": \"catalogue\", \"checked\": 1, \"faults\": 1, "
                             "\"verdict\": \"damaged\""),
            std::string::npos)
      << damaged.out;
  EXPECT_NE(damaged.out.find("{\"check\": \"fault\""), std::string::npos) << damaged.out;
  EXPECT_NE(damaged.out.find("\"note\": \"frame payload damaged\""), std::string::npos) << damaged.out;
  EXPECT_EQ(analyze(save("killed", script_bytes(std::string(kSmall) + "no end\n")) + " --verify").status, 3);
}

TEST_F(Cli, LossIs4OnlyIfAskedFor) {
  const std::string file = save("lossy", script_bytes(std::string(kSmall) + "lost cpu0 2\n"));
  const Outcome run = analyze(file + " --syscalls");
  EXPECT_EQ(run.status, 0);
  EXPECT_NE(run.out.find("lost: 2"), std::string::npos);
  EXPECT_EQ(analyze(file + " --syscalls --fail-on-loss").status, 4);
  EXPECT_EQ(analyze(file + " --tree --fail-on-loss").status, 0);  // no process event was lost
  EXPECT_NE(analyze(file + " --events --format json").error.find("lost: 2"), std::string::npos);
}

TEST_F(Cli, RowLimit) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += std::to_string(i) + "us p" + std::to_string(i) + " read 1\n";
  const std::string file = save("many", script_bytes(text));
  auto lines = [&](const std::string& arguments) {
    const Outcome run = analyze(file + " " + arguments);
    return std::count(run.out.begin(), run.out.end(), '\n');
  };
  EXPECT_EQ(lines("--top-io"), 1 + 20 + 1);
  EXPECT_EQ(lines("--top-io -n 0"), 1 + 30);
  EXPECT_EQ(lines("--top-io -n 3 --format csv"), 1 + 3);
  EXPECT_EQ(lines("--top-io --format csv"), 1 + 30);
  EXPECT_EQ(lines("--events -n 5"), 5);
}

TEST_F(Cli, ValuesMayBeginWithADash) {
  const std::string file =
      save("two", script_bytes("1us a:7 read 10\n2us b:9 fork c:11\n3us b:9 read 99\n9us b:9 exit 0\n"));
  auto pids = [&](const std::string& arguments) {
    const Outcome run = analyze(file + " --tree --columns pid --format csv " + arguments);
    EXPECT_EQ(run.status, 0) << run.error;
    std::string out = run.out;
    std::erase(out, '\r');
    std::replace(out.begin(), out.end(), '\n', ' ');
    return out;
  };
  EXPECT_EQ(pids("--sort pid"), "pid 7 9 11 ");
  EXPECT_EQ(pids("--sort -pid"), "pid 11 9 7 ");
  EXPECT_EQ(pids("--sort=-pid"), "pid 11 9 7 ");
  EXPECT_EQ(pids("--from -7us"), "pid 9 11 ");
  EXPECT_EQ(pids("--from -8us --to -7us"), "pid 7 ");
  EXPECT_EQ(pids("--sort -pid -n 1"), "pid 11 ");
  // What is an option stays one.
  EXPECT_EQ(analyze(file + " --tree --sort --format csv").status, 1);
}

TEST_F(Cli, FiltersColumnsAndOrder) {
  const std::string file = save("small.trace", script_bytes(kSmall));
  EXPECT_EQ(analyze(file + " --tree --filter 'exit_code == 0' --columns exit_code,process --format csv").out,
            "exit_code,process\r\n0,cat\r\n");
  EXPECT_EQ(analyze(file + " --top-io --sort -read_bytes --columns process,read_bytes").out,
            "PROCESS     READ\ncat      4.00KiB\n");
  EXPECT_NE(analyze(file + " --tree --columns all").out.find("CONTAINER ID"), std::string::npos);
  EXPECT_NE(analyze(file + " --columns events,probe").out.find("EVENTS  PROBE\n"), std::string::npos);
  const Outcome wrong = analyze(file + " --tree --filter 'exit_cod == 0'");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_EQ(wrong.out, "");
  EXPECT_EQ(wrong.error,
            "ebpf-analyze: --filter: column 1: unknown field 'exit_cod', did you mean 'exit_code'?\n"
            "  exit_cod == 0\n  ^^^^^^^^\n");
  EXPECT_EQ(analyze(file + " --open-files --from 1s").error,
            "ebpf-analyze: --open-files goes without --from; with it go --filter, --sort, --columns, -n\n"
            "Try 'ebpf-analyze --help'.\n");
  EXPECT_EQ(analyze(file + " --tree --by cpu").status, 1);
  EXPECT_EQ(analyze(file + " --tree --sort nonsense").status, 1);
  EXPECT_EQ(analyze(file + " --export pcapng --filter 'a == 1'").status, 1);
}

TEST_F(Cli, ListsFields) {
  const Outcome run = analyze("--fields tree");
  EXPECT_EQ(run.status, 0);
  EXPECT_NE(run.out.find("  exit_code      -      a number (never negative)"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("  user_ns        ns     a duration "), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find("open_files:"), std::string::npos);
  EXPECT_NE(analyze("--fields").out.find("open_files:"), std::string::npos);
  const Outcome wrong = analyze("--fields nonsense");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.error.find("there is no relation 'nonsense'; there are "), std::string::npos);
}

// Until the thread that waits for Ctrl-C has seen it and ended.
void wait_for_interrupt(pid_t program) {
  for (bool there = true; there;) {
    there = false;
    for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(program) + "/task")) {
      std::ifstream in(task.path() / "comm");
      std::string name;
      std::getline(in, name);
      there |= name == "interrupt";
    }
    ::usleep(1000);
  }
}

// The reader stops reading, so that the program is in the middle of it when the signal comes.
TEST_F(Cli, InterruptedSaysWhatIsKnownSoFar) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + "us p read 1\n";
  const std::string file = save("long", script_bytes(text)), error = folder_ / "stderr";
  int out[2];
  ASSERT_EQ(::pipe(out), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::close(out[0]);
    ::close(out[1]);
    std::freopen(error.c_str(), "w", stderr);
    ::execl(EBPF_ANALYZE, "ebpf-analyze", file.c_str(), "--events", nullptr);
    ::_exit(99);
  }
  ::close(out[1]);
  std::vector<char> piece(4096);
  size_t got = 0;
  ASSERT_GT(::read(out[0], piece.data(), piece.size()), 0);  // it has begun
  ::kill(child, SIGINT);
  wait_for_interrupt(child);
  for (ssize_t n; (n = ::read(out[0], piece.data(), piece.size())) > 0;) got += static_cast<size_t>(n);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_LT(got, 20'000u * 60);
  std::ifstream in(error);
  const std::string said(std::istreambuf_iterator<char>(in), {});
  EXPECT_NE(said.find("stopped before the end"), std::string::npos) << said;
}

TEST_F(Cli, AReaderThatHasEnoughIsNoError) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(i) + "us p read 1\n";
  const std::string file = save("long", script_bytes(text));
  const Outcome run = analyze(file + " --events --format json | head -n 1");
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 1);
  EXPECT_EQ(run.error, "");
}

}  // namespace
}  // namespace ebpftrace::analyzer
