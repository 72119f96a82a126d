// SPDX-License-Identifier: Apache-2.0
// What a pixel says is what the rows in it say: against a count over all rows, and on small worlds in text.
#include <QtTest>
#include <map>

#include "analyzer/api/question.h"
#include "analyzer/api/timeline.h"
#include "tests/script.h"
#include "trace/read/block.h"

using namespace ebpftrace;
using namespace ebpftrace::analyzer;

namespace {

// A scripted trace with its session.
struct World {
  explicit World(const std::string& text) : trace(script(text)), session(trace) {}
  trace::Trace trace;
  Session session;
};

std::shared_ptr<const Session> session_of(const std::string& text) {
  const auto both = std::make_shared<World>(text);
  return {both, &both->session};
}

uint32_t lane_of(const Timeline& timeline, const std::string& name, LaneKind kind = LaneKind::kProcess) {
  for (uint32_t i = 0; i < timeline.lanes().size(); ++i)
    if (timeline.lanes()[i].kind == kind && timeline.lanes()[i].name == name) return i;
  return kNoLane;
}

DensityRequest request_of(TimeSpan span, uint32_t pixels, std::vector<LaneChoice> lanes) {
  DensityRequest request;
  request.span = span;
  request.pixels = pixels;
  request.lanes = std::move(lanes);
  return request;
}

}  // namespace

class DensityTest : public QObject {
  Q_OBJECT

