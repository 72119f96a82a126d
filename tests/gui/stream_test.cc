// SPDX-License-Identifier: Apache-2.0
// A stream as people read it: in order of time and by offset, with gaps and what the other end kept of them; hostile bytes do
// nothing; and the tab that shows it.
#include <QLabel>

#include "gui/stream/stream_story.h"
#include "tests/gui/open_window.h"

using namespace ebpftrace::gui;
namespace an = ebpftrace::analyzer;

namespace {

constexpr char kOurs[] = " file=socket:[1] type=socket local=10.0.0.1:5 remote=10.0.0.2:80 transport=stream";
constexpr char kTheirs[] = " file=socket:[2] type=socket local=10.0.0.2:80 remote=10.0.0.1:5 transport=stream";

std::string talk() {
  return std::string("10us c:5 sendto fd=4 len=21 21") + kOurs +
         " data=\"GET / HTTP/1.1\\x0d\\x0a\\x0d\\x0aab\\x0a\"\n" + "20us s:6 recvfrom fd=7 size=99 21" + kTheirs +
         " data=\"GET / HTTP/1.1\\x0d\\x0a\\x0d\\x0aab\\x0a\"\n" + "50us s:6 write fd=7 count=40 40" + kTheirs +
         " data=0123456789\n" + "60us c:5 read fd=4 count=20 20" + kOurs + " data=0123456789\n" +
         "70us c:5 read fd=4 count=20 20" + kOurs + " data=abcdefghij\n";
}

std::shared_ptr<const StreamStory> story_of(const std::string& file, const char* target) {
  const std::vector<std::string> files = {file};
  const auto sessions = an::Session::open(files);
  return tell_stream(an::read_stream(*sessions.front(), target));
}

QStringList texts(const StreamStory& story, const StoryChoice& choice) {
  Conversation view;
  // The view says what it would paint.
  view.setStory(std::shared_ptr<const StreamStory>(std::shared_ptr<void>(), &story));
  view.setLines(story_lines(story, choice));
  QStringList all;
  for (size_t i = 0; i < view.lines().size(); ++i) all += view.lineText(i);
  return all;
}

}  // namespace

class StreamTest : public QObject {
  Q_OBJECT
  ScriptedTraces traces_;

