#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/public_key.h"

namespace picus::auth {

/// The keys that an issuer signs with (JSON Web Key Set, RFC 7517).
class KeySet {
 public:
  static constexpr std::size_t kMaxBytes = 150'000;
  static constexpr std::size_t kMaxKeys = 100;

  /// Reads a set. A key that is of no use here (another kind, for encryption, broken, secret, with
  /// an id and algorithm that an earlier one has) is left out: see skipped(). Error: what is wrong
  /// with the set as a whole.
  static std::expected<KeySet, std::string> parse(std::string_view text);

  /// The key with this id and algorithm; where `id` is nothing, the only key of the algorithm.
  /// Null if there is none. Lives as long as the set.
  [[nodiscard]] const PublicKey* find(std::optional<std::string_view> id,
                                      Algorithm algorithm) const;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  /// For the log: which keys were left out, and why.
  [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }

 private:
  struct Entry {
    std::optional<std::string> id;
    PublicKey key;
  };

  std::vector<Entry> keys_;
  std::vector<std::string> skipped_;
};

}  // namespace picus::auth
