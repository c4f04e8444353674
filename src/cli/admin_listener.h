#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "api/api.h"
#include "config/serve_options.h"
#include "core/metrics.h"
#include "net/server/server.h"

namespace picus::cli {

/// Serves the metrics and the health of this process at the addresses of --admin-listen, with a
/// thread and limits of its own: even while the server is overloaded, and while it drains.
class AdminListener {
 public:
  /// All arguments outlive it. `metrics`: nullptr without --admin-listen; then it does nothing.
  AdminListener(Store& store, IdSource& ids, const Lifecycle& lifecycle, Registry* metrics,
                const ServeOptions& options, Log& log);
  ~AdminListener();
  AdminListener(const AdminListener&) = delete;
  AdminListener& operator=(const AdminListener&) = delete;

  /// As Server::start().
  std::expected<std::vector<std::string>, std::string> start();

  /// For a process that drains: if another process has taken the addresses over, only that one
  /// serves them from now on, so that a series has one source.
  void yield();

 private:
  /// Forwards events. A scrape is none.
  class EventLog final : public Log {
   public:
    explicit EventLog(Log& to) : to_(to) {}
    void write(Level level, std::string_view event,
               std::initializer_list<LogField> fields) override {
      to_.write(level, event, fields);
    }
    void access(const AccessRecord& /*record*/) override {}
    void flush() override { to_.flush(); }

   private:
    Log& to_;
  };

  EventLog log_;
  Api api_;
  std::optional<net::Server> server_;
};

}  // namespace picus::cli
