#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picus::telemetry {

namespace asio = boost::asio;

/// What became of a batch of spans.
struct Delivery {
  enum class Outcome : std::uint8_t {
    accepted,
    failed,   ///< it may be accepted later
    refused,  ///< it will never be accepted
  };
  Outcome outcome = Outcome::failed;
  /// With `failed`: when the receiver wants it again.
  std::optional<std::chrono::milliseconds> retry_after = {};
  /// With `accepted`: how many of the spans were not.
  std::uint64_t rejected_spans = 0;
  std::string detail = {};  ///< for the log
};

/// Sends spans to a receiver.
class Sink {
 public:
  virtual ~Sink() = default;

  /// `request`: an `ExportTraceServiceRequest`, which outlives the call. Returns by the deadline.
  virtual asio::awaitable<Delivery> send(std::string_view request,
                                         std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace picus::telemetry
