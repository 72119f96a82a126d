// SPDX-License-Identifier: Apache-2.0
#include "ship/load/clickhouse.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "ship/load/tables.h"

namespace ebpftrace::ship {
namespace {

using namespace std::chrono_literals;

constexpr long kConnectMs = 3000, kAnswerSeconds = 120;
constexpr size_t kShownOfError = 400;
constexpr std::chrono::milliseconds kFirstWait = 200ms, kLongestWait = 5s;
// Major version whose inserts take insert_deduplication_token, and whose tables know what was inserted twice without being
// replicated.
constexpr unsigned kTokensSince = 22;

// Codes of the server's errors that no second try gets over: what was sent makes no sense to it.
bool is_hopeless(unsigned code) {
  constexpr unsigned kHopeless[] = {6,  10, 16, 26, 27, 33, 36, 38,  40,  41,  42,  43,  44,  46,  47,  50,
                                    53, 57, 60, 62, 70, 73, 81, 115, 117, 192, 193, 194, 291, 446, 497, 516};
  return std::find(std::begin(kHopeless), std::end(kHopeless), code) != std::end(kHopeless);
}

size_t take_body(char* bytes, size_t, size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, count);
  return count;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" ,"), text.size());
    if (end) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void check_url(const std::string& url, const std::string& where) {
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    throw SettingsError(
        fmt::format("{}: '{}' is no address of ClickHouse's HTTP interface; http://HOST:8123", where, url));
  if (url.find('@') != std::string::npos)
    throw SettingsError(where +
                        ": an address must not hold a user or password; clickhouse.user and clickhouse.password in the "
                        "file of --config are for that");
}

}  // namespace

ClickHouseAddress clickhouse_address(const Settings& settings, const std::string& url) {
  ClickHouseAddress address;
  constexpr std::string_view kFront = "clickhouse.", kShard = "shard.", kSetting = "setting.";
  std::map<unsigned long, std::vector<std::string>> shards;
  for (const auto& [full, value] : settings.values) {
    if (!full.starts_with(kFront)) continue;
    const std::string name = full.substr(kFront.size());
    if (name == "url")
      shards[0] = words_of(value);
    else if (name.starts_with(kShard) && name.find_first_not_of("0123456789", kShard.size()) == std::string::npos)
      shards[std::strtoul(name.c_str() + kShard.size(), nullptr, 10)] = words_of(value);
    else if (name == "database")
      address.database = value;
    else if (name == "user")
      address.user = value;
    else if (name == "password")
      address.password = value;
    else if (name == "ca")
      address.ca_file = value;
    else if (name == "replicated")
      address.replicated = value;
    else if (name.starts_with(kSetting))
      address.settings[name.substr(kSetting.size())] = value;
    else
      throw SettingsError(fmt::format(
          "{}: there is no setting '{}'; those of ClickHouse are clickhouse.url, .shard.NUMBER, .database, .user, "
          ".password, .ca, .replicated and .setting.NAME",
          settings.file, full));
  }
  if (!url.empty()) shards = {{0, {url}}};
  for (auto& [number, replicas] : shards) {
    for (const std::string& replica : replicas) check_url(replica, url.empty() ? settings.file : "--clickhouse");
    if (!replicas.empty()) address.shards.push_back(std::move(replicas));
  }
  if (address.shards.empty())
    throw SettingsError(
        "no ClickHouse is named; say --clickhouse http://HOST:8123, or clickhouse.url= in the file of --config");
  const bool several =
      std::any_of(address.shards.begin(), address.shards.end(), [](const auto& one) { return one.size() > 1; });
  if (several && address.replicated.empty())
    throw SettingsError(fmt::format(
        "{}: a shard of several replicas needs clickhouse.replicated=/clickhouse/tables/{{shard}}/{{table}}: "
        "the path of its tables in ZooKeeper",
        settings.file));
  const std::string& name = address.database;
  if (name.empty() ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string::npos)
    throw SettingsError(fmt::format("'{}' is no name of a database: letters, digits and _", name));
  return address;
}

struct ClickHouse::Connection {
  Connection() : easy(curl_easy_init()) {
    if (!easy) throw std::bad_alloc();
  }
  ~Connection() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }
  CURL* easy;  // keeps connections to all servers
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = {};
};

