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

/// How one check came out.
struct Outcome {
  enum class Kind : std::uint8_t { ok, failed, not_run };
  std::string_view check;
  Kind kind = Kind::not_run;
  std::string fault = {};  ///< of `failed`
  std::chrono::microseconds duration{0};
};

/// What a run is told.
struct Plan {
  std::string origin;   ///< of the server
  std::string version;  ///< that has to answer; empty: any
  ClientToken proof;    ///< of who asks
  std::chrono::milliseconds request_timeout{0};
  std::chrono::milliseconds patience{0};  ///< for a server that is not ready yet
  std::chrono::steady_clock::time_point checks_end;
  std::chrono::steady_clock::time_point clean_up_end;  ///< later: the time to delete what was made
  std::string token;                                   ///< random: no other run has the same
  std::function<void(const Outcome&)> tell;            ///< of each check, when it is over
  std::function<bool()> stops;                         ///< whether to go to the clean-up at once
};

/// How the run came out.
struct Result {
  std::string fault;    ///< `put: …`, of the first check that failed; empty: all is well
  std::string version;  ///< that answered; empty: none did
  [[nodiscard]] bool ok() const { return fault.empty(); }
};

/// Runs the checks in their order; after one that failed, none. Then deletes what they made, which
/// is the last check and always run. `pool` outlives the call.
asio::awaitable<Result> verify(net::HttpPool* pool, Plan plan);

}  // namespace picus::verify
