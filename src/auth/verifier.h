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

namespace picus::auth {

/// What came of a request's credentials.
struct Verdict {
  std::shared_ptr<const Principal> principal;  ///< null where nobody is proven
  std::optional<Refusal> refusal;              ///< nothing: the request is let in
};

/// Decides who may do what. Thread-safe. Keeps for each thread the tokens that it has verified, for
/// at most 5 minutes, and checks at most 1000 other signatures a second on each.
class Verifier {
 public:
  /// `keys` outlives the verifier.
  Verifier(const Configuration& configuration, KeySource& keys);
  ~Verifier();

  /// Replaces the configuration: counts for all requests that come after it.
  void configure(const Configuration& configuration);

  /// Whether the credentials are good at the time `now`, and good for `needed`. What `credentials`
  /// refer to outlives the call. Waits for the keys of an issuer only, where a token names one that
  /// is not known: a second at most.
  asio::awaitable<Verdict> admit(Credentials credentials, Scope needed,
                                 std::chrono::sys_seconds now);

 private:
  struct Rules;
  struct ThreadMemory;
  using Bearer = std::shared_ptr<const Principal>;
  using Proof = std::expected<Bearer, Refusal>;

  ThreadMemory& memory();
  Proof prove_api_token(std::string_view token, std::chrono::sys_seconds now);
  asio::awaitable<Proof> prove_jwt(std::string_view token, std::chrono::sys_seconds now);

  const std::uint64_t id_;
  KeySource& keys_;
  std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;  // guarded by mutex_
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace picus::auth
