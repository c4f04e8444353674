#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "auth/key_set.h"

namespace picus::auth {

namespace asio = boost::asio;

/// Where the keys of issuers come from. Thread-safe.
class KeySource {
 public:
  /// Null: there are none.
  using Keys = std::shared_ptr<const KeySet>;

  struct Newer {
    Keys keys;
    bool latest;  ///< false: the issuer cannot be reached, and may have others
  };

  virtual ~KeySource() = default;

  /// The known keys of an issuer. Does not wait.
  virtual Keys keys(const std::string& issuer) = 0;
  /// For a token whose key is not among them: fetches the keys again, unless that was done a short
  /// time ago. Waits for a limited time.
  virtual asio::awaitable<Newer> newer_keys(std::string issuer) = 0;
  /// Changes with every change of the keys of an issuer: earlier verifications are void then.
  [[nodiscard]] virtual std::uint64_t version() const = 0;
};

}  // namespace picus::auth
