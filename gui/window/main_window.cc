// SPDX-License-Identifier: Apache-2.0
#include "gui/window/main_window.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QSettings>
#include <QStatusBar>
#include <QTimer>
#include <QUrl>

#include "analyzer/api/command_line.h"
#include "analyzer/api/filter.h"
#include "gui/live/follower.h"
#include "gui/notes/sidecar.h"
#include "gui/style/palette.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/tables/cell_text.h"
#include "gui/work/preferences.h"

namespace ebpftrace::gui {
namespace {

constexpr int kMostRecent = 10, kViewDelayMs = 150, kMessageMs = 4000;

}  // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent),
      open_job_(workers_, tr("Opening"), this),
      search_job_(workers_, tr("Searching"), this),
      range_job_(workers_, tr("Finding the moment"), this),
      moment_job_(workers_, tr("Finding the moment"), this) {
  setWindowTitle(QStringLiteral("ebpf-view"));
  setAcceptDrops(true);
  actions_ = new Actions(this);
  view_timer_ = new QTimer(this);
  view_timer_->setSingleShot(true);
  view_timer_->setInterval(kViewDelayMs);
  makePanes();
  makeActions();
  makeToolbar();
  makeStatusBar();
  connectParts();
  setRecording(nullptr);
  updateStatus();
  resize(1280, 800);
}

MainWindow::~MainWindow() {
  saveNotesNow();
  workers_.cancelAll();
}

void MainWindow::apply(const ViewOptions& options) {
  pending_ = options;
  if (options.size.isValid()) resize(options.size);
  if (!options.files.empty()) openFiles(options.files);
}

void MainWindow::openFiles(const std::vector<std::string>& files) {
  open_error_.clear();
  empty_text_->setText(tr("Opening %1…").arg(plain_text(files.front(), 80)));
  open_job_.start([files](const PoolJob::Task& task) { return open_recording(files, task); },
                  [this, files](std::shared_ptr<const Recording> recording) {
                    remember(files);
                    setRecording(std::move(recording));
                    emit opened();
                  },
                  [this](const QString& what) { showError(what); });
}

void MainWindow::showError(const QString& what) {
  open_error_ = what;
  if (!recording_) {
    empty_text_->setText(what);
    centre_->setCurrentIndex(0);
  }
  banner_->setWarning({tr("It could not be opened"), what, {}, Warning::Does::kNothing});
  emit openFailed(what);
  emit settledChanged();
}

void MainWindow::setRecording(std::shared_ptr<const Recording> recording) {
  saveNotesNow();
  recording_ = std::move(recording);
  timeline_loaded_ = timeline_failed_ = timeline_grows_ = is_broken_ = false;
  restoring_ = true;
  scope_.forget();
  restoring_ = false;
  const bool open = recording_ != nullptr;
  timeline_->setSession(open ? recording_->session : nullptr);
  filter_bar_->setRecording(recording_);
  event_source_->setRecording(recording_);
  event_table_->clearCurrent();
  for (QuestionPage* page : pages_) page->setRecording(recording_);
  moment_->setRecording(recording_);
  streams_->setRecording(recording_);
  selection_->setRecording(recording_);
  details_->setRecording(recording_);
  loss_->setRecording(recording_.get());
  banner_->setWarning(open ? warning_about(*recording_) : Warning{});
  centre_->setCurrentIndex(open ? 1 : 0);
  if (!open) empty_text_->setText(tr("Open a trace, or record one."));
  follower_->setRecording(recording_);
  loadNotes();
  showTitle();
  setWindowTitle(open ? recording_->title() + QStringLiteral(" – ebpf-view") : QStringLiteral("ebpf-view"));
  for (const ActionEntry& entry : actions_->list())
    if (entry.action->data().toString() == QLatin1String("needs recording")) entry.action->setEnabled(open);
  range_->setEnabled(open);
  search_->setEnabled(open);
  if (!open) return;
  if (!pending_.view.isEmpty() && !showView(pending_.view))
    message_->setText(tr("There is no view %1.").arg(pending_.view));
  pending_.view.clear();
  if (!pending_.filter.isEmpty()) {
    filter_bar_->field().setFilter(pending_.filter);
    pending_.filter.clear();
    filter_bar_->field().accept();  // as if it had been typed: an error is shown where it is
  }
  showTab(tabs_->currentIndex());
  askAll();
}

// ---- what is asked about ----

void MainWindow::askAll() {
  if (!recording_ || restoring_) return;
  const Inquiry& inquiry = scope_.now();
  timeline_->setFilter(inquiry.filter);
  event_source_->ask(inquiry);
  for (QuestionPage* page : pages_) page->ask(inquiry);
  moment_->ask(inquiry);
  replay_->setRange(inquiry.range);
  askAboutView();
  updateCounts();
  actions_->find("undo")->setEnabled(scope_.canUndo());
  actions_->find("redo")->setEnabled(scope_.canRedo());
}

void MainWindow::askAboutView() {
  if (!recording_) return;
  selection_->ask(scope_.now(), timeline_loaded_
                                    ? timeline_->range()
                                    : analyzer::TimeSpan{0, std::max<int64_t>(1, recording_->duration_ns)});
}

void MainWindow::updateCounts() {
  if (!recording_) return filter_bar_->setCounts({});
  const QString least = recording_->countsAreLeast() ? QStringLiteral("≥ ") : QString();
  tabs_->setTabText(
      0, event_source_->counted() ? tr("Events  %1%2").arg(least, count_text(event_source_->rows())) : tr("Events"));
  if (!event_source_->counted()) return filter_bar_->setCounts(tr("counting…"));
  const Inquiry& inquiry = scope_.now();
  const uint64_t hidden = recording_->events - std::min(recording_->events, event_source_->rows());
  if (!inquiry.filter.isEmpty())
    event_table_->setWhyEmpty(tr("No event matches; %1%2 are hidden by the filter.").arg(least, count_text(hidden)),
                              tr("Clear filter"));
  else if (inquiry.range || !inquiry.lanes.isEmpty())
    event_table_->setWhyEmpty(
        tr("No event began in what is selected; %1%2 are outside of it.").arg(least, count_text(hidden)),
        tr("Clear selection"));
  else
    event_table_->setWhyEmpty(tr("No event was recorded."), {});
  if (inquiry.whole_filter().empty() && !inquiry.range)
    filter_bar_->setCounts(tr("%1%2 events").arg(least, count_text(event_source_->rows())));
  else
    filter_bar_->setCounts(
        tr("%1%2 of %3 events match").arg(least, count_text(event_source_->rows()), count_text(recording_->events)));
}

void MainWindow::selectEvent(const analyzer::EventRef& event, bool from_timeline) {
  details_->selectEvent(event);
  details_->setPosition({});
  if (from_timeline)
    event_table_->selectEvent(event);
  else
    timeline_->goTo(event);
}

void MainWindow::step(int by) {
  const auto row = event_table_->currentRow();
  if (!row || (by < 0 && *row == 0)) return;
  event_table_->setCurrentRow(by < 0 ? *row - 1 : *row + 1);
}

void MainWindow::goToMoment(int64_t ns) {
  timeline_->goToTime(ns);
  timeline_->setPlayhead(ns);
  event_table_->showTime(ns);
}

QString MainWindow::eventsCommand(const QString& more_filter) const {
  if (!recording_) return {};
  analyzer::Asked asked = scope_.now().asked();
  if (!more_filter.isEmpty()) {
    const std::string parts[] = {asked.filter, more_filter.toStdString()};
    asked.filter = analyzer::all_of(parts);
  }
  return QString::fromLocal8Bit(
      analyzer::command_line(recording_->files, *analyzer::find_question("events"), asked).c_str());
}

void MainWindow::copy(const QString& text) {
  QApplication::clipboard()->setText(text);
  message_->setText(tr("Copied: %1").arg(text.left(120)));
  QTimer::singleShot(kMessageMs, message_, &QLabel::clear);
}

void MainWindow::showValueMenu(const PickedValue& value, const QPoint& global) {
  if (!recording_) return;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  ValueActions actions;
  actions.add_condition = [this](const QString& condition) { scope_.addCondition(condition); };
  actions.colour_by = [this](const QString& field) { timeline_->setColourBy(field); };
  actions.copy = [this](const QString& text) { copy(text); };
  actions.go_to = [this](int64_t ns) { goToMoment(ns); };
  if (!value.stream.empty() || value.event) actions.follow_stream = [this, value] { followStream(value); };
  actions.events_command = [this](const QString& filter) { return eventsCommand(filter); };
  fill_value_menu(*menu, *recording_->session, value, actions);
  if (menu->isEmpty())
    menu->deleteLater();
  else
    menu->popup(global);
}

// "Find" goes to the next event whose process, call, path or arguments hold the text; it does not hide the others.
void MainWindow::search(const QString& text, bool forwards) {
  if (!recording_ || text.trimmed().isEmpty()) return;
  struct Found {
    std::optional<analyzer::EventRef> event;
  };
  std::optional<int64_t> from;
  if (const auto row = event_table_->currentRow())
    if (const analyzer::EventRow* held = event_source_->heldRow(*row)) from = held->time_ns;
  search_job_.start(
      [recording = recording_, inquiry = scope_.now(), text = text.trimmed().toStdString(), from,
       forwards](const PoolJob::Task& task) {
        // A text is looked for as it is; who wants a pattern writes a filter.
        const std::string quoted = *analyzer::condition_for(*recording->session, "events", "process", text, false);
        const std::string value = quoted.substr(quoted.find('"'));
        std::string pattern = "\"";
        for (const char c : std::string_view(value).substr(1, value.size() - 2)) {
          if (std::string_view(".^$|()[]{}*+?").find(c) != std::string_view::npos) pattern += '\\';
          pattern += c;
        }
        pattern += '"';
        const std::string parts[] = {
            inquiry.whole_filter(), "(process ~ " + pattern + " or event ~ " + pattern + " or path ~ " + pattern + ")"};
        std::optional<int64_t> begin, end;
        if (inquiry.range) {
          begin = inquiry.range->from_ns;
          end = inquiry.range->to_ns;
        }
        analyzer::EventRows rows(*recording->session, analyzer::all_of(parts), begin, end);
        Found found;
        if (!rows.count(task.stop,
                        [&](const analyzer::Progress& progress) { task.tell(progress.done, progress.all); }) ||
            !rows.rows())
          return found;
        const uint64_t place = from ? rows.offset_of(forwards ? *from + 1 : *from) : 0;
        const uint64_t wanted = forwards ? (place < rows.rows() ? place : 0) : (place ? place - 1 : rows.rows() - 1);
        const auto read = rows.read(wanted, 1, task.stop);
        if (!read.empty()) found.event = read.front().ref;
        return found;
      },
      [this, text](Found found) {
        if (!found.event) {
          message_->setText(tr("Nothing has “%1” in its process, call or path.").arg(text));
          QTimer::singleShot(kMessageMs, message_, &QLabel::clear);
          return;
        }
        timeline_->goTo(*found.event);
        details_->selectEvent(*found.event);
        event_table_->selectEvent(*found.event);
      },
      [this](const QString& what) { message_->setText(what.section(u'\n', 0, 0)); });
}

void MainWindow::setRangeFromText(const QString& text) {
  if (!recording_) return;
  const QString trimmed = text.trimmed();
  if (trimmed.isEmpty() || trimmed == QLatin1String("..")) return scope_.setRange({});
  const qsizetype dots = trimmed.indexOf(QLatin1String(".."));
  analyzer::Asked asked;
  // One moment alone: go there.
  asked.from = (dots < 0 ? trimmed : trimmed.left(dots).trimmed()).toStdString();
  asked.to = dots < 0 ? std::string() : trimmed.mid(dots + 2).trimmed().toStdString();
  range_job_.start(
      [recording = recording_, asked](const PoolJob::Task&) { return moments_of(*recording, asked.from, asked.to); },
      [this, only_moment = dots < 0](analyzer::TimeSpan span) {
        range_->clearFocus();
        updateRangeText();
        if (only_moment) return goToMoment(span.from_ns);
        timeline_->selectRange(span);
        scope_.setRange(span);
        timeline_->fitSelection();
      },
      [this](const QString& what) {
        message_->setText(what.section(u'\n', 0, 0));
        updateRangeText();
      });
}

void MainWindow::doWarning(Warning::Does does) {
  switch (does) {
    case Warning::Does::kShowLosses: {
      if (!timeline_loaded_ || !timeline_->timeline()) return;
      const auto& losses = timeline_->timeline()->losses();
      if (losses.empty()) return;
      analyzer::TimeSpan span = losses.front().span;
      for (const analyzer::LossSpan& loss : losses) {
        span.from_ns = std::min(span.from_ns, loss.span.from_ns);
        span.to_ns = std::max(span.to_ns, loss.span.to_ns);
      }
      const int64_t margin = std::max<int64_t>(span.length_ns() / 10, 1000);
      timeline_->showRange({span.from_ns - margin, span.to_ns + margin});
      timeline_->selectRange(span);
      break;
    }
    case Warning::Does::kOpenAgain:
      openFiles(std::vector<std::string>(recording_->files));
      break;
    case Warning::Does::kShowDamage:
      showTable(QStringLiteral("verify"));
      break;
    default:
      break;
  }
}

// ---- files ----

void MainWindow::chooseFiles() {
  const QStringList names =
      QFileDialog::getOpenFileNames(this, tr("Open a trace"), {}, tr("Traces (*.trace);;All files (*)"));
  std::vector<std::string> files;
  for (const QString& name : names) files.push_back(QFile::encodeName(name).toStdString());
  if (!files.empty()) openFiles(files);
}

void MainWindow::clearSelection() {
  timeline_->clearSelection();
  scope_.setSelection({}, {});
  event_table_->clearCurrent();
  details_->clear();
}

void MainWindow::remember(const std::vector<std::string>& files) {
  if (!pending_.screenshot.isEmpty()) return;
  QSettings settings;
  if (!Preferences::read(settings).remember_recent) return;
  QStringList recent = settings.value(QStringLiteral("recent")).toStringList();
  QStringList names;
  for (const std::string& file : files) names += QFileInfo(QFile::decodeName(file.c_str())).absoluteFilePath();
  const QString joined = names.join(u'\n');
  recent.removeAll(joined);
  recent.prepend(joined);
  while (recent.size() > kMostRecent) recent.removeLast();
  settings.setValue(QStringLiteral("recent"), recent);
}

void MainWindow::fillRecent() {
  QMenu* menu = recent_;
  menu->clear();
  for (const QString& joined : QSettings().value(QStringLiteral("recent")).toStringList()) {
    const QStringList names = joined.split(u'\n');
    QString text = plain_text(names.front().toUtf8().toStdString(), 100);
    if (names.size() > 1) text += tr(" and %1 more").arg(names.size() - 1);
    menu->addAction(text.replace(u'&', QStringLiteral("&&")), this, [this, names] {
      std::vector<std::string> files;
      for (const QString& name : names) files.push_back(QFile::encodeName(name).toStdString());
      openFiles(files);
    });
  }
  menu->setEnabled(!menu->isEmpty());
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  std::vector<std::string> files;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile()) files.push_back(QFile::encodeName(url.toLocalFile()).toStdString());
  if (files.empty()) return;
  event->acceptProposedAction();
  openFiles(files);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (endRecorderFirst()) return event->ignore();
  if (pending_.screenshot.isEmpty()) {
    QSettings settings;
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
  }
  QMainWindow::closeEvent(event);
}

