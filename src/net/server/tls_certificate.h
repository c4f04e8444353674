#pragma once

#include <chrono>
#include <condition_variable>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/log.h"
#include "net/server/tls_context.h"

namespace picus::net {

/// The certificate of a server, which follows its files: a renewed pair is used within seconds,
/// for new connections. A pair that does not fit is logged once, and the one before it stays. Also
/// logs that a renewal is overdue. Thread-safe.
class TlsCertificate {
 public:
  /// `log` outlives it. The error is for the operator.
  static std::expected<std::unique_ptr<TlsCertificate>, std::string> open(TlsFiles files, Log& log);
  /// From now on looks at the files every second, on a thread of its own.
  void follow();
  /// Looks once at the files, and at how long the certificate is valid. Not after follow().
  void look();
  ~TlsCertificate();
  TlsCertificate(const TlsCertificate&) = delete;
  TlsCertificate& operator=(const TlsCertificate&) = delete;

  [[nodiscard]] std::shared_ptr<const TlsContext> current() const;

 private:
  TlsCertificate(TlsFiles files, std::string state, std::shared_ptr<const TlsContext> context,
                 Log& log);

  void run(const std::stop_token& stop);
  void read_if_changed();
  void warn_of_key() const;
  void warn_of_end();

  TlsFiles files_;
  std::string state_;
  std::string failed_state_;  ///< in which the files were not usable at the last look
  Log& log_;
  std::chrono::system_clock::time_point next_warning_;
  std::shared_ptr<const TlsContext> context_;  ///< under mutex_
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread follower_;
};

}  // namespace picus::net
