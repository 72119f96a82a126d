// SPDX-License-Identifier: Apache-2.0
// The configuration file of ebpf-ship and ebpf-load: lines "name=value", "#" begins a comment line. Names are librdkafka's own, but for
// those that begin with "clickhouse.". Passwords are there and nowhere else: never on a command line, never in a message.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ebpftrace::ship {

// What the user set can't be used; what() is one line that names the file and the setting, never a value that may be secret.
struct SettingsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Settings {
  std::string file;  // empty: there is none
  std::map<std::string, std::string, std::less<>> values;

  // Empty if it isn't set.
  std::string get(std::string_view name) const;
  bool has(std::string_view name) const { return values.find(name) != values.end(); }
};

// Throws SettingsError.
Settings read_settings(const std::string& path);

// Throws SettingsError if neither the option --brokers nor the settings name one.
void need_brokers(const Settings& settings, const std::string& option);

// Its value is for nobody's eyes: a password, a key, a token.
bool is_secret(std::string_view name);

// Without blanks at its ends.
std::string_view trimmed(std::string_view text);

// Anybody on the machine may read the file, and it holds what looks like a secret.
bool tells_secrets(const Settings& settings);

}  // namespace ebpftrace::ship
