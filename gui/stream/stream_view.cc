// SPDX-License-Identifier: Apache-2.0
#include "gui/stream/stream_view.h"

#include <QButtonGroup>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QMenu>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <set>
#include <string_view>

#include "analyzer/api/command_line.h"
#include "analyzer/api/moment.h"
#include "gui/details/facts_list.h"
#include "gui/details/pane_header.h"
#include "gui/stream/save_bytes.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr size_t kMostStreams = 1000;
constexpr int kHeader = 28;

using analyzer::Cell;
using analyzer::Unit;

analyzer::Result table_of(const std::vector<analyzer::StreamTotal>& totals) {
  analyzer::Result result(
      "streams", {{"path", Unit::kText, "STREAM", "The file, pipe or connection, as behind the descriptors of calls."},
                  {"processes", Unit::kProcesses, "PROCESS", "Whose calls moved bytes through it."},
                  {"bytes", Unit::kBytes, "BYTES", "That went through: what was written, or read if that is more."},
                  {"written_bytes", Unit::kBytes, "WRITTEN", "Bytes that were written or sent, at either end.",
                   analyzer::Show::kIfRoom},
                  {"read_bytes", Unit::kBytes, "READ", "Bytes that were read or received, at either end.",
                   analyzer::Show::kIfRoom}});
  for (const analyzer::StreamTotal& one : totals)
    result.add({one.name.empty() ? Cell() : Cell(one.name), one.processes, std::max(one.written_bytes, one.read_bytes),
                one.written_bytes ? Cell(one.written_bytes) : Cell(), one.read_bytes ? Cell(one.read_bytes) : Cell()});
  result.all_rows = result.rows();
  return result;
}

StreamTarget target_of(const analyzer::StreamTotal& total) {
  return {std::to_string(total.pid) + ':' + std::to_string(total.fd), total.last_ns};
}

analyzer::StreamRange range_of(const Recording& recording, const StreamTarget& target) {
  analyzer::StreamRange range;
  if (target.at_ns) range.at_ns = recording.session->replayer().boot_ns(analyzer::moment_text(*target.at_ns));
  return range;
}

QToolButton* small_button(const QString& text, QWidget* parent) {
  auto* button = new QToolButton(parent);
  button->setText(text);
  button->setAutoRaise(true);
  button->setFont(text_font(sizes::kBaseText));
  return button;
}

}  // namespace

