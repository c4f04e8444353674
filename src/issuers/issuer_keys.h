#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/key_source.h"
#include "core/log.h"
#include "core/metrics.h"
#include "issuers/key_fetch.h"

namespace picus::issuers {

/// The key sets of all issuers: those that were read from files, and those that its own thread
/// fetches over HTTPS. A set is fetched again in the background before it is stale. While an issuer
/// cannot be reached, its last keys are used for 24 h.
class IssuerKeys final : public auth::KeySource {
 public:
  using Sets = std::map<std::string, Keys, std::less<>>;

  struct Options {
    std::filesystem::path ca_bundle = {};  ///< trusted certificates (PEM); empty: the system's
    /// Fetch when issuers become known; otherwise when the first token of an issuer arrives.
    bool in_advance = true;
    /// How long newer_keys waits for a fetch.
    std::chrono::milliseconds max_wait{1000};
    /// Counts fetches; outlives it. nullptr: nothing is counted.
    Registry* metrics = nullptr;
    std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
  };

  /// `log` outlives it.
  IssuerKeys(Options options, Log& log);
  ~IssuerKeys() override;

  /// Replaces all issuers. An issuer with the same location as before keeps its keys. `read`: the
  /// sets from files. `fetched`: the locations of the others.
  void configure(Sets read, const std::vector<KeyLocation>& fetched);

  /// Also null if the keys are stale and no fetch has failed since: newer_keys waits for them.
  Keys keys(const std::string& issuer) override;
  asio::awaitable<Newer> newer_keys(std::string issuer) override;
  [[nodiscard]] std::uint64_t version() const override;

 private:
  struct Issuer;
  struct State;

  [[nodiscard]] std::vector<Reading> ages();
  std::unique_ptr<State> state_;
};

}  // namespace picus::issuers
