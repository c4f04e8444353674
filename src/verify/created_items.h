#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace picus::verify {

/// The items that a run may have put into the store. For one thread.
class CreatedItems {
 public:
  using Clock = std::chrono::steady_clock;

  /// A put whose id the server generates. If it is sent again, its response has the id.
  struct Unnamed {
    std::string idempotency_key;
    std::string body;
  };

  /// A put of this key will be sent. False: it was already expected.
  bool expect(const std::string& key) { return keys_.try_emplace(key).second; }
  /// Its response was lost: it may still take effect for a while.
  void doubt(const std::string& key, Clock::time_point now) { keys_[key] = now + kSettling; }
  void expect_unnamed(Unnamed put) { unnamed_ = std::move(put); }
  /// The response has the id, or reports that there is none.
  void named() { unnamed_.reset(); }
  void gone(const std::string& key) { keys_.erase(key); }

  [[nodiscard]] const std::optional<Unnamed>& unnamed() const { return unnamed_; }
  /// By key: until when an absent item may still appear.
  [[nodiscard]] const std::map<std::string, Clock::time_point>& keys() const { return keys_; }

 private:
  /// The maximum time in which a server completes a put whose client has disconnected: the default
  /// of --deadline.
  static constexpr std::chrono::seconds kSettling{5};

  std::map<std::string, Clock::time_point> keys_;
  std::optional<Unnamed> unnamed_;
};

}  // namespace picus::verify