StreamView::StreamView(Workers& workers, QWidget* parent)
    : QWidget(parent),
      list_job_(workers, tr("Finding streams"), this),
      stream_job_(workers, tr("Reading the stream"), this),
      lines_job_(workers, tr("Setting out the stream"), this),
      save_job_(workers, tr("Saving bytes"), this) {
  setAccessibleName(tr("Streams"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  auto* across = new QSplitter(Qt::Horizontal, this);
  across->setHandleWidth(1);
  column->addWidget(across);
  makeList(across);
  stack_ = new QStackedWidget(across);
  auto* panes = new QSplitter(Qt::Horizontal, stack_);
  panes->setHandleWidth(1);
  makeStory(panes);
  stack_->addWidget(panes);
  empty_ = new QLabel(stack_);
  empty_->setTextFormat(Qt::PlainText);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  empty_->setBackgroundRole(QPalette::Base);
  empty_->setAutoFillBackground(true);
  stack_->addWidget(empty_);
  stack_->setCurrentWidget(empty_);
  across->addWidget(stack_);
  across->setStretchFactor(0, 1);
  across->setStretchFactor(1, 4);
  across->setSizes({320, 1000});
  panes->setSizes({400, 700});
}

void StreamView::makeList(QSplitter* into) {
  auto* left = new QSplitter(Qt::Vertical, into);
  left->setHandleWidth(1);
  auto* streams = new QWidget(left);
  auto* streams_column = new QVBoxLayout(streams);
  streams_column->setContentsMargins(0, 0, 0, 0);
  streams_column->setSpacing(0);
  auto* header = new PaneHeader(tr("Streams"), streams);
  header->setFixedHeight(kHeader);
  list_about_ = header->about();
  list_about_->setText(tr("by bytes moved"));
  streams_column->addWidget(header);
  list_ = new ResultView(streams);
  list_->setAccessibleName(tr("Streams"));
  list_->setMinimumWidth(200);
  list_->setSteady(true);
  streams_column->addWidget(list_, 1);
  left->addWidget(streams);
  auto* facts = new QWidget(left);
  auto* facts_column = new QVBoxLayout(facts);
  facts_column->setContentsMargins(0, 0, 0, 0);
  facts_column->setSpacing(0);
  auto* facts_header = new PaneHeader(tr("This stream"), facts);
  facts_header->setFixedHeight(kHeader);
  facts_column->addWidget(facts_header);
  facts_ = new FactsList(facts);
  facts_->setAccessibleName(tr("This stream"));
  facts_column->addWidget(facts_, 1);
  left->addWidget(facts);
  left->setSizes({200, 180});
  connect(list_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    const QModelIndexList rows = list_->selectionModel()->selectedRows();
    if (rows.isEmpty() || selecting_) return;
    const auto row = static_cast<size_t>(rows.front().internalId());
    if (row < totals_.size()) follow(target_of(totals_[row]));
  });
  connect(list_, &ResultView::valueMenuRequested, this, [this](PickedValue value, const QPoint& global) {
    value.command = commandLine();
    emit valueMenuRequested(value, global);
  });
}

void StreamView::makeStory(QSplitter* into) {
  text_pane_ = new QWidget(into);
  auto* text_column = new QVBoxLayout(text_pane_);
  text_column->setContentsMargins(0, 0, 0, 0);
  text_column->setSpacing(0);
  auto* text_header = new PaneHeader(tr("In time"), text_pane_);
  text_header->setFixedHeight(kHeader);
  text_about_ = text_header->about();
  text_column->addWidget(text_header);
  conversation_ = new Conversation(text_pane_);
  text_column->addWidget(conversation_, 1);
  into->addWidget(text_pane_);

  bytes_pane_ = new QWidget(into);
  auto* bytes_column = new QVBoxLayout(bytes_pane_);
  bytes_column->setContentsMargins(0, 0, 0, 0);
  bytes_column->setSpacing(0);
  auto* bytes_header = new PaneHeader(tr("By offset"), bytes_pane_);
  bytes_header->setFixedHeight(kHeader);
  bytes_about_ = bytes_header->about();
  way_ = small_button(tr("Other way"), bytes_header);
  way_->setToolTip(tr("The bytes that went the other way"));
  bytes_header->addTool(way_);
  save_ = small_button(tr("Save bytes…"), bytes_header);
  save_->setToolTip(tr("The bytes that went this way as a file, each at its offset; zeros where none were kept"));
  bytes_header->addTool(save_);
  bytes_column->addWidget(bytes_header);
  bytes_ = new BytesView(bytes_pane_);
  bytes_column->addWidget(bytes_, 1);
  into->addWidget(bytes_pane_);

  shows_buttons_ = new QButtonGroup(this);
  const struct {
    Shows shows;
    QString text, help;
  } choices[] = {{Shows::kText, tr("text"), tr("Bytes as text, in order of time")},
                 {Shows::kHex, tr("hex"), tr("Bytes as hexadecimal, in order of time")},
                 {Shows::kBoth, tr("both"), tr("Text in order of time, and hexadecimal by offset")}};
  for (const auto& choice : choices) {
    QToolButton* button = small_button(choice.text, text_header);
    button->setToolTip(choice.help);
    button->setAccessibleName(tr("Show %1").arg(choice.text));
    button->setCheckable(true);
    auto emphasise = [button](bool on) {
      button->setFont(text_font(sizes::kBaseText, on ? Weight::kSemiBold : Weight::kRegular));
    };
    connect(button, &QToolButton::toggled, button, emphasise);
    button->setChecked(choice.shows == shows_);
    shows_buttons_->addButton(button, static_cast<int>(choice.shows));
    text_header->addTool(button);
  }
  command_ = small_button(tr("As command line"), text_header);
  command_->setToolTip(tr("Copy the ebpf-analyze command that gives this stream"));
  text_header->addTool(command_);

  connect(shows_buttons_, &QButtonGroup::idClicked, this, [this](int id) { setShows(static_cast<Shows>(id)); });
  connect(command_, &QToolButton::clicked, this, [this] { emit copyRequested(commandLine()); });
  connect(way_, &QToolButton::clicked, this, [this] {
    if (!story_) return;
    bytes_->setStory(story_, bytes_->way() == StreamWay::kOut ? StreamWay::kIn : StreamWay::kOut);
    setBytesAbout(story_->wayText(bytes_->way()));
  });
  connect(save_, &QToolButton::clicked, this, [this] {
    if (const QString path = QFileDialog::getSaveFileName(this, tr("Save bytes")); !path.isEmpty()) saveBytes(path);
  });
  connect(conversation_, &Conversation::columnsChanged, this, &StreamView::tellLines);
  connect(conversation_, &Conversation::currentChanged, this, &StreamView::chooseTransfer);
  connect(conversation_, &Conversation::openRequested, this, [this](size_t transfer) {
    if (open_.size() <= transfer) open_.resize(transfer + 1);
    open_[transfer] = !open_[transfer];
    tellLines();
  });
  connect(conversation_, &Conversation::chosen, this, [this](size_t transfer) {
    const analyzer::StreamPiece& piece = story_->stream.pieces[story_->transfers[transfer].piece];
    emit eventChosen(piece.event, story_->transfers[transfer].time_ns);
  });
  connect(conversation_, &Conversation::menuRequested, this, &StreamView::showMenu);
}

void StreamView::setRecording(std::shared_ptr<const Recording> recording) {
  list_job_.cancel();
  stream_job_.cancel();
  lines_job_.cancel();
  recording_ = std::move(recording);
  list_read_ = false;
  target_.reset();
  wanted_.reset();
  totals_.clear();
  list_->setResult(analyzer::Result(), false);
  list_about_->setText(tr("by bytes moved"));
  show(nullptr);
  empty_->setText(recording_ ? tr("Choose a stream, or right click on a call or a descriptor: Follow stream.")
                             : QString());
  if (looked_at_) readList();
}

void StreamView::setLooked(bool at) {
  looked_at_ = at;
  if (at && recording_ && !list_read_) readList();
}

void StreamView::readList() {
  if (!recording_) return;
  list_read_ = true;
  list_job_.start(
      [recording = recording_](const PoolJob::Task& task) {
        return analyzer::list_streams(
            *recording->session, kMostStreams, task.stop,
            [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); });
      },
      [this](std::vector<analyzer::StreamTotal> totals) {
        totals_ = std::move(totals);
        // What programs talk over comes before the files that they read.
        std::stable_partition(totals_.begin(), totals_.end(),
                              [](const analyzer::StreamTotal& one) { return !one.is_file; });
        const bool none = totals_.empty();
        list_->setResult(table_of(totals_), recording_->countsAreLeast());
        list_about_->setText(none ? tr("none: no call moved bytes")
                                  : tr("%1, by bytes moved").arg(count_text(totals_.size())));
        if (none) return;
        if (target_)
          selectInList();
        else
          list_->setCurrentIndex(list_->answer().index(0, 0));
      },
      [this](const QString& what) { showProblem(what); });
}

