// SPDX-License-Identifier: Apache-2.0
#include "gui/filter/value_menu.h"

#include <QAction>

namespace ebpftrace::gui {
namespace {

// An ampersand in a menu is a shortcut, not a character.
QString menu_text(QString text) { return text.replace(u'&', QStringLiteral("&&")); }

}  // namespace

void fill_value_menu(QMenu& menu, const analyzer::Session& session, const PickedValue& value,
                     const ValueActions& actions) {
  menu.setToolTipsVisible(false);
  auto add_conditions = [&](const PickedValue& of, bool first) {
    const ValueConditions conditions = conditions_of(session, of);
    if (conditions.only.isEmpty()) return;
    const QString name = menu_text(QString::fromStdString(of.field)), shown = menu_text(short_value(of));
    menu.addAction((first ? QObject::tr("&Only %1 %2") : QObject::tr("Only %1 %2")).arg(name, shown),
                   [=] { actions.add_condition(conditions.only); });
    menu.addAction((first ? QObject::tr("&Exclude %1 %2") : QObject::tr("Exclude %1 %2")).arg(name, shown),
                   [=] { actions.add_condition(conditions.exclude); });
  };
  add_conditions(value, true);
  for (const PickedValue& other : value.others) add_conditions(other, false);
  const ValueConditions conditions = conditions_of(session, value);
  const QString field = menu_text(QString::fromStdString(value.field));
  if (!value.field.empty() && can_colour_by(session, value.field))
    menu.addAction(QObject::tr("Colour the timeline &by %1").arg(field),
                   [=] { actions.colour_by(QString::fromStdString(value.field)); });
  if (value.moment_ns && actions.go_to)
    menu.addAction(QObject::tr("&Go to this moment"), [=] { actions.go_to(*value.moment_ns); });
  if (actions.follow_stream) menu.addAction(QObject::tr("Follow &stream"), [=] { actions.follow_stream(); });
  if (!menu.isEmpty()) menu.addSeparator();
  if (!value.text.isEmpty()) menu.addAction(QObject::tr("&Copy value"), [=] { actions.copy(value.text); });
  if (!conditions.only.isEmpty())
    menu.addAction(QObject::tr("Copy as &filter"), [=] { actions.copy(conditions.only); });
  const QString command = value.command.isEmpty() ? actions.events_command(conditions.only) : value.command;
  if (!command.isEmpty()) menu.addAction(QObject::tr("Copy as command &line"), [=] { actions.copy(command); });
}

}  // namespace ebpftrace::gui