 private slots:
  void calls_are_counted_where_they_begin_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"build.trace", "file-io.trace", "losses.trace", "killed.trace"})
      QTest::newRow(file) << QString::fromLatin1(file);
  }
  void calls_are_counted_where_they_begin() {
    QFETCH(QString, file);
    const std::string path = std::string(SAMPLES_FOLDER) + "/" + file.toStdString();
    auto sessions = Session::open(std::vector<std::string>{path});
    QCOMPARE(sessions.size(), size_t{1});
    const std::shared_ptr<const Session> session = std::move(sessions.front());
    const Timeline timeline(session);
    constexpr uint32_t kPixels = 500;
    std::vector<LaneChoice> lanes;
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> of_tid;  // pid, tid -> position in lanes
    for (uint32_t i = 0; i < timeline.lanes().size() && lanes.size() < 400; ++i)
      if (timeline.lanes()[i].kind == LaneKind::kProcess || timeline.lanes()[i].kind == LaneKind::kThread)
        lanes.push_back({i, false});
    // The whole, and a part of it.
    const TimeSpan all = timeline.extent();
    for (const TimeSpan span :
         {all, TimeSpan{all.to_ns / 3, all.to_ns / 3 + std::max<int64_t>(all.to_ns / 50, 1000)}}) {
      const Density density = timeline.density(request_of(span, kPixels, lanes));
      QVERIFY(density.complete);
      uint64_t counted = 0;
      for (const Pixel& pixel : density.passing) counted += pixel.calls;
      std::vector<uint64_t> by_pixel(kPixels);
      for (size_t lane = 0; lane < lanes.size(); ++lane)
        for (uint32_t i = 0; i < kPixels; ++i) by_pixel[i] += density.lane(lane)[i].calls;
      // The rows themselves.
      std::vector<uint64_t> expected(kPixels), going_on(kPixels);
      uint64_t expected_all = 0;
      trace::Block block(session->trace(), "syscall", {"timeNs", "durationNs", "thread"});
      for (const uint32_t position : session->trace().blocks_of("syscall")) {
        if (!block.load(session->trace().frames()[position])) continue;
        while (block.next_tile())
          for (size_t i = 0; i < block.tile_rows(); ++i) {
            const int64_t start = session->trace().since_start(block.column(0)[i]);
            if (start < span.from_ns || start >= span.to_ns) continue;
            const double at =
                static_cast<double>(start - span.from_ns) / (static_cast<double>(span.length_ns()) / kPixels);
            ++expected[std::min<size_t>(kPixels - 1, static_cast<size_t>(at))];
            ++expected_all;
          }
      }
      // A pixel in which a call only goes on counts as 1 where none begins: never less than what begins.
      QVERIFY(counted >= expected_all);
      for (uint32_t i = 0; i < kPixels; ++i) QVERIFY2(by_pixel[i] >= expected[i], qPrintable(QString::number(i)));
      QVERIFY(counted - expected_all <= uint64_t{kPixels} * lanes.size() / 4);
    }
  }
  void the_class_with_most_time_is_the_hue() {
    const auto session = session_of(
        "0us sh exec /bin/sh sh\n"
        "10us sh read fd=3 1 file=/a dur=4us\n"
        "20us sh mmap 0 dur=6us\n"
        "110us sh openat filename=/x -ENOENT dur=2us\n"
        "115us sh write fd=1 -EIO file=/b dur=1us\n"
        "900us sh exit 0\n");
    const Timeline timeline(session);
    const uint32_t sh = lane_of(timeline, "sh");
    QVERIFY(sh != kNoLane);
    const Density density = timeline.density(request_of({0, 1'000'000}, 10, {{sh, false}}));
    const auto pixels = density.lane(0);
    QCOMPARE(pixels[0].hue, static_cast<uint8_t>(CallClass::kMemory));
    QCOMPARE(pixels[0].calls, 2u);
    QCOMPARE(pixels[0].longest_ns, uint64_t{6'000});
    QVERIFY(!pixels[0].error);
    QCOMPARE(pixels[1].hue, static_cast<uint8_t>(CallClass::kFile));
    QVERIFY(pixels[1].error);  // EIO; a lookup that finds nothing is none
    QCOMPARE(pixels[2].hue, Pixel::kNone);
    QCOMPARE(pixels[2].calls, 0u);
    const Density lookup = timeline.density(request_of({100'000, 114'000}, 1, {{sh, false}}));
    QVERIFY(!lookup.lane(0)[0].error);
    QCOMPARE(lookup.lane(0)[0].calls, 1u);
  }
  void waits_are_told_from_work() {
    const auto session = session_of(
        "0us sh exec /bin/sh sh\n"
        "100us sh read fd=0 1 file=pipe:[7] type=fifo dur=400us\n"
        "600us sh read fd=3 1 file=/big dur=300us\n"
        "950us sh read fd=0 1 file=pipe:[7] type=fifo dur=20us\n"
        "999us sh exit 0\n");
    const Timeline timeline(session);
    const uint32_t sh = lane_of(timeline, "sh");
    const Density density = timeline.density(request_of({0, 1'000'000}, 10, {{sh, false}}));
    const auto pixels = density.lane(0);
    for (int i = 1; i < 5; ++i) {
      QCOMPARE(pixels[i].waits, static_cast<uint8_t>(CallClass::kFile));
      QCOMPARE(pixels[i].bar, Pixel::kNone);
    }
    for (int i = 6; i < 9; ++i) {
      QCOMPARE(pixels[i].bar, static_cast<uint8_t>(CallClass::kFile));  // the disk works
      QCOMPARE(pixels[i].waits, Pixel::kNone);
    }
    QCOMPARE(pixels[9].waits, Pixel::kNone);  // too short to be a wait
    QCOMPARE(density.marks.size(), size_t{2});
    QVERIFY(density.marks[0].waits && !density.marks[1].waits);
    QCOMPARE(density.marks[1].call, std::string("read"));
    QCOMPARE(density.marks[1].about, std::string("big"));
  }
  void a_folded_lane_is_its_children_without_its_wait_for_them() {
    const auto session = session_of(
        "0us sh exec /bin/sh sh\n"
        "10us sh fork cat\n"
        "20us sh wait4 101 dur=800us\n"
        "300us cat read fd=3 1 file=/a dur=5us\n"
        "500us cat exit 0\n"
        "900us sh exit 0\n");
    const Timeline timeline(session);
    const uint32_t sh = lane_of(timeline, "sh");
    const Density density = timeline.density(request_of({0, 1'000'000}, 10, {{sh, false}, {sh, true}}));
    QVERIFY(density.lane(0)[5].waits != Pixel::kNone);
    QCOMPARE(density.lane(0)[3].calls, 0u);
    QCOMPARE(density.lane(1)[5].waits, Pixel::kNone);
    QCOMPARE(density.lane(1)[3].calls, 1u);
  }
  void the_filter_parts_passing_from_hidden() {
    const auto session = session_of(
        "0us sh exec /bin/sh sh\n"
        "100us sh read fd=3 1 file=/a dur=5us\n"
        "200us sh write fd=3 1 file=/a dur=5us\n"
        "900us sh exit 0\n");
    const Timeline timeline(session);
    DensityRequest request = request_of({0, 1'000'000}, 10, {{lane_of(timeline, "sh"), false}});
    request.filter = "syscall == \"read\"";
    const Density density = timeline.density(request);
    QCOMPARE(density.lane(0)[1].calls, 1u);
    QCOMPARE(density.lane(0)[2].calls, 0u);
    QCOMPARE(density.hidden_lane(0)[1].calls, 0u);
    QCOMPARE(density.hidden_lane(0)[2].calls, 1u);
    request.filter = "no_such_field == 1";
    QVERIFY_EXCEPTION_THROWN(timeline.density(request), AskError);
  }
  void losses_hatch_the_lanes_of_that_cpu() {
    const auto session = session_of(
        "0us sh exec /bin/sh sh\n"
        "100us sh read fd=3 1 file=/a dur=5us cpu=0\n"
        "100us dd read fd=3 1 file=/a dur=5us cpu=1\n"
        "lost cpu0 7\n"
        "metrics 500us cpu=0 interval_ns=500us lost=7\n"
        "metrics 500us cpu=1 interval_ns=500us lost=0\n"
        "900us sh exit 0\n");
    const Timeline timeline(session);
    QCOMPARE(timeline.lost(), uint64_t{7});
    const uint32_t sh = lane_of(timeline, "sh"), dd = lane_of(timeline, "dd");
    const Density density = timeline.density(request_of({0, 1'000'000}, 10, {{sh, false}, {dd, false}}));
    QVERIFY(density.lane(0)[2].lost);
    QVERIFY(!density.lane(0)[8].lost);
    for (const Pixel& pixel : density.lane(1)) QVERIFY(!pixel.lost);
    QVERIFY(lane_of(timeline, "CPU 0", LaneKind::kCpu) != kNoLane);
    QCOMPARE(timeline.findings().size(), size_t{1});
    QCOMPARE(timeline.findings()[0].text, std::string("7 events lost on CPU 0"));
  }
  void next_and_previous_go_through_the_calls_in_time() {
    const auto session = session_of(
        "0us sh exec /bin/sh sh\n"
        "10us sh read fd=3 1 file=/a dur=500us\n"
        "600us sh write fd=3 1 file=/a dur=5us\n"
        "flush\n"
        "700us sh close fd=3 0 dur=1us\n"
        "900us sh exit 0\n");
    const Timeline timeline(session);
    const LaneChoice sh{lane_of(timeline, "sh"), false};
    std::vector<std::string> calls;
    std::optional<CallMark> at = timeline.next_call(sh, {-1, 0, 0}, true);
    for (; at; at = timeline.next_call(sh, at->event, true)) {
      calls.push_back(at->call);
      const auto same = timeline.call_at(at->event);
      QVERIFY(same);
      QCOMPARE(same->call, at->call);
      QCOMPARE(same->duration_ns, at->duration_ns);
    }
    QCOMPARE(calls, (std::vector<std::string>{"read", "write", "close"}));
    at = timeline.next_call(sh, {1'000'000'000, 0, 0}, false);
    QCOMPARE(at->call, std::string("close"));
    at = timeline.next_call(sh, at->event, false);
    QCOMPARE(at->call, std::string("write"));
    const auto longest = timeline.longest_call(sh, {0, 1'000'000});
    QCOMPARE(longest->call, std::string("read"));
    QVERIFY(!timeline.call_at({0, 1'000'000, 0}));
    QVERIFY(!timeline.call_at({0, 0, 1'000'000}));
  }
  void a_stop_ends_it() {
    auto sessions = Session::open(std::vector<std::string>{std::string(SAMPLES_FOLDER) + "/build.trace"});
    const Timeline timeline(std::move(sessions.front()));
    std::stop_source stop;
    stop.request_stop();
    const Density density = timeline.density(
        request_of(timeline.extent(), 100, {{lane_of(timeline, "make"), true}, {3, true}}), stop.get_token());
    QVERIFY(!density.complete);
  }
  void empty_questions_have_empty_answers() {
    const auto session = session_of("0us sh exec /bin/sh sh\n10us sh read fd=3 1 file=/a dur=5us\n");
    const Timeline timeline(session);
    QVERIFY(timeline.density(request_of({0, 0}, 100, {{0, false}})).complete);
    QCOMPARE(timeline.density(request_of({0, 100}, 0, {{0, false}})).passing.size(), size_t{0});
    QCOMPARE(timeline.density(request_of({0, 100}, 10, {{4'000'000'000u, false}})).lanes.size(), size_t{0});
    QVERIFY(timeline.density(request_of({-1'000'000, -1}, 10, {{0, true}})).complete);
  }
  void telling_arguments_data() {
    QTest::addColumn<QString>("program");
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("telling");
    auto row = [](const char* program, QStringList words, const char* telling) {
      QTest::newRow(telling) << QString::fromLatin1(program) << words << QString::fromLatin1(telling);
    };
    const auto split = [](const char* line) { return QString::fromLatin1(line).split(u' '); };
    row("g++", split("g++ -O2 -Iinclude -c src/match.cc -o build/match.o"), "src/match.cc");
    row("cc1plus", split("cc1plus -quiet -imultiarch x86_64-linux-gnu server.cc -o /tmp/x.s"), "server.cc");
    row("g++", split("g++ -o build/wire build/main.o"), "-o build/wire");
    row("make", split("make -s -j3"), "-s -j3");
    row("tar", split("tar -C /usr include"), "-C /usr include");
    row("sh", split("sh run-b.sh"), "run-b.sh");
    row("dd", split("dd bs=1 count=400000"), "bs=1");
    row("sh", {QStringLiteral("sh"), QStringLiteral("-c"), QStringLiteral("echo hello")}, "echo hello");
    row("cat", split("cat"), "");
  }
  void telling_arguments() {
    QFETCH(QString, program);
    QFETCH(QStringList, words);
    QFETCH(QString, telling);
    std::vector<std::string> list;
    for (const QString& word : words) list.push_back(word.toStdString());
    QCOMPARE(QString::fromStdString(telling_argument(program.toStdString(), list)), telling);
  }
};

QTEST_MAIN(DensityTest)
#include "density_test.moc"