void StreamView::follow(const StreamTarget& target) {
  if (target_ == target && !stream_job_.running() && story_) return;
  target_ = target;
  wanted_.reset();
  readStream();
}

void StreamView::followEvent(const analyzer::EventRef& event) {
  if (!recording_) return;
  wanted_ = event;
  stream_job_.start([recording = recording_,
                     event](const PoolJob::Task&) { return analyzer::descriptor_of(*recording->session, event); },
                    [this, event](std::optional<analyzer::DescriptorOf> found) {
                      if (!found)
                        return showProblem(tr("This event is of no descriptor: there is no stream to follow."));
                      target_ = {std::to_string(found->pid) + ':' + std::to_string(found->fd), event.start_ns};
                      readStream();
                    },
                    [this](const QString& what) { showProblem(what); });
}

void StreamView::readStream() {
  if (!recording_ || !target_) return;
  stream_job_.start(
      [recording = recording_, target = *target_](const PoolJob::Task& task) {
        return tell_stream(
            analyzer::read_stream(*recording->session, target.target, range_of(*recording, target), task.stop,
                                  [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); }));
      },
      [this](std::shared_ptr<const StreamStory> story) { show(std::move(story)); },
      [this](const QString& what) { showProblem(what); });
}

void StreamView::showProblem(const QString& what) {
  show(nullptr);
  problem_ = what.section(u'\n', 0, 0);
  empty_->setText(problem_);
}

