#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "api/api.h"
#include "config/access_options.h"
#include "config/metrics_options.h"
#include "config/setting.h"
#include "config/stores.h"
#include "config/trace_options.h"
#include "core/log.h"
#include "net/server/server_options.h"

namespace picus {

enum class LogFormat : std::uint8_t { automatic, json, text };
enum class Console : std::uint8_t { automatic, on, off };

/// The options of `picus serve`.
struct ServeOptions {
  net::ServerOptions server;  ///< `handover` is empty: the data directory, if there is one
  std::vector<std::string> admin_listen;
  ApiOptions api;
  StoreOptions store;
  AccessOptions access;
  MetricsOptions metrics;
  TraceOptions traces;
  bool share = false;  ///< with a token made for this run
  std::string scopes = "items:read items:write";
  /// Nothing: 1 s where others rely on the server.
  std::optional<std::chrono::milliseconds> drain_delay;
  std::chrono::milliseconds drain_timeout{30'000};
  LogFormat log_format = LogFormat::automatic;
  Level log_level = Level::info;
  bool access_log = true;
  bool log_colour = true;  ///< not a setting: off if NO_COLOR is in the environment
  bool insecure_no_auth = false;
  bool check_config = false;             ///< print the configuration instead of serving
  Console console = Console::automatic;  ///< automatic: if only this machine reaches the listeners

  /// Where following processes on this machine find this one; empty: there is no handover.
  [[nodiscard]] std::filesystem::path handover_directory() const;
};

// Settings of every program that serves requests. The objects to which they assign outlive them.
void add_deadline(std::vector<Setting>& settings, ApiOptions& to);
void add_operations(std::vector<Setting>& settings, ApiOptions& to);
void add_cors_origins(std::vector<Setting>& settings, ApiOptions& to);
void add_log_lines(std::vector<Setting>& settings, Level& minimum, bool& access);

/// The settings of `picus serve`; they assign to `to`, which outlives them.
std::vector<Setting> settings_of(ServeOptions& to);

/// The tracing of the server. The error is for the operator.
std::expected<OtlpOptions, std::string> otlp_options(const ServeOptions& options);

/// Checks that involve several settings: addresses that other machines can reach need
/// --insecure-no-auth, addresses with TLS need a certificate, a table needs a region. The error is
/// for the operator.
std::expected<void, std::string> check(const ServeOptions& options);

}  // namespace picus
