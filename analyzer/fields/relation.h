// SPDX-License-Identifier: Apache-2.0
// A relation: rows of one or several event types of a trace, and all fields that they have. This is where --filter, --by and
// --columns learn of a field. Made once for a Session, then immutable; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/fields/column.h"
#include "predicate/field.h"

namespace ebpftrace::analyzer {

// A hidden field: the process as a position in the thread table. Groups by pid are groups by this, as a pid that was used
// again is another process.
inline constexpr std::string_view kProcessIdentity = "(process)";

// Behind a predicate::Field of a relation: by event type, how its cells come about. In other types it is absent.
struct FieldColumns : predicate::FieldBacking {
  std::map<uint16_t, MakeColumn> by_type;
};

class Relation final : public predicate::FieldSet {
 public:
  // Rows of these types (none: of all events); those that the catalogue doesn't know are left out. Without a session it
  // only tells of its fields.
  Relation(const Session* session, const trace::Catalogue& catalogue, std::string name, std::string doc,
           std::vector<std::string_view> types);

  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  const std::vector<const EventType*>& types() const { return types_; }
  // In the order in which people see them. args.NAME is not among them.
  const std::vector<predicate::Field>& fields() const { return fields_; }
  const Session& session() const { return *session_; }
  const trace::Catalogue& catalogue() const { return catalogue_; }

  // Adds a field for an event type. One that is there already gets the type too, if it is of the same kind.
  void add(const EventType& type, predicate::Field field, MakeColumn make,
           const std::vector<std::string>& aliases = {});

  std::optional<predicate::Field> find(std::string_view name) const override;
  std::vector<predicate::NameAndDoc> names() const override;
  std::vector<predicate::NameAndDoc> functions() const override;
  predicate::OrRefusal<predicate::Field> call(std::string_view function,
                                              const std::vector<predicate::Argument>& arguments) const override;
  std::vector<predicate::VariantValue> variant_values(const predicate::Field& field,
                                                      std::string_view name) const override;
  std::vector<std::string> variant_names(const predicate::Field& field) const override;
  predicate::OrRefusal<uint64_t> moment(const predicate::Moment& moment) const override;
  // Processes, paths, calls.
  std::vector<std::string> values(const predicate::Field& field, std::string_view prefix, size_t most) const override;

 private:
  const Session* session_;
  const trace::Catalogue& catalogue_;
  std::string name_, doc_;
  std::vector<const EventType*> types_;
  std::vector<predicate::Field> fields_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

// All of them, in the order in which they are listed: names, what they are of, and their types (none: all events).
struct RelationName {
  std::string_view name, doc;
  std::vector<std::string_view> types;
};
const std::vector<RelationName>& relation_list();

// What each event type has: called by Relation's constructor.
void add_stored_fields(Relation& relation, const EventType& type);
void add_thread_fields(Relation& relation, const EventType& type);
void add_call_fields(Relation& relation, const EventType& type);
void add_event_fields(Relation& relation, const EventType& type);

// A column of a file's path, of a stored column that refers to it.
MakeColumn file_path_column(std::string stored);

// args.NAME of system calls; nothing if no call has an argument of that name.
std::optional<predicate::Field> find_argument(const Relation& relation, std::string_view name);
std::vector<predicate::NameAndDoc> argument_names(const Relation& relation);
std::vector<predicate::VariantValue> argument_values(const Relation& relation, std::string_view argument,
                                                     std::string_view name);
std::vector<std::string> argument_value_names(const Relation& relation, std::string_view argument);

// descends_from(P)
predicate::OrRefusal<predicate::Field> descends_from(const Relation& relation,
                                                     const std::vector<predicate::Argument>& arguments);

}  // namespace ebpftrace::analyzer