void StreamView::show(std::shared_ptr<const StreamStory> story) {
  problem_.clear();
  story_ = std::move(story);
  open_.clear();
  lines_job_.cancel();
  conversation_->setStory(story_);
  const StreamWay way = story_ ? story_->mainWay() : StreamWay::kThrough;
  bytes_->setStory(story_, way);
  showFacts();
  command_->setEnabled(target_.has_value());
  const bool none = !story_ || story_->transfers.empty();
  if (story_ && none)
    empty_->setText(tr("Nothing went through %1 while it was recorded.").arg(plain_text(story_->stream.name, 200)));
  stack_->setCurrentWidget(none ? static_cast<QWidget*>(empty_) : stack_->widget(0));
  if (none) return emit followed();
  way_->setVisible(story_->uses(StreamWay::kOut) && story_->uses(StreamWay::kIn));
  text_about_->setText(plain_text(story_->stream.name, 200));
  text_about_->setToolTip(QStringLiteral("<span>") + text_about_->text().toHtmlEscaped() + QStringLiteral("</span>"));
  size_t current = 0;
  for (size_t i = 0; wanted_ && i < story_->transfers.size(); ++i)
    if (story_->stream.pieces[story_->transfers[i].piece].event == *wanted_) current = i;
  conversation_->setCurrent(current);
  const Transfer& transfer = story_->transfers[current];
  if (wanted_) bytes_->setStory(story_, transfer.way);
  if (bytes_->way() == transfer.way) bytes_->mark(transfer.offset, transfer.bytes);
  setBytesAbout(story_->wayText(bytes_->way()));
  tellLines();
  selectInList();
  emit followed();
}

// The one that is followed, if it is listed.
void StreamView::selectInList() {
  if (!story_) return;
  // A connection is listed under the name that it has at one of its ends.
  std::set<std::string_view> names = {story_->stream.name};
  for (const analyzer::StreamPiece& piece : story_->stream.pieces) names.insert(piece.name);
  const auto found = std::find_if(totals_.begin(), totals_.end(),
                                  [&](const analyzer::StreamTotal& one) { return names.contains(one.name); });
  selecting_ = true;
  if (found == totals_.end()) list_->selectionModel()->clear();
  for (int at = 0; found != totals_.end() && at < list_->answer().rowCount(); ++at)
    if (list_->answer().index(at, 0).internalId() == static_cast<quintptr>(found - totals_.begin()))
      list_->setCurrentIndex(list_->answer().index(at, 0));
  selecting_ = false;
}

void StreamView::tellLines() {
  if (!story_ || story_->transfers.empty()) return;
  StoryChoice choice{shows_ == Shows::kHex, conversation_->columns(), open_};
  lines_job_.start(
      [story = story_, choice = std::move(choice)](const PoolJob::Task&) { return story_lines(*story, choice); },
      [this](std::vector<StoryLine> lines) {
        conversation_->setLines(std::move(lines));
        conversation_->setCurrent(conversation_->current());
      });
}

void StreamView::setShows(Shows shows) {
  shows_ = shows;
  shows_buttons_->button(static_cast<int>(shows))->setChecked(true);
  bytes_pane_->setVisible(shows == Shows::kBoth);
  tellLines();
}

void StreamView::chooseTransfer(size_t at) {
  const Transfer& transfer = story_->transfers[at];
  if (bytes_->way() != transfer.way) {
    bytes_->setStory(story_, transfer.way);
    setBytesAbout(story_->wayText(transfer.way));
  }
  bytes_->mark(transfer.offset, transfer.bytes);
}

