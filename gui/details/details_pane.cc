// SPDX-License-Identifier: Apache-2.0
#include "gui/details/details_pane.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "gui/details/pane_header.h"
#include "gui/style/icons.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

QToolButton* step_button(Icon icon, const QString& name, QWidget* parent) {
  auto* button = new QToolButton(parent);
  button->setAutoRaise(true);
  button->setIcon(themed_icon(icon));
  button->setAccessibleName(name);
  button->setToolTip(name);
  return button;
}

}  // namespace

DetailsPane::DetailsPane(Workers& workers, QWidget* parent)
    : QWidget(parent),
      job_(workers, tr("Reading the event"), this),
      medians_job_(workers, tr("Summing up calls"), this) {
  setAccessibleName(tr("Details"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* header = new PaneHeader(tr("Details"), this);
  position_ = header->about();
  previous_ = step_button(Icon::kPrevious, tr("Previous event of the table"), this);
  next_ = step_button(Icon::kNext, tr("Next event of the table"), this);
  header->addTool(previous_);
  header->addTool(next_);
  column->addWidget(header);

  content_ = new QWidget(this);
  content_->setAutoFillBackground(true);
  content_->setBackgroundRole(QPalette::Base);
  auto* inside = new QVBoxLayout(content_);
  inside->setContentsMargins(0, 8, 0, 0);
  inside->setSpacing(4);
  headline_ = new CallLine(content_);
  inside->addWidget(headline_);
  remark_ = new QLabel(content_);
  remark_->setTextFormat(Qt::PlainText);
  remark_->setWordWrap(true);
  remark_->setContentsMargins(sizes::kWidePadding, 0, sizes::kWidePadding, 0);
  remark_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  inside->addWidget(remark_);
  QFont fixed = fixed_font(sizes::kBaseText);
  fixed.setWeight(QFont::DemiBold);
  headline_->setFont(fixed);
  remark_->setFont(text_font(sizes::kBaseText));
  facts_ = new FactsList(content_);
  inside->addWidget(facts_, 1);
  auto* buttons = new QHBoxLayout;
  buttons->setContentsMargins(sizes::kWidePadding, 6, sizes::kWidePadding, 6);
  buttons->setSpacing(sizes::kPadding);
  only_file_ = new QPushButton(tr("Only this file"), content_);
  only_process_ = new QPushButton(tr("Only this process"), content_);
  only_call_ = new QPushButton(tr("Only such calls"), content_);
  for (QPushButton* button : {only_file_, only_process_, only_call_}) {
    button->setFont(text_font(sizes::kBaseText));
    buttons->addWidget(button);
  }
  buttons->addStretch(1);
  inside->addLayout(buttons);
  column->addWidget(content_, 1);
  empty_ = new QLabel(tr("Select an event in the timeline or the table."), this);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  empty_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  empty_->setBackgroundRole(QPalette::Base);
  empty_->setAutoFillBackground(true);
  empty_->setMargin(16);
  column->addWidget(empty_, 1);

  connect(previous_, &QToolButton::clicked, this, [this] { emit stepRequested(-1); });
  connect(next_, &QToolButton::clicked, this, [this] { emit stepRequested(1); });
  connect(only_file_, &QPushButton::clicked, this, [this] { emit conditionRequested(file_condition_); });
  connect(only_process_, &QPushButton::clicked, this, [this] { emit conditionRequested(process_condition_); });
  connect(only_call_, &QPushButton::clicked, this, [this] { emit conditionRequested(call_condition_); });
  connect(facts_, &FactsList::valueMenuRequested, this, &DetailsPane::valueMenuRequested);
  clear();
}

void DetailsPane::setRecording(std::shared_ptr<const Recording> recording) {
  job_.cancel();
  medians_job_.cancel();
  recording_ = std::move(recording);
  events_.reset();
  medians_.reset();
  clear();
  if (!recording_) return;
  medians_job_.start(
      [recording = recording_](const PoolJob::Task& task) -> std::shared_ptr<const CallMedians> {
        return std::make_shared<CallMedians>(*recording, task.stop);
      },
      [this](std::shared_ptr<const CallMedians> medians) { medians_ = std::move(medians); });
}

// Medians so far are good enough to compare with until the recording is opened anew.
void DetailsPane::grow(std::shared_ptr<const Recording> recording) {
  recording_ = std::move(recording);
  events_.reset();
}

void DetailsPane::clear() {
  job_.cancel();
  event_.reset();
  content_->hide();
  empty_->show();
  position_->clear();
  previous_->setEnabled(false);
  next_->setEnabled(false);
}

void DetailsPane::setPosition(const QString& text) { position_->setText(text); }

void DetailsPane::selectEvent(const analyzer::EventRef& event) {
  if (!recording_) return;
  event_ = event;
  job_.start(
      [recording = recording_, events = events_, medians = medians_, event](const PoolJob::Task&) mutable {
        if (!events)
          events = std::shared_ptr<analyzer::EventRows>(new analyzer::EventRows(*recording->session, {}, {}, {}),
                                                        [recording](analyzer::EventRows* all) { delete all; });
        EventFacts facts = event_facts(*events, event, medians.get());
        return std::pair(events, std::move(facts));
      },
      [this](auto&& found) {
        events_ = found.first;
        show(found.second);
      },
      [this](const QString& what) {
        clear();
        empty_->setText(what);
      });
}

void DetailsPane::show(const EventFacts& facts) {
  if (!facts.row) return clear();
  content_->show();
  empty_->hide();
  previous_->setEnabled(true);
  next_->setEnabled(true);
  headline_->setText(facts.headline);
  remark_->setText(facts.remark);
  remark_->setVisible(!facts.remark.isEmpty());
  QPalette palette = remark_->palette();
  const Colours& colours = colours_for(this->palette());
  palette.setColor(QPalette::WindowText, facts.remark_is_warning ? colours.warning : colours.muted);
  remark_->setPalette(palette);
  facts_->setFacts(facts);
  auto condition = [&](const char* field) {
    for (const auto* list : {&facts.lines, &facts.fields})
      for (const EventFacts::Line& line : *list)
        if (line.value.field == field) return conditions_of(*recording_->session, line.value).only;
    return QString();
  };
  file_condition_ = condition("path");
  process_condition_ = condition("pid");
  call_condition_ = condition("event");
  only_file_->setVisible(!file_condition_.isEmpty());
  only_process_->setVisible(!process_condition_.isEmpty());
  only_call_->setVisible(!call_condition_.isEmpty());
}

}  // namespace ebpftrace::gui
