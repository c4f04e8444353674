#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "auth/key_set.h"

namespace picus::auth {

namespace asio = boost::asio;

/// Where the keys of issuers come from. Thread-safe. Null is an issuer whose keys are not there.
class KeySource {
 public:
  using Keys = std::shared_ptr<const KeySet>;

  virtual ~KeySource() = default;

  /// The keys as they are known; does not wait.
  virtual Keys keys(const std::string& issuer) = 0;
  /// For a token whose key is not among them: the keys as they are a second later at the latest,
  /// fetched anew if the last fetch was long enough ago.
  virtual asio::awaitable<Keys> newer_keys(std::string issuer) = 0;
  /// Another number after any change of any issuer's keys: what was verified before counts no more.
  [[nodiscard]] virtual std::uint64_t version() const = 0;
};

}  // namespace picus::auth
