// SPDX-License-Identifier: Apache-2.0
#include "gui/filter/filter_field.h"

#include <QCoreApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QTextCharFormat>
#include <algorithm>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kMostShown = 10, kPopupWidth = 460;

}  // namespace

qsizetype bytes_before(const QString& text, qsizetype character) { return text.left(character).toUtf8().size(); }

qsizetype characters_before(const QString& text, qsizetype byte) {
  return QString::fromUtf8(text.toUtf8().left(byte)).size();
}

FilterField::FilterField(Workers& workers, QWidget* parent)
    : QLineEdit(parent),
      check_job_(workers, tr("Checking the filter"), this),
      offer_job_(workers, tr("Looking for completions"), this),
      popup_(new QListWidget(this)) {
  setFont(fixed_font(sizes::kFixedText));
  setPlaceholderText(tr("Type a condition, such as duration > 1ms && path ~ \"/etc\""));
  setAccessibleName(tr("Filter"));
  setMaxLength(32 * 1024);
  popup_->setWindowFlags(Qt::ToolTip);
  popup_->setFocusPolicy(Qt::NoFocus);
  popup_->setFocusProxy(this);
  popup_->setFrameShape(QFrame::Box);
  popup_->setUniformItemSizes(true);
  popup_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  popup_->setAccessibleName(tr("Completions"));
  popup_->hide();
  connect(popup_, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) { take(popup_->row(item)); });
  connect(this, &QLineEdit::textEdited, this, [this] {
    check(false);
    offer();
  });
}

void FilterField::setRecording(std::shared_ptr<const Recording> recording) {
  recording_ = std::move(recording);
  check_job_.cancel();
  offer_job_.cancel();
  popup_->hide();
}

void FilterField::setFilter(const QString& filter) {
  if (filter == text()) return;
  setText(filter);
  popup_->hide();
  setError({}, 0, 0);
}

void FilterField::accept() {
  popup_->hide();
  offer_job_.cancel();
  check(true);
}

void FilterField::check(bool accept_if_right) {
  const QString filter = text();
  if (!recording_ || filter.trimmed().isEmpty()) {
    check_job_.cancel();
    setError({}, 0, 0);
    if (accept_if_right) emit accepted({});
    return;
  }
  check_job_.start(
      [recording = recording_, text = filter.toStdString()](const PoolJob::Task&) {
        return analyzer::check_filter(*recording->session, "events", text);
      },
      [this, filter, accept_if_right](std::optional<analyzer::FilterMistake> error) {
        if (filter != text()) return;
        if (!error) {
          setError({}, 0, 0);
          if (accept_if_right) emit accepted(filter.trimmed());
          return;
        }
        const qsizetype from = characters_before(filter, static_cast<qsizetype>(error->offset));
        const qsizetype to = characters_before(filter, static_cast<qsizetype>(error->offset + error->length));
        // While somebody types, what is missing at the end is only not there yet.
        if (!accept_if_right && from >= filter.trimmed().size()) return setError({}, 0, 0);
        setError(QString::fromStdString(error->message), static_cast<int>(from), static_cast<int>(to - from));
      });
}

void FilterField::setError(const QString& message, int from, int length) {
  underline(from, message.isEmpty() ? 0 : std::max(1, length));
  if (message == error_) return;
  error_ = message;
  setAccessibleDescription(message);
  emit errorChanged(message, from);
}

// Formats of a line that is not rich text come by way of an input method that has nothing to say.
void FilterField::underline(int from, int length) {
  QList<QInputMethodEvent::Attribute> attributes;
  if (length) {
    QTextCharFormat format;
    format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
    format.setUnderlineColor(colours_for(palette()).error);
    format.setForeground(colours_for(palette()).error_text);
    attributes.append({QInputMethodEvent::TextFormat, from - cursorPosition(), length, format});
  }
  QInputMethodEvent event(QString(), attributes);
  QCoreApplication::sendEvent(this, &event);
}

