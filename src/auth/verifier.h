#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "auth/configuration.h"
#include "auth/credentials.h"
#include "auth/key_source.h"
#include "auth/principal.h"
#include "auth/refusal.h"
#include "core/metrics.h"

namespace picus::auth {

/// The result of checking the credentials of a request.
struct Verdict {
  std::shared_ptr<const Principal> principal = {};  ///< null if the request is not authenticated
  std::optional<Refusal> refusal = {};              ///< nothing: the request is allowed
  bool cached = false;                              ///< nothing had to be verified
};

/// Checks credentials and scopes. Thread-safe. Caches verified tokens per thread for at most 5
/// minutes, and checks at most 1000 other signatures per second on each thread.
class Verifier {
 public:
  /// `keys` outlives the verifier.
  /// `metrics`: counts verdicts, and outlives the verifier; nullptr: nothing is counted.
  Verifier(const Configuration& configuration, KeySource& keys, Registry* metrics = nullptr);
  ~Verifier();

  /// Replaces the configuration for all later requests.
  void configure(const Configuration& configuration);

  /// The principal of a token that this thread has cached and admit() would allow, without a
  /// coroutine. Null: call admit().
  std::shared_ptr<const Principal> recall(const Credentials& credentials, Scope needed,
                                          std::chrono::sys_seconds now);

  /// Whether the credentials are valid at the time `now` and have the scope `needed`. The data of
  /// `credentials` outlives the call. Waits only for the keys of an issuer, at most a second, if a
  /// token has an unknown key.
  asio::awaitable<Verdict> admit(Credentials credentials, Scope needed,
                                 std::chrono::sys_seconds now);

  /// Counts a verdict for the metrics.
  void count(const std::optional<Refusal>& refusal) const {
    requests_.add(refusal ? 1 + static_cast<std::size_t>(refusal->kind) : 0);
  }

 private:
  struct Rules;
  struct ThreadMemory;
  using Bearer = std::shared_ptr<const Principal>;
  using Proof = std::expected<Bearer, Refusal>;

  ThreadMemory& memory();
  void renew(ThreadMemory& memory, std::uint64_t keys_version);
  Proof prove_api_token(std::string_view token, std::chrono::sys_seconds now);
  asio::awaitable<Proof> prove_jwt(std::string_view token, std::chrono::sys_seconds now);

  const std::uint64_t id_;
  KeySource& keys_;
  std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;  // guarded by mutex_
  std::atomic<std::uint64_t> generation_{0};
  Counters requests_;
};

}  // namespace picus::auth
