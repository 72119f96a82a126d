// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/question_groups.h"

#include <QObject>
#include <algorithm>
#include <array>
#include <string_view>

#include "analyzer/api/command_line.h"
#include "analyzer/api/filter.h"
#include "gui/style/plain_text.h"

namespace ebpftrace::gui {
namespace {

struct Place {
  std::string_view question;
  const char* group;
  const char* title;
};
// In the order of tabs, and of questions within one.
constexpr std::array<Place, 19> kPlaces = {{
    {"tree", QT_TRANSLATE_NOOP("QObject", "Processes"), QT_TRANSLATE_NOOP("QObject", "Tree")},
    {"ps", QT_TRANSLATE_NOOP("QObject", "Processes"), QT_TRANSLATE_NOOP("QObject", "At a moment")},
    {"memory", QT_TRANSLATE_NOOP("QObject", "Processes"), QT_TRANSLATE_NOOP("QObject", "Memory")},
    {"cpu", QT_TRANSLATE_NOOP("QObject", "Processes"), QT_TRANSLATE_NOOP("QObject", "CPU time")},
    {"top_io", QT_TRANSLATE_NOOP("QObject", "I/O"), QT_TRANSLATE_NOOP("QObject", "By process")},
    {"histogram", QT_TRANSLATE_NOOP("QObject", "I/O"), QT_TRANSLATE_NOOP("QObject", "Histogram")},
    {"top_files", QT_TRANSLATE_NOOP("QObject", "Files"), QT_TRANSLATE_NOOP("QObject", "Used")},
    {"lsof", QT_TRANSLATE_NOOP("QObject", "Files"), QT_TRANSLATE_NOOP("QObject", "Open at a moment")},
    {"open_files", QT_TRANSLATE_NOOP("QObject", "Files"), QT_TRANSLATE_NOOP("QObject", "Open at the start")},
    {"syscalls", QT_TRANSLATE_NOOP("QObject", "Calls"), QT_TRANSLATE_NOOP("QObject", "By name")},
    {"slowest", QT_TRANSLATE_NOOP("QObject", "Calls"), QT_TRANSLATE_NOOP("QObject", "Slowest")},
    {"errors", QT_TRANSLATE_NOOP("QObject", "Calls"), QT_TRANSLATE_NOOP("QObject", "Errors")},
    {"blocked", QT_TRANSLATE_NOOP("QObject", "Calls"), QT_TRANSLATE_NOOP("QObject", "Waiting")},
    {"network", QT_TRANSLATE_NOOP("QObject", "Network"), QT_TRANSLATE_NOOP("QObject", "Traffic")},
    {"ss", QT_TRANSLATE_NOOP("QObject", "Network"), QT_TRANSLATE_NOOP("QObject", "Sockets at a moment")},
    {"security", QT_TRANSLATE_NOOP("QObject", "Findings"), QT_TRANSLATE_NOOP("QObject", "Network rules")},
    {"metrics", QT_TRANSLATE_NOOP("QObject", "Machine"), QT_TRANSLATE_NOOP("QObject", "Counters")},
    {"summary", QT_TRANSLATE_NOOP("QObject", "Recording"), QT_TRANSLATE_NOOP("QObject", "Summary")},
    {"verify", QT_TRANSLATE_NOOP("QObject", "Recording"), QT_TRANSLATE_NOOP("QObject", "Check the file")},
}};

const Place* place_of(const analyzer::Question& question) {
  const auto found =
      std::find_if(kPlaces.begin(), kPlaces.end(), [&](const Place& place) { return place.question == question.name; });
  return found == kPlaces.end() ? nullptr : &*found;
}

}  // namespace

namespace {

QString title_of(const analyzer::Question& question) {
  if (const Place* place = place_of(question)) return QObject::tr(place->title);
  QString name = plain_text(question.name).replace(u'_', u' ');
  if (!name.isEmpty()) name[0] = name[0].toUpper();
  return name;
}

void add_entries(QuestionGroup& group, const analyzer::Question& question) {
  if (!question.answer) return;  // it prints: too many rows for a table
  const analyzer::QuestionArgument& argument = question.takes.argument;
  if (argument.values.empty() && (argument.type.empty() || argument.optional))
    return group.entries.push_back({&question, {}, title_of(question)});
  // What needs a value that only somebody can give is no tab.
  for (const std::string_view value : argument.values)
    group.entries.push_back(
        {&question, std::string(value), title_of(question) + QStringLiteral(": ") + plain_text(value)});
}

}  // namespace

std::vector<QuestionGroup> question_groups() {
  std::vector<QuestionGroup> groups;
  auto add = [&](const QString& name, const analyzer::Question& question) {
    auto found = std::find_if(groups.begin(), groups.end(), [&](const QuestionGroup& one) { return one.name == name; });
    if (found == groups.end()) found = groups.insert(groups.end(), {name, {}});
    add_entries(*found, question);
    if (found->entries.empty()) groups.erase(found);
  };
  for (const Place& place : kPlaces)
    if (const analyzer::Question* question = analyzer::find_question(place.question))
      add(QObject::tr(place.group), *question);
  for (const analyzer::Question* question : analyzer::all_questions())
    if (!place_of(*question)) add(QObject::tr("More"), *question);
  return groups;
}

QString recorded_with(const analyzer::Question& question) {
  if (question.name == "network") return QObject::tr("No packets were recorded: ebpf-record --xdp INTERFACE does.");
  if (question.name == "security")
    return QObject::tr("Network rules found nothing: ebpf-record --xdp INTERFACE --rules FILE has them checked.");
  if (question.name == "metrics") return QObject::tr("No counters of the machine were recorded (--interval).");
  return {};
}

FittedQuestion fit(const analyzer::Session& session, const QuestionEntry& entry, const Inquiry& inquiry) {
  const analyzer::Question& question = *entry.question;
  using Over = analyzer::Takes::Over;
  FittedQuestion fitted;
  fitted.asked = inquiry.asked();
  fitted.asked.argument = entry.argument;
  // State at a moment: that of the playhead, else that of the end of the range.
  const bool at_a_moment = std::any_of(question.takes.options.begin(), question.takes.options.end(),
                                       [](const analyzer::QuestionOption& option) { return option.name == "at"; });
  const std::optional<int64_t> moment = inquiry.moment  ? inquiry.moment
                                        : inquiry.range ? std::optional(inquiry.range->to_ns)
                                                        : std::nullopt;
  if (at_a_moment && moment) fitted.asked.options["at"] = analyzer::moment_text(*moment);
  QStringList out;
  if (question.takes.time == Over::kNothing && inquiry.range && at_a_moment) {
    fitted.asked.from.clear();
    fitted.asked.to.clear();
  } else if (question.takes.time == Over::kNothing && inquiry.range) {
    fitted.asked.from.clear();
    fitted.asked.to.clear();
    out += QObject::tr("the range");
  }
  if (!fitted.asked.filter.empty() && question.takes.filter != Over::kEvents) {
    // A condition over events can also be one over these rows, if they have such columns.
    std::vector<std::string> kept;
    bool all = true;
    for (const std::string& condition : analyzer::filter_conditions(fitted.asked.filter)) {
      if (question.takes.filter == Over::kRows && !analyzer::check_filter(session, question, condition))
        kept.push_back(condition);
      else
        all = false;
    }
    fitted.asked.filter = analyzer::all_of(kept);
    if (!all) out += kept.empty() ? QObject::tr("the filter") : QObject::tr("part of the filter");
  }
  if (!out.isEmpty())
    fitted.left_out =
        QObject::tr("Not limited by %1: these rows don't have what it is about.").arg(out.join(QObject::tr(" and ")));
  return fitted;
}

}  // namespace ebpftrace::gui
