// SPDX-License-Identifier: Apache-2.0
// What the window hands to those who keep and share.
#include "gui/share/save_dialog.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {

void MainWindow::showSaveDialog(bool picture) {
  if (!save_dialog_) {
    auto shown = [this] {
      SaveDialog::Shown now;
      now.recording = recording_;
      now.inquiry = scope_.now();
      const QuestionPage* page = pageAt(tabs_->currentIndex());
      const analyzer::Question* question = page ? &page->question() : analyzer::find_question("events");
      now.table = QString::fromUtf8(question->name.data(), static_cast<qsizetype>(question->name.size()));
      now.ask_table = [page, question](const Inquiry& inquiry) {
        return SavedTable{question, page ? page->asked(inquiry) : inquiry.asked()};
      };
      return now;
    };
    save_dialog_ = new SaveDialog(
        workers_, shown, [this](const QString& file) { return timeline_->exportImage(file); }, this);
    connect(&scope_, &Scope::changed, save_dialog_, &SaveDialog::showState);
    connect(tabs_, &QTabBar::currentChanged, save_dialog_, &SaveDialog::showState);
  }
  save_dialog_->show();
  save_dialog_->choose(picture ? SaveForm::Kind::kPicture : SaveForm::Kind::kTableCsv);
  save_dialog_->raise();
  save_dialog_->activateWindow();
}

}  // namespace ebpftrace::gui
