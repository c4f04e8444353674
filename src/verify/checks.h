#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "verify/leftovers.h"
#include "verify/server.h"

namespace picus::verify {

/// The core of the HTTP contract, as checks that build on one another: each relies on those before
/// it. What they put into the store has random keys, and stands in the Leftovers. For one thread.
class Checks {
 public:
  struct Options {
    std::string run;                     ///< marks what is made; random
    std::string version;                 ///< that has to answer; empty: any
    std::chrono::milliseconds patience;  ///< for a server that is not ready, or of another version
  };
  /// What is wrong, for the operator; empty: nothing.
  using Fault = std::string;
  struct Check {
    std::string_view name;
    asio::awaitable<Fault> (Checks::*run)();
  };

  /// `server` and `leftovers` outlive it.
  Checks(Server& server, Leftovers& leftovers, Options options);

  /// In their order.
  static std::span<const Check> all();

  /// Which version answered; empty: none yet.
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  asio::awaitable<Fault> ready();
  asio::awaitable<Fault> put();
  asio::awaitable<Fault> get();
  asio::awaitable<Fault> taken_key();
  asio::awaitable<Fault> conditional_put();
  asio::awaitable<Fault> idempotent_retry();
  asio::awaitable<Fault> list_page();
  asio::awaitable<Fault> bad_input();
  asio::awaitable<Fault> bodies();
  asio::awaitable<Fault> remove();

  asio::awaitable<Fault> ready_now();
  asio::awaitable<Fault> store_ready();
  asio::awaitable<Fault> holds(std::string text);
  asio::awaitable<Fault> retry(std::string key, std::string body, std::string id);
  asio::awaitable<Fault> next_page(std::string link, std::string first_id);
  asio::awaitable<Fault> short_list();
  [[nodiscard]] std::string item(int revision) const;
  [[nodiscard]] Question put_of(std::string body) const;

  Server& server_;
  Leftovers& leftovers_;
  Options options_;
  std::string key_;
  std::string target_;     // of key_, to get it
  std::string etag_;       // of key_, now
  std::string old_etag_;   // before the conditional put
  std::string second_id_;  // of the item that the idempotent retry made
  std::string version_;
};

}  // namespace picus::verify
