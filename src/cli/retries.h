#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "net/client/http_message.h"

namespace picus::cli {

namespace asio = boost::asio;

/// When a request to a server that failed is sent again: if the failure is temporary, and the
/// server has responded before.
class Retries {
 public:
  using Clock = std::chrono::steady_clock;
  /// How long requests are sent again without a success.
  static constexpr std::chrono::seconds kPatience{10};

  /// Before a request is sent. A failure is that of a connection until take().
  void begin() { after_ = std::chrono::seconds(has_answered_ ? 1 : 0); }
  /// The response to it.
  void take(const net::ResponseHead& response);
  /// After a failure: whether to send the request again, after a pause.
  asio::awaitable<bool> wait_until(Clock::time_point end) const;

 private:
  bool has_answered_ = false;
  std::chrono::seconds after_{};  // 0: never
};

}  // namespace picus::cli
