#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/access_options.h"
#include "config/client_token.h"
#include "config/serve_options.h"
#include "config/setting.h"
#include "config/store_options.h"
#include "core/store.h"

/// The commands of `picus` and their options.
namespace picus::cli {

enum class Verb : std::uint8_t {
  serve,
  export_items,
  import_items,
  check,
  backup,
  restore,
  table,
  token,
  healthcheck,
  completion,
  help,
};

struct ExportOptions {
  StoreOptions store;
  std::string url;  ///< empty: the store
  ClientToken token;
  std::filesystem::path output = "-";  ///< `-`: standard output
  bool skip_damaged = false;
};

struct ImportOptions {
  std::vector<std::string> files;  ///< `-`: standard input
  StoreOptions store;
  std::string url;  ///< empty: the store
  ClientToken token;
  OnConflict on_conflict = OnConflict::fail;
  std::string id_from;            ///< the member that has the ids; empty: `id`
  std::filesystem::path rejects;  ///< empty: items that fail are not written to a file
  bool create = false;            ///< create a store if there is none
};

struct CheckOptions {
  std::filesystem::path data = StoreOptions().data;
};

struct BackupOptions {
  std::filesystem::path data = StoreOptions().data;
  std::vector<std::string> targets;  ///< one: a directory, or a file
  bool skip_damaged = false;
};

struct RestoreOptions {
  std::filesystem::path data = StoreOptions().data;
  std::vector<std::string> sources;  ///< one: a snapshot, or a directory of snapshots
  bool skip_damaged = false;
};

struct TableCommandOptions {
  std::vector<std::string> actions;  ///< one: `create` or `describe`
  TableOptions table;
};

struct TokenCommandOptions {
  std::vector<std::string> words;  ///< the action, and for `add` and `remove` a name
  AccessOptions access;            ///< only from a file
  std::string scopes;
  std::optional<std::chrono::seconds> expires;  ///< from now
  std::filesystem::path token_file;             ///< empty: standard input
  std::string audience = "picus";
  std::optional<std::chrono::seconds> ttl;
  std::string region;
  std::filesystem::path ca_bundle;  ///< empty: those of the system
  Environment environment;          ///< for AWS credentials
};

struct HealthcheckOptions {
  std::vector<std::string> urls;  ///< at most one; none: that of `listen`
  std::vector<std::string> listen = net::ServerOptions().listen;
  std::filesystem::path ca_bundle;  ///< empty: those of the system
  std::chrono::milliseconds timeout{3'000};
};

struct Options {
  ServeOptions serve;
  ExportOptions export_items;
  ImportOptions import_items;
  CheckOptions check;
  BackupOptions backup;
  RestoreOptions restore;
  TableCommandOptions table;
  TokenCommandOptions token;
  HealthcheckOptions healthcheck;
  std::vector<std::string> shells;
  std::vector<std::string> topics;
  bool manual = false;  ///< print the manual page instead of the help
  std::filesystem::path config;
  bool check_config = false;
};

/// The operands of a command.
struct Operands {
  std::string_view placeholder;  ///< `FILE…`; empty: no operands
  std::size_t least = 0;
  std::size_t most = 0;
  std::vector<std::string>* to = nullptr;
  std::vector<std::string_view> choices;  ///< for the completion of shells
  bool are_files = false;                 ///< for the completion of shells
};

struct Command {
  Verb verb;
  std::string_view name;
  std::string_view summary;
  std::string_view details;  ///< for its help; each line is a paragraph
  Operands operands;
  std::vector<Setting> settings;

  [[nodiscard]] const Setting* find(std::string_view setting) const;
};

/// All commands; they assign to `to`, which outlives them.
std::vector<Command> commands_of(Options& to);

}  // namespace picus::cli