QString MainWindow::shownTable() const {
  const int tab = tabs_->currentIndex();
  if (tab == momentTab() || tab == streamsTab()) return tabs_->tabText(tab).toLower();
  if (tab <= 0) return QStringLiteral("events");
  const std::string_view question = pageAt(tab)->question().name;
  return QString::fromUtf8(question.data(), static_cast<qsizetype>(question.size()));
}

bool MainWindow::showTable(const QString& name) {
  const QString wanted = QString(name).replace(u'-', u'_').toLower();
  if (wanted == QLatin1String("events")) {
    tabs_->setCurrentIndex(0);
    return true;
  }
  for (const int tab : {momentTab(), streamsTab()})
    if (wanted == tabs_->tabText(tab).toLower() || (tab == streamsTab() && wanted == QLatin1String("stream"))) {
      tabs_->setCurrentIndex(tab);
      return true;
    }
  for (size_t i = 0; i < pages_.size(); ++i) {
    const QuestionGroup& group = pages_[i]->group();
    bool found =
        group.name.toLower() == wanted || (wanted == QLatin1String("io") && group.name == QLatin1String("I/O"));
    for (size_t entry = 0; entry < group.entries.size() && !found; ++entry)
      if (wanted.toStdString() == group.entries[entry].question->name) {
        pages_[i]->showEntry(entry);
        found = true;
      }
    if (!found) continue;
    tabs_->setCurrentIndex(tab_stack_->indexOf(pages_[i]));
    return true;
  }
  return false;
}

QuestionPage* MainWindow::pageAt(int tab) const { return qobject_cast<QuestionPage*>(tab_stack_->widget(tab)); }

void MainWindow::showTab(int index) {
  tab_stack_->setCurrentIndex(index);
  // The filter bar has that of the events; those of a moment and of a stream have their own.
  QuestionPage* const looked = pageAt(index);
  tab_command_->setVisible(looked != nullptr);
  showMomentTab(index);
  for (QuestionPage* page : pages_) page->setLooked(page == looked);
}

bool MainWindow::settled() const {
  if (!workers_.idle() || timeline_grows_) return false;
  if (!open_error_.isEmpty()) return true;
  return recording_ && (timeline_loaded_ || timeline_failed_) && timeline_progress_ >= 1 && !view_timer_->isActive();
}

}  // namespace ebpftrace::gui
