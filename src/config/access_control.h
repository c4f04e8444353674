#pragma once

#include <condition_variable>
#include <expected>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "auth/verifier.h"
#include "config/access_options.h"
#include "core/log.h"
#include "issuers/issuer_keys.h"

namespace picus {

/// The verifier of a process, with the keys of its issuers. It follows the files of its
/// configuration: a change takes effect within 5 s. A faulty change is logged once, and the
/// configuration before it stays.
class AccessControl {
 public:
  /// `fetching.ca_bundle` is ignored: `options` has the certificates. `log` outlives it. Does not
  /// wait for an issuer. The error is for the operator.
  static std::expected<std::unique_ptr<AccessControl>, std::string> open(
      AccessOptions options, issuers::IssuerKeys::Options fetching, Log& log);
  /// From now on looks at the files every second, on a thread of its own.
  void follow();
  /// Looks at the files once. Not after follow().
  void look();
  ~AccessControl();
  AccessControl(const AccessControl&) = delete;
  AccessControl& operator=(const AccessControl&) = delete;

  [[nodiscard]] auth::Verifier& verifier() { return verifier_; }

 private:
  AccessControl(AccessOptions options, LoadedAccess access, std::string state,
                const issuers::IssuerKeys::Options& fetching, Log& log);

  void run(const std::stop_token& stop);
  void read_again(bool is_changed);

  AccessOptions options_;
  Log& log_;
  std::vector<std::filesystem::path> files_;
  std::string state_;
  std::string fault_;  // why the files were not read the last time; empty: they were
  issuers::IssuerKeys keys_;
  auth::Verifier verifier_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread follower_;
};

}  // namespace picus
