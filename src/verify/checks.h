#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "verify/created_items.h"
#include "verify/server.h"

namespace picus::verify {

/// The checks of the core of the HTTP contract: each depends on the ones before it. The items that
/// they put have random keys and are recorded in the CreatedItems. For one thread.
class Checks {
 public:
  struct Options {
    std::string run;      ///< marks the items; random
    std::string version;  ///< the required version; empty: any
    /// How long to wait for a server that is not ready or has another version. Where `version` is
    /// empty, a server that refuses the token is not waited for.
    std::chrono::milliseconds patience;
  };
  /// A description of the error for the operator; empty: none.
  using Fault = std::string;
  struct Check {
    std::string_view name;
    asio::awaitable<Fault> (Checks::*run)();
  };

  /// `server` and `created` outlive it.
  Checks(Server& server, CreatedItems& created, Options options);

  /// All checks in order.
  static std::span<const Check> all();

  /// The version of the server; empty: not known yet.
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
  asio::awaitable<Fault> head();
  asio::awaitable<Fault> holds(std::string text);
  asio::awaitable<Fault> retry(std::string key, std::string body, std::string id);
  asio::awaitable<Fault> next_page(std::string link, std::string first_id);
  asio::awaitable<Fault> short_list();
  [[nodiscard]] std::string item(int revision) const;
  [[nodiscard]] Question put_of(std::string body) const;

  Server& server_;
  CreatedItems& created_;
  Options options_;
  std::string key_;
  std::string target_;     // the target to get key_
  std::string etag_;       // the current ETag of key_
  std::string old_etag_;   // the ETag before the conditional put
  std::string second_id_;  // the id of the item of the idempotent retry
  std::string version_;
  bool refused_ = false;  // the server needs a token, or another one
};

}  // namespace picus::verify