void FilterField::offer() {
  if (!recording_) return;
  const QString filter = text();
  const auto cursor = static_cast<size_t>(bytes_before(filter, cursorPosition()));
  offer_job_.start(
      [recording = recording_, text = filter.toStdString(), cursor](const PoolJob::Task&) {
        return analyzer::complete_filter(*recording->session, "events", text, cursor);
      },
      [this, filter](analyzer::FilterChoices choices) {
        if (filter == text() && hasFocus()) showChoices(choices, filter);
      });
}

void FilterField::showChoices(const analyzer::FilterChoices& choices, const QString& of) {
  const std::string written =
      of.toUtf8().mid(static_cast<qsizetype>(choices.offset), static_cast<qsizetype>(choices.length)).toStdString();
  const bool done = choices.choices.size() == 1 && choices.choices[0].text == written;
  if (choices.choices.empty() || done) return popup_->hide();
  popup_->clear();
  offered_offset_ = choices.offset;
  offered_length_ = choices.length;
  for (const analyzer::FilterChoice& choice : choices.choices) {
    const QString text = QString::fromStdString(choice.text);
    auto* item = new QListWidgetItem(
        choice.doc.empty() ? text : text + QStringLiteral("   ") + QString::fromStdString(choice.doc), popup_);
    item->setData(Qt::UserRole, text);
  }
  popup_->setFont(fixed_font(sizes::kRulerText));
  const int rows = std::min<int>(kMostShown, popup_->count());
  popup_->resize(std::max(kPopupWidth, width() / 2), rows * popup_->sizeHintForRow(0) + 2 * popup_->frameWidth());
  popup_->move(mapToGlobal(QPoint(std::max(0, cursorRect().left() - 20), height() + 1)));
  popup_->setCurrentRow(-1);
  popup_->show();
}

void FilterField::take(int row) {
  const QListWidgetItem* item = popup_->item(row);
  if (!item) return;
  QByteArray bytes = text().toUtf8();
  const QByteArray chosen = item->data(Qt::UserRole).toString().toUtf8();
  bytes.replace(static_cast<qsizetype>(offered_offset_), static_cast<qsizetype>(offered_length_), chosen);
  const QString filter = QString::fromUtf8(bytes);
  setText(filter);
  setCursorPosition(
      static_cast<int>(characters_before(filter, static_cast<qsizetype>(offered_offset_) + chosen.size())));
  popup_->hide();
  check(false);
}

void FilterField::keyPressEvent(QKeyEvent* event) {
  const bool open = popup_->isVisible();
  switch (event->key()) {
    case Qt::Key_Down:
    case Qt::Key_Up: {
      if (!open) {
        offer();
        return;
      }
      const int step = event->key() == Qt::Key_Down ? 1 : -1, rows = popup_->count();
      const int now = popup_->currentRow();
      popup_->setCurrentRow(now < 0 ? (step > 0 ? 0 : rows - 1) : (now + step + rows) % rows);
      return;
    }
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (open && popup_->currentRow() >= 0)
        take(popup_->currentRow());
      else
        accept();
      return;
    case Qt::Key_Escape:
      if (open) {
        popup_->hide();
        return;
      }
      break;
    case Qt::Key_Space:
      if (event->modifiers() & Qt::ControlModifier) {
        offer();
        return;
      }
      break;
    default:
      break;
  }
  QLineEdit::keyPressEvent(event);
}

// Tab takes what is offered; it comes here before any key event.
bool FilterField::focusNextPrevChild(bool next) {
  if (!next || !popup_->isVisible()) return QLineEdit::focusNextPrevChild(next);
  take(std::max(0, popup_->currentRow()));
  return true;
}

void FilterField::focusOutEvent(QFocusEvent* event) {
  popup_->hide();
  QLineEdit::focusOutEvent(event);
}

}  // namespace ebpftrace::gui
