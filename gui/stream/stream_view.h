// SPDX-License-Identifier: Apache-2.0
// The tab of streams: which there are, what went through the one that is followed (in order of time, and by offset with the
// writer beside the reader), and its numbers. Reads on worker threads; another stream supersedes the one before. GUI thread.
#pragma once

#include <QLabel>
#include <QWidget>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/stream/bytes_view.h"
#include "gui/stream/conversation.h"
#include "gui/tables/result_view.h"
#include "gui/window/recording.h"
#include "gui/work/workers.h"

class QButtonGroup;
class QSplitter;
class QStackedWidget;
class QToolButton;

namespace ebpftrace::gui {

class FactsList;
class PaneHeader;

// What --stream is asked.
struct StreamTarget {
  std::string target;            // PID:FD or an address
  std::optional<int64_t> at_ns;  // PID:FD as it was then
  bool operator==(const StreamTarget&) const = default;
};

class StreamView : public QWidget {
  Q_OBJECT

 public:
  enum class Shows : uint8_t { kText, kHex, kBoth };

  explicit StreamView(Workers& workers, QWidget* parent = nullptr);

  void setRecording(std::shared_ptr<const Recording> recording);
  // The same one, of which there is more: the list is read anew when the view is next looked at, a stream when it is chosen.
  void grow(std::shared_ptr<const Recording> recording) {
    recording_ = std::move(recording);
    list_read_ = false;
  }
  void setLooked(bool at);
  void follow(const StreamTarget& target);
  // What the call was about. No descriptor: says so.
  void followEvent(const analyzer::EventRef& event);
  void setShows(Shows shows);
  QString commandLine() const;  // empty: nothing is followed
  // The bytes of the way that is shown by offset; what came of it is told beside its heading.
  void saveBytes(const QString& path);

  std::shared_ptr<const StreamStory> story() const { return story_; }
  ResultView& list() { return *list_; }
  Conversation& conversation() { return *conversation_; }
  BytesView& bytes() { return *bytes_; }
  QString problem() const { return problem_; }
  QString bytesText() const { return bytes_about_->text(); }  // who, or what came of saving

 signals:
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);
  void eventChosen(const ebpftrace::analyzer::EventRef& event, int64_t ns);
  void copyRequested(const QString& text);
  void followed();

 private:
  void makeList(QSplitter* into);
  void makeStory(QSplitter* into);
  void readList();
  void readStream();
  void tellLines();
  void show(std::shared_ptr<const StreamStory> story);
  void showProblem(const QString& what);
  void selectInList();
  void setBytesAbout(const QString& text);
  void showFacts();
  void chooseTransfer(size_t transfer);
  void showMenu(size_t transfer, const QPoint& global);

  PoolJob list_job_, stream_job_, lines_job_, save_job_;
  std::shared_ptr<const Recording> recording_;
  std::optional<StreamTarget> target_;
  std::optional<analyzer::EventRef> wanted_;  // its transfer is to be selected
  std::shared_ptr<const StreamStory> story_;
  std::vector<analyzer::StreamTotal> totals_;
  std::vector<bool> open_;
  Shows shows_ = Shows::kBoth;
  QString problem_;
  bool looked_at_ = false, list_read_ = false, selecting_ = false;

  ResultView* list_;
  QLabel *list_about_, *text_about_, *bytes_about_, *empty_;
  FactsList* facts_;
  Conversation* conversation_;
  BytesView* bytes_;
  QWidget *text_pane_, *bytes_pane_;
  QStackedWidget* stack_;
  QButtonGroup* shows_buttons_;
  QToolButton *way_, *save_, *command_;
};

}  // namespace ebpftrace::gui
