#pragma once

#include <condition_variable>
#include <expected>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "auth/fixed_keys.h"
#include "auth/verifier.h"
#include "config/access_options.h"
#include "core/log.h"

namespace picus {

/// The verifier of a server, which follows the files of its configuration: a change counts within
/// 5 s. What is wrong then is logged, and the configuration before it stays.
class AccessControl {
 public:
  /// `log` outlives it. The error is for the operator.
  static std::expected<std::unique_ptr<AccessControl>, std::string> start(AccessOptions options,
                                                                          Log& log);
  ~AccessControl();
  AccessControl(const AccessControl&) = delete;
  AccessControl& operator=(const AccessControl&) = delete;

  [[nodiscard]] auth::Verifier& verifier() { return verifier_; }

 private:
  AccessControl(AccessOptions options, LoadedAccess access, std::string state, Log& log);

  void follow(const std::stop_token& stop);
  void read_again();

  AccessOptions options_;
  Log& log_;
  std::vector<std::filesystem::path> files_;
  std::string state_;
  auth::FixedKeys keys_;
  auth::Verifier verifier_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread follower_;
};

}  // namespace picus