 private slots:
  void both_ways_in_order_with_what_the_reader_kept() {
    const auto story = story_of(traces_.make(talk()), "5:4");
    QCOMPARE(story->transfers.size(), size_t{2});  // what was read is beside what was written, not again
    QVERIFY(story->both_ends);
    QVERIFY(story->transfers[0].way == StreamWay::kOut && story->transfers[1].way == StreamWay::kIn);
    QCOMPARE(*story->transfers[1].answers_after_ns, int64_t{40'000});
    const Transfer& answer = story->transfers[1];
    QCOMPARE(answer.parts.size(), size_t{4});  // kept, a gap, what the reader kept of it, a gap
    QVERIFY(answer.parts[2].from_reader && answer.parts[2].data == "abcdefghij");
    QCOMPARE(answer.parts[1].bytes, uint64_t{10});
    QCOMPARE(answer.parts[3].bytes, uint64_t{10});
    QCOMPARE(answer.kept, uint64_t{20});
    const WayStory& in = story->ways[static_cast<size_t>(StreamWay::kIn)];
    QCOMPARE(in.compared, uint64_t{10});
    QCOMPARE(in.differ, uint64_t{0});
    QCOMPARE(in.runs.size(), size_t{4});
    QVERIFY(in.runs[1].gap != StreamGap::kNone);
    QCOMPARE(story->wayText(StreamWay::kOut), QString("c → s"));
    const QStringList lines = texts(*story, {});
    QVERIFY2(lines.contains("GET / HTTP/1.1"), qPrintable(lines.join('|')));
    QVERIFY(lines.contains("ab"));
    QVERIFY(lines.join('|').contains("gap, 10 B"));
  }

  void lines_fold_and_unfold_and_count_what_they_leave_out() {
    const auto story =
        story_of(traces_.make("10us w:5 write fd=4 count=60 60 file=pipe:[1] type=fifo data=" +
                              std::string("\"a\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\n"
                                          "a\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\na\\n\"\n")),
                 "5:4");
    StoryChoice choice;
    auto lines = story_lines(*story, choice);
    QCOMPARE(lines.size(), 1 + kFoldedLines + 2);
    QVERIFY(lines[1 + kFoldedLines].kind == StoryLine::Kind::kMore);
    QVERIFY(lines[1 + kFoldedLines].bytes > 0 && lines[1 + kFoldedLines].bytes < 60);
    choice.open = {true};
    lines = story_lines(*story, choice);
    QCOMPARE(lines.size(), size_t{1 + 30 + 1});
    choice.hex = true;
    lines = story_lines(*story, choice);
    QCOMPARE(lines.size(), size_t{1 + 4 + 1});
    QVERIFY(lines[1].kind == StoryLine::Kind::kHex);
  }

  void wrapped_lines_hold_every_byte_once_whatever_the_width() {
    std::string data;
    for (int i = 0; i < 300; ++i) data += static_cast<char>(i * 37);
    std::string escaped;
    for (const char c : data) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
      escaped += code;
    }
    const auto story = story_of(
        traces_.make("10us w:5 write fd=4 count=300 300 file=pipe:[1] type=fifo data=\"" + escaped + "\"\n"), "5:4");
    QCOMPARE(story->transfers.front().kept, uint64_t{300});
    for (const unsigned columns : {1u, 7u, 24u, 300u}) {
      StoryChoice choice{false, columns, {true}};
      uint64_t until = 0;
      for (const StoryLine& line : story_lines(*story, choice)) {
        if (line.kind != StoryLine::Kind::kText) continue;
        QVERIFY(line.from >= until);
        // Only line ends are left out.
        for (uint64_t byte = until; byte < line.from; ++byte) QVERIFY(data[byte] == '\n' || data[byte] == '\r');
        until = line.from + line.bytes;
      }
      QCOMPARE(until, uint64_t{300});
    }
  }

  void bytes_of_anybody_are_shown_as_what_they_are() {
    const QString shown = shown_bytes(std::string_view("<b>\x1b[31m\xe2\x80\xae\xc3\xa9\xff\x00z\xd7\x90\xcc\x81", 19));
    QCOMPARE(shown, QString::fromUtf8("<b>·[31m·é··z··"));
    for (const QChar c : shown) QVERIFY(c.isPrint());
    QCOMPARE(hex_bytes(std::string_view("\x00\xff"
                                        "abcdefgh",
                                        10)),
             QString("00 ff 61 62 63 64 65 66  67 68"));
  }

  void ends_that_differ_are_not_taken_for_each_other() {
    // The reader was recorded from later on: its offsets are others.
    const auto story = story_of(traces_.make("10us w:5 write fd=4 count=8 8 file=pipe:[1] type=fifo data=abcd\n"
                                             "20us r:6 read fd=3 count=8 4 file=pipe:[1] type=fifo data=xyzw\n"
                                             "30us r:6 read fd=3 count=8 4 file=pipe:[1] type=fifo data=more\n"),
                                "5:4");
    const WayStory& way = story->ways[static_cast<size_t>(StreamWay::kThrough)];
    QCOMPARE(way.differ, uint64_t{4});
    for (const StreamPart& part : story->transfers.front().parts) QVERIFY(!part.from_reader);
  }

  void a_file_has_its_reads_and_writes() {
    const auto story = story_of(traces_.make("10us w:5 write fd=4 count=4 4 file=/a data=abcd\n"
                                             "20us w:5 read fd=4 count=8 4 file=/a data=abcd\n"),
                                "5:4");
    QVERIFY(story->stream.is_file);
    QCOMPARE(story->transfers.size(), size_t{2});
  }

  void the_tab_lists_follows_and_jumps() {
    OpenWindow open({traces_.make(talk() + "80us c:5 write fd=1 count=3 3 file=/tmp/<b>x type=file data=log\n")});
    QVERIFY(open.window.showView("streams"));
    QVERIFY(open.settle());
    StreamView& view = open.window.streams();
    QCOMPARE(view.list().answer().rowCount(), 2);  // the connection is one, with both its ends
    QVERIFY(view.story());                         // and looked at first
    QVERIFY(!view.story()->stream.is_file);
    QVERIFY2(view.commandLine().contains("--stream"), qPrintable(view.commandLine()));
    QCOMPARE(view.bytes().way(), StreamWay::kIn);  // with the most bytes
    QVERIFY(view.bytes().lineText(0).contains("30 31 32 33"));
    Conversation& conversation = view.conversation();
    conversation.setFocus();
    QTest::keyClick(&conversation, Qt::Key_Home);
    QCOMPARE(*conversation.current(), size_t{0});
    QCOMPARE(view.bytes().way(), StreamWay::kOut);
    QTest::keyClick(&conversation, Qt::Key_Down);
    QTest::keyClick(&conversation, Qt::Key_Return);
    QVERIFY(open.settle());
    QCOMPARE(*open.window.timeline().playhead(), int64_t{50'000});
    QTRY_VERIFY_WITH_TIMEOUT(open.window.details().headline().startsWith("write(7<"), kLimitMs);
    QVERIFY(conversation.currentText().startsWith("0123456789"));
    view.setShows(StreamView::Shows::kHex);
    QVERIFY(open.settle());
    QVERIFY(view.commandLine().contains("--hex"));
    QVERIFY(conversation.lineText(1).startsWith("47 45 54 20"));
    for (const QLabel* label : open.window.findChildren<QLabel*>())
      if (label->text().contains(u'<')) QCOMPARE(label->textFormat(), Qt::PlainText);
  }

  void bytes_are_saved_at_their_offsets() {
    OpenWindow open({traces_.make(talk())});
    QVERIFY(open.window.showView("streams"));
    QVERIFY(open.settle());
    StreamView& view = open.window.streams();
    QTemporaryDir folder;
    const QString path = folder.filePath("bytes");
    QCOMPARE(view.bytes().way(), StreamWay::kIn);
    view.saveBytes(path);
    QTRY_VERIFY_WITH_TIMEOUT(open.settle() && view.bytesText().contains("saved"), kLimitMs);
    QCOMPARE(view.bytesText(), QString("40 B saved; 20 of them were not recorded and are zeros"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("0123456789") + QByteArray(10, 0) + "abcdefghij" + QByteArray(10, 0));
    view.saveBytes(folder.filePath("none/bytes"));
    QTRY_VERIFY_WITH_TIMEOUT(open.settle() && view.bytesText().contains("cannot write"), kLimitMs);
    QVERIFY(!QFile::exists(folder.filePath("none/bytes")));
    Conversation& conversation = view.conversation();
    conversation.setFocus();
    QTest::keyClick(&conversation, Qt::Key_Home);
    view.saveBytes(path);  // the other way, over the old file
    QTRY_VERIFY_WITH_TIMEOUT(open.settle() && view.bytesText() == "21 B saved", kLimitMs);
    QFile other(path);
    QVERIFY(other.open(QIODevice::ReadOnly));
    QCOMPARE(other.readAll(), QByteArray("GET / HTTP/1.1\r\n\r\nab\n"));
  }

  void an_event_is_followed_or_says_why_not() {
    OpenWindow open({traces_.make(talk() + "80us c:5 getpid 5\n")});
    open.window.events().setCurrentRow(3);  // c reads
    QVERIFY(open.settle());
    open.window.actions().find("follow stream")->trigger();
    QVERIFY(open.settle());
    StreamView& view = open.window.streams();
    QVERIFY(view.story());
    QVERIFY2(view.commandLine().contains("5:4"), qPrintable(view.commandLine()));
    open.window.showView("events");
    open.window.events().setCurrentRow(5);
    open.window.actions()
        .find("follow stream")
        ->trigger();  // of that event, also where the timeline has not found it yet
    QVERIFY(open.settle());
    QVERIFY(view.problem().contains("no descriptor"));
    view.follow({"5:99", {}});
    QVERIFY(open.settle());
    QVERIFY2(view.problem().contains("did not use descriptor 99"), qPrintable(view.problem()));
  }

  void every_sample_has_streams_or_says_that_it_has_none() {
    for (const char* name : {"build", "file-io", "killed", "losses", "network"}) {
      OpenWindow open(sample(name));
      QVERIFY(open.window.showView("streams"));
      QVERIFY(open.settle());
      ResultView& list = open.window.streams().list();
      for (int row = 0; row < std::min(8, list.answer().rowCount()); ++row) {
        list.setCurrentIndex(list.answer().index(row, 0));
        QVERIFY(open.settle());
        QVERIFY2(open.window.streams().story(), qPrintable(open.window.streams().problem()));
      }
    }
  }
};

QTEST_MAIN(StreamTest)
#include "stream_test.moc"
