#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "config/client_token.h"
#include "net/client/http_pool.h"

namespace picus::verify {

namespace asio = boost::asio;

/// The result of one check.
struct Outcome {
  enum class Kind : std::uint8_t { ok, failed, not_run };
  std::string_view check;
  Kind kind = Kind::not_run;
  std::string fault = {};  ///< of `failed`
  std::chrono::microseconds duration{0};
};

/// The options of a run.
struct Plan {
  std::string origin;   ///< of the server
  std::string version;  ///< the required version; empty: any
  ClientToken proof;    ///< the token of this client
  std::chrono::milliseconds request_timeout{0};
  std::chrono::milliseconds patience{0};  ///< how long to wait for a server that is not ready
  std::chrono::steady_clock::time_point checks_end;
  /// After the end of the checks: the time for the clean-up.
  std::chrono::steady_clock::time_point clean_up_end;
  std::string token;                         ///< random and unique to the run
  std::function<void(const Outcome&)> tell;  ///< called with the result of each check
  std::function<bool()> stops;               ///< whether to start the clean-up immediately
  std::string traceparent = {};              ///< of all requests; empty: none
};

/// The result of a run.
struct Result {
  std::string fault;    ///< `put: …`, of the first check that failed; empty: all passed
  std::string version;  ///< of the server; empty: no response
  [[nodiscard]] bool ok() const { return fault.empty(); }
};

/// Runs the checks in order until one fails. The last check, which always runs, deletes the items
/// that the others created. `pool` outlives the call.
asio::awaitable<Result> verify(net::HttpPool* pool, Plan plan);

}  // namespace picus::verify
