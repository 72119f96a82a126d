// SPDX-License-Identifier: Apache-2.0
// ClickHouse over HTTP: several shards, each of one or more replicas; any replica of a shard will do, and one that doesn't answer
// is left for the next. User and password go in headers, never in an address or a message. One thread for each object.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ship/kafka/settings.h"

namespace ebpftrace::ship {

struct ClickHouseError : std::runtime_error {
  ClickHouseError(const std::string& message, bool worth_retrying)
      : std::runtime_error(message), passes(worth_retrying) {}
  bool passes;  // it may work later: no connection, overloaded, read-only for lack of ZooKeeper. Else it won't
};

struct ClickHouseAddress {
  std::vector<std::vector<std::string>> shards;  // http://HOST:PORT of the replicas
  std::string database = "ebpf";
  std::string user, password;
  std::string ca_file;
  std::string replicated;                       // path in ZooKeeper; empty: tables are not replicated
  std::map<std::string, std::string> settings;  // of the server, sent along with every insert
};

// clickhouse.shard.1=URL URL, clickhouse.shard.2 …, clickhouse.url=URL (one shard), .database, .user, .password, .ca, .replicated,
// .setting.NAME. `url` is what the command line says instead. Throws SettingsError.
ClickHouseAddress clickhouse_address(const Settings& settings, const std::string& url);

struct TableShape;

class ClickHouse {
 public:
  explicit ClickHouse(ClickHouseAddress address);
  ~ClickHouse();
  ClickHouse(const ClickHouse&) = delete;

  const ClickHouseAddress& address() const { return address_; }
  size_t shards() const { return address_.shards.size(); }

  // The answer's body, by any replica. {db} in it is the database. Throws ClickHouseError.
  std::string ask(size_t shard, std::string sql);
  // The same of every shard, one after the other.
  std::string ask_all(const std::string& sql);
  // Of every replica of a shard, one after the other: a replica that lags behind doesn't know what another one has taken. All of
  // them must answer.
  std::string ask_replicas(size_t shard, const std::string& sql);
  // Waits until the replica that answers has what the others have, if tables are replicated.
  void catch_up();
  // Of one replica.
  std::string ask_replica(size_t shard, size_t replica, std::string sql);
  // A block in the Native format. The token tells newer servers that it is the same one again.
  void insert(size_t shard, const std::string& table, std::string_view block, const std::string& token);
  // Makes database and tables where they are missing, on every replica. Tables that lack a column are a ClickHouseError that
  // does not pass.
  void make_tables();

 private:
  struct Connection;
  std::string send(size_t shard, size_t replica, const std::map<std::string, std::string>& parameters,
                   std::string_view body);
  std::string send_any(size_t shard, const std::map<std::string, std::string>& parameters, std::string_view body);
  bool knows_tokens(size_t shard);
  void check_tables(const std::vector<TableShape>& tables, size_t shard, size_t replica);

  ClickHouseAddress address_;
  std::unique_ptr<Connection> connection_;
  std::vector<size_t> preferred_;  // replica of each shard that answered last
  std::map<size_t, bool> tokens_;  // by shard
};

// Tries again until it is done, stopped, or hopeless: tell gets a line now and then. False: stopped. Throws ClickHouseError.
bool until_taken(const std::stop_token& stop, const std::function<void(const std::string&)>& tell,
                 const std::function<void()>& work);

// Rows of FORMAT TabSeparated: cells by row, unescaped.
std::vector<std::vector<std::string>> rows_of(std::string_view tab_separated);
// 'text', escaped.
std::string sql_text(std::string_view text);

}  // namespace ebpftrace::ship
