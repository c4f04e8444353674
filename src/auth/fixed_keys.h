#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "auth/key_source.h"

namespace picus::auth {

/// The key sets of the configuration.
class FixedKeys final : public KeySource {
 public:
  using Sets = std::map<std::string, Keys, std::less<>>;

  /// Replaces all sets, by issuer.
  void replace(Sets sets);

  Keys keys(const std::string& issuer) override;
  /// There are no newer ones than those.
  asio::awaitable<Keys> newer_keys(std::string issuer) override;
  [[nodiscard]] std::uint64_t version() const override { return version_; }

 private:
  std::mutex mutex_;
  Sets sets_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace picus::auth