ClickHouse::ClickHouse(ClickHouseAddress address) : address_(std::move(address)) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) throw std::bad_alloc();
  connection_ = std::make_unique<Connection>();
  preferred_.assign(address_.shards.size(), 0);
  Connection& its = *connection_;
  auto header = [&](const std::string& line) { its.headers = curl_slist_append(its.headers, line.c_str()); };
  if (!address_.user.empty()) {
    header("X-ClickHouse-User: " + address_.user);
    header("X-ClickHouse-Key: " + address_.password);
  }
  header("Expect:");
  header("Content-Type: application/octet-stream");
  curl_easy_setopt(its.easy, CURLOPT_HTTPHEADER, its.headers);
  curl_easy_setopt(its.easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(its.easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(its.easy, CURLOPT_TIMEOUT, kAnswerSeconds);
  curl_easy_setopt(its.easy, CURLOPT_ERRORBUFFER, its.error);
  curl_easy_setopt(its.easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(its.easy, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20);
  curl_easy_setopt(its.easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(its.easy, CURLOPT_FOLLOWLOCATION, 0L);  // user and password are for this server
  if (!address_.ca_file.empty()) curl_easy_setopt(its.easy, CURLOPT_CAINFO, address_.ca_file.c_str());
}

ClickHouse::~ClickHouse() = default;

std::string ClickHouse::send(size_t shard, size_t replica, const std::map<std::string, std::string>& parameters,
                             std::string_view body) {
  Connection& its = *connection_;
  const std::string& base = address_.shards[shard][replica];
  std::string url = base + "/?", answer;
  for (const auto& [name, value] : parameters) {
    char* const escaped = curl_easy_escape(its.easy, value.c_str(), static_cast<int>(value.size()));
    url += name + "=" + escaped + "&";
    curl_free(escaped);
  }
  url.pop_back();
  curl_easy_setopt(its.easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(its.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(its.easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(its.easy, CURLOPT_WRITEDATA, &answer);
  const CURLcode done = curl_easy_perform(its.easy);
  if (done != CURLE_OK)
    throw ClickHouseError(fmt::format("{}: {}", base, its.error[0] ? its.error : curl_easy_strerror(done)), true);
  long status = 0;
  curl_easy_getinfo(its.easy, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200) return answer;
  unsigned code = 0;
  if (answer.starts_with("Code: ")) code = static_cast<unsigned>(std::strtoul(answer.c_str() + 6, nullptr, 10));
  std::string shown = answer.substr(0, kShownOfError);
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  throw ClickHouseError(fmt::format("{}: HTTP {}: {}", base, status, shown),
                        !is_hopeless(code) && status != 401 && status != 403 && code != 516);
}

std::string ClickHouse::send_any(size_t shard, const std::map<std::string, std::string>& parameters,
                                 std::string_view body) {
  const size_t replicas = address_.shards[shard].size();
  for (size_t tried = 0;; ++tried) {
    try {
      return send(shard, preferred_[shard], parameters, body);
    } catch (const ClickHouseError& error) {
      if (!error.passes || tried + 1 >= replicas) throw;
      preferred_[shard] = (preferred_[shard] + 1) % replicas;
    }
  }
}

namespace {

std::string with_database(std::string sql, const std::string& database) {
  for (size_t at; (at = sql.find("{db}")) != std::string::npos;) sql.replace(at, 4, database);
  return sql;
}

}  // namespace

std::string ClickHouse::ask(size_t shard, std::string sql) {
  return send_any(shard, {{"wait_end_of_query", "1"}}, with_database(std::move(sql), address_.database));
}

std::string ClickHouse::ask_all(const std::string& sql) {
  std::string all;
  for (size_t shard = 0; shard < shards(); ++shard) all += ask(shard, sql);
  return all;
}

std::string ClickHouse::ask_replicas(size_t shard, const std::string& sql) {
  std::string all;
  for (size_t replica = 0; replica < address_.shards[shard].size(); ++replica) all += ask_replica(shard, replica, sql);
  return all;
}

void ClickHouse::catch_up() {
  if (address_.replicated.empty()) return;
  for (const TableShape& table : table_shapes())
    for (size_t shard = 0; shard < shards(); ++shard)
      ask(shard, fmt::format("SYSTEM SYNC REPLICA {{db}}.{}", table.name));
}

std::string ClickHouse::ask_replica(size_t shard, size_t replica, std::string sql) {
  return send(shard, replica, {{"wait_end_of_query", "1"}}, with_database(std::move(sql), address_.database));
}

bool ClickHouse::knows_tokens(size_t shard) {
  const auto known = tokens_.find(shard);
  if (known != tokens_.end()) return known->second;
  const bool knows = std::strtoul(ask(shard, "SELECT version()").c_str(), nullptr, 10) >= kTokensSince;
  return tokens_[shard] = knows;
}

void ClickHouse::insert(size_t shard, const std::string& table, std::string_view block, const std::string& token) {
  std::map<std::string, std::string> parameters = address_.settings;
  parameters["query"] = fmt::format("INSERT INTO {}.{} FORMAT Native", address_.database, table);
  if (!address_.replicated.empty()) parameters["insert_deduplicate"] = "1";
  if (knows_tokens(shard)) parameters["insert_deduplication_token"] = token;
  send_any(shard, parameters, block);
}

void ClickHouse::make_tables() {
  const std::vector<TableShape> tables = table_shapes();
  for (size_t shard = 0; shard < shards(); ++shard)
    for (size_t replica = 0; replica < address_.shards[shard].size(); ++replica) {
      send(shard, replica, {}, "CREATE DATABASE IF NOT EXISTS " + address_.database);
      for (const TableShape& table : tables)
        send(shard, replica, {{"allow_experimental_low_cardinality_type", "1"}},
             create_table(table, address_.database, address_.replicated, knows_tokens(shard)));
      check_tables(tables, shard, replica);
    }
}

// What another version made, or somebody by hand, may lack columns that rows are about to have.
void ClickHouse::check_tables(const std::vector<TableShape>& tables, size_t shard, size_t replica) {
  std::set<std::pair<std::string, std::string>> there;  // table, column
  const std::string sql =
      fmt::format("SELECT `table`, name FROM system.columns WHERE database = {}", sql_text(address_.database));
  for (auto& row : rows_of(ask_replica(shard, replica, sql)))
    if (row.size() == 2) there.emplace(std::move(row[0]), std::move(row[1]));
  for (const TableShape& table : tables)
    for (const NativeColumnShape& column : table.columns)
      if (!there.contains({table.name, column.name}))
        throw ClickHouseError(
            fmt::format("{}: table {}.{} has no column {}: another version of ebpf-load made it; name another database "
                        "(clickhouse.database), or drop that one to load its traces again",
                        address_.shards[shard][replica], address_.database, table.name, column.name),
            false);
}

bool until_taken(const std::stop_token& stop, const std::function<void(const std::string&)>& tell,
                 const std::function<void()>& work) {
  for (auto wait = kFirstWait; !stop.stop_requested(); wait = std::min(wait * 2, kLongestWait)) {
    try {
      work();
      return true;
    } catch (const ClickHouseError& error) {
      if (!error.passes) throw;
      tell(fmt::format("ClickHouse does not take it, trying again: {}", error.what()));
    }
    for (auto left = wait; left > 0ms && !stop.stop_requested(); left -= 50ms) std::this_thread::sleep_for(50ms);
  }
  return false;
}

std::vector<std::vector<std::string>> rows_of(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  while (!text.empty()) {
    auto& row = rows.emplace_back(1);
    size_t at = 0;
    for (; at < text.size() && text[at] != '\n'; ++at) {
      if (text[at] == '\t') {
        row.emplace_back();
      } else if (text[at] == '\\' && at + 1 < text.size()) {
        const char c = text[++at];
        row.back() += c == 't'   ? '\t'
                      : c == 'n' ? '\n'
                      : c == '0' ? '\0'
                      : c == 'r' ? '\r'
                      : c == 'b' ? '\b'
                      : c == 'f' ? '\f'
                                 : c;
      } else {
        row.back() += text[at];
      }
    }
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return rows;
}

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace ebpftrace::ship