void StreamView::setBytesAbout(const QString& text) {
  bytes_about_->setText(text);
  bytes_about_->setToolTip(QStringLiteral("<span>") + text.toHtmlEscaped() + QStringLiteral("</span>"));
}

void StreamView::saveBytes(const QString& path) {
  if (!story_) return;
  save_job_.start([story = story_, way = bytes_->way(),
                   path](const PoolJob::Task& task) { return save_bytes(*story, way, path, task.stop); },
                  [this](const SavedBytes& saved) { setBytesAbout(saved_text(saved)); },
                  [this](const QString& what) { setBytesAbout(what); });
}

void StreamView::showMenu(size_t at, const QPoint& global) {
  const Transfer transfer = story_->transfers[at];
  const analyzer::EventRef event = story_->stream.pieces[transfer.piece].event;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("&Go to this call"), [this, event, ns = transfer.time_ns] { emit eventChosen(event, ns); });
  menu->addAction(open_.size() > at && open_[at] ? tr("Show &less of it") : tr("Show &all of it"),
                  [this, at] { emit conversation_->openRequested(at); });
  menu->addSeparator();
  menu->addAction(tr("&Copy as text"), [this] { emit copyRequested(conversation_->currentText()); });
  menu->addAction(tr("Copy stream as command &line"), [this] { emit copyRequested(commandLine()); });
  menu->popup(global);
}

void StreamView::showFacts() {
  EventFacts facts;
  auto add = [&](const QString& label, const QString& text, bool fixed = false) {
    PickedValue value;
    value.text = text;
    facts.lines.push_back({label, text, std::move(value), fixed});
  };
  if (story_ && !story_->transfers.empty()) {
    const StreamStory& story = *story_;
    add(tr("stream"), plain_text(story.stream.name, 400), true);
    add(tr("first"), moment_text(story.first_ns, 1000));
    add(tr("last"), moment_text(story.last_ns, 1000));
    uint64_t moved = 0, kept = 0;
    for (const StreamWay way : {StreamWay::kThrough, StreamWay::kOut, StreamWay::kIn}) {
      if (!story.uses(way)) continue;
      const WayStory& of = story.ways[static_cast<size_t>(way)];
      if (way != StreamWay::kThrough) add(way_arrow(way, true), story.wayText(way));
      auto side = [&](const QString& label, const StreamSide& one) {
        if (one.calls) add(label, tr("%1 B in %2 calls").arg(count_text(one.bytes), count_text(one.calls)));
      };
      side(tr("written"), of.written);
      side(tr("read"), of.read);
      const uint64_t bytes = std::max(of.written.bytes, of.read.bytes);
      moved += bytes;
      for (const OffsetRun& run : of.runs)
        if (run.known) kept += run.bytes;
    }
    add(tr("kept"), tr("%1 of %2 B").arg(count_text(kept), count_text(moved)));
    std::vector<int64_t> answers;
    for (const Transfer& transfer : story.transfers)
      if (transfer.answers_after_ns && transfer.way == StreamWay::kIn && *transfer.answers_after_ns >= 0)
        answers.push_back(*transfer.answers_after_ns);
    if (!answers.empty()) {
      std::sort(answers.begin(), answers.end());
      add(tr("answer after"), tr("median %1, at most %2")
                                  .arg(duration_text(static_cast<double>(answers[answers.size() / 2])),
                                       duration_text(static_cast<double>(answers.back()))));
    }
    if (story.stream.stopped) add(tr("stopped"), tr("this is what was known by then"));
  }
  facts_->setFacts(facts);
}

QString StreamView::commandLine() const {
  if (!recording_ || !target_) return {};
  analyzer::Asked asked;
  asked.argument = target_->target;
  if (target_->at_ns) asked.options["at"] = analyzer::moment_text(*target_->at_ns);
  if (shows_ == Shows::kHex) asked.options["hex"] = "";
  return QString::fromLocal8Bit(
      analyzer::command_line(recording_->files, *analyzer::find_question("stream"), asked).c_str());
}

}  // namespace ebpftrace::gui
