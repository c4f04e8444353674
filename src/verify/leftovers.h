#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace picus::verify {

/// What a run may have put into the store. For one thread.
class Leftovers {
 public:
  using Clock = std::chrono::steady_clock;

  /// A put that lets the server make the id. Sent again, it tells which.
  struct Unnamed {
    std::string idempotency_key;
    std::string body;
  };

  /// A put of this key is about to be sent. False: it was expected already.
  bool expect(const std::string& key) { return keys_.try_emplace(key).second; }
  /// Its answer did not come: it may still take effect for a while.
  void doubt(const std::string& key, Clock::time_point now) { keys_[key] = now + kSettling; }
  void expect_unnamed(Unnamed put) { unnamed_ = std::move(put); }
  /// The answer named the id, or said that there is none.
  void named() { unnamed_.reset(); }
  void gone(const std::string& key) { keys_.erase(key); }

  [[nodiscard]] const std::optional<Unnamed>& unnamed() const { return unnamed_; }
  /// By key: until when an item may still appear that is not there yet.
  [[nodiscard]] const std::map<std::string, Clock::time_point>& keys() const { return keys_; }

 private:
  /// How long a server works at most on a put whose client has gone: --deadline by default.
  static constexpr std::chrono::seconds kSettling{5};

  std::map<std::string, Clock::time_point> keys_;
  std::optional<Unnamed> unnamed_;
};

}  // namespace picus::verify
