#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials/credentials.h"
#include "aws/sigv4.h"
#include "core/log.h"
#include "net/client/http_pool.h"
#include "otlp/otlp_options.h"
#include "telemetry/sink.h"

namespace picus {

namespace asio = boost::asio;

/// Sends spans with OTLP over HTTP, one POST each: compressed, unless the receiver is on this
/// machine, and signed if they are for X-Ray.
class HttpSink final : public telemetry::Sink {
 public:
  /// `options.url` is a URL. `log` outlives it. Opens no connection.
  HttpSink(OtlpOptions options, Log& log);
  ~HttpSink() override;

  /// An attempt takes at most 10 s. 429, 502, 503, 504, and everything without a response count as
  /// failed, as OTLP demands; a signature that is refused too, with new credentials.
  asio::awaitable<telemetry::Delivery> send(
      std::string_view request, std::chrono::steady_clock::time_point deadline) override;

 private:
  asio::awaitable<std::optional<std::string>> sign(net::HttpRequest* request,
                                                   std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] telemetry::Delivery judge(const net::HttpResponse& response);

  OtlpOptions options_;
  std::string origin_;
  std::string target_;
  std::string host_;  ///< the header
  bool compresses_ = true;
  net::HttpPool pool_;
  std::optional<aws::Signer> signer_;
  std::unique_ptr<aws::CredentialsSource> credentials_;
  std::shared_ptr<const aws::Credentials> used_;
};

}  // namespace picus
