#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "api/api.h"
#include "api/lifecycle.h"
#include "core/log.h"
#include "net/server/server_metrics.h"
#include "net/server/server_options.h"
#include "net/server/tls_certificate.h"

namespace picus::net {

/// State that the threads of a server share. Serving a request writes none of it.
struct ServerContext {
  Api& api;
  Log& log;
  const Lifecycle& lifecycle;
  const ServerOptions& options;
  const ServerMetrics metrics;
  const TlsCertificate* certificate = nullptr;  ///< of the addresses with TLS; nullptr: none
  std::size_t handshakes_per_thread = 1;        ///< that are not complete yet

  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> listeners = 0;  ///< that still accept
  std::atomic<bool> stopping = false;

  std::mutex mutex{};  ///< for `changed` only
  /// Once stopping: connections or listeners went to 0, or hurry() was called.
  std::condition_variable changed{};

  void one_less(std::atomic<std::size_t>& count) {
    if (--count > 0 || !stopping) return;
    const std::scoped_lock lock(mutex);
    changed.notify_all();
  }
};

}  // namespace picus::net
