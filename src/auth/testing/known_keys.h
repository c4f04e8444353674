#pragma once

#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "auth/key_source.h"

namespace picus::auth::testing {

/// The key sets of issuers as a test hands them out, for one thread.
class KnownKeys final : public KeySource {
 public:
  /// What is known from now on.
  void know(const std::string& issuer, const std::string& set) {
    known_[issuer] = parsed(set);
    ++version_;
  }
  void forget(const std::string& issuer) {
    known_.erase(issuer);
    ++version_;
  }
  /// Has no keys any more, and does not say that something changed.
  void hide(const std::string& issuer) { known_.erase(issuer); }
  /// Has keys again, and does not say so.
  void show(const std::string& issuer, const std::string& set) { known_[issuer] = parsed(set); }
  /// What happens while a token waits for keys.
  void meanwhile(std::function<void()> what) { meanwhile_ = std::move(what); }
  /// What the issuer has, and a fetch brings.
  void publish(const std::string& issuer, const std::string& set) {
    published_[issuer] = parsed(set);
  }
  /// Its keys cannot be fetched; those that are known stay.
  void lose(const std::string& issuer) { away_.insert(issuer); }
  [[nodiscard]] int fetches() const { return fetches_; }

  Keys keys(const std::string& issuer) override {
    const auto found = known_.find(issuer);
    return found == known_.end() ? nullptr : found->second;
  }
  asio::awaitable<Newer> newer_keys(std::string issuer) override {
    ++fetches_;
    if (meanwhile_) meanwhile_();
    if (const auto found = published_.find(issuer); found != published_.end()) {
      known_[issuer] = found->second;
      ++version_;
    }
    Keys now = keys(issuer);
    const bool latest = now != nullptr && !away_.contains(issuer);
    co_return Newer{.keys = std::move(now), .latest = latest};
  }
  [[nodiscard]] std::uint64_t version() const override { return version_; }

 private:
  static Keys parsed(const std::string& set) {
    auto keys = KeySet::parse(set);
    if (!keys) throw std::logic_error(keys.error());
    return std::make_shared<const KeySet>(std::move(*keys));
  }

  std::map<std::string, Keys> known_;
  std::map<std::string, Keys> published_;
  std::set<std::string> away_;
  std::function<void()> meanwhile_;
  int fetches_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace picus::auth::testing
