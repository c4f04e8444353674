#include "otlp/http_sink.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <span>
#include <utility>

#include "aws/credentials/cached_credentials.h"
#include "aws/credentials/document.h"
#include "aws/credentials/http.h"
#include "aws/server_clock.h"
#include "core/concat.h"
#include "net/address.h"
#include "net/client/http_url.h"
#include "net/client/server_url.h"
#include "telemetry/otlp_writer.h"

namespace picus {
namespace {

using Clock = std::chrono::steady_clock;
using net::HttpRequest;
using net::HttpResponse;
using net::TransportError;
using telemetry::Delivery;
using Outcome = Delivery::Outcome;

constexpr std::chrono::seconds kAttemptTimeout{10};
constexpr std::string_view kContentType = "application/x-protobuf";
constexpr std::size_t kMaxResponseBytes = 64UZ * 1024;

net::HttpPool::Options pool_options(const OtlpOptions& options) {
  net::HttpPool::Options pool;
  pool.ca_bundle = options.ca_bundle;
  pool.max_idle = 1;
  pool.max_body_bytes = kMaxResponseBytes;
  return pool;
}

std::string gzipped(std::string_view text) {
  constexpr int kWindowBits = 15 + 16;  // + 16: gzip's header and trailer
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib's interface is from before const; it does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Compression costs as much as all else that a span costs, and saves nothing within a machine.
bool is_on_this_machine(const net::ServerUrl& server) {
  const auto address = server.literal_address();
  return address && net::is_local(*address).value_or(false);
}

bool may_be_accepted_later(unsigned status) {
  return status == 429 || (status >= 502 && status <= 504);
}

/// Seconds, or a time (RFC 9110, 10.2.3).
std::optional<std::chrono::milliseconds> retry_after(std::string_view header) {
  unsigned seconds = 0;
  const char* const text_end = header.data() + header.size();
  const auto [end, error] = std::from_chars(header.data(), text_end, seconds);
  if (error == std::errc() && end == text_end) return std::chrono::seconds(seconds);
  const auto time = aws::parse_http_date(header);
  if (!time) return std::nullopt;
  const auto left = *time - std::chrono::system_clock::now();
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left),
                  std::chrono::milliseconds(0));
}

Delivery failed(std::string detail) {
  return {.outcome = Outcome::failed, .detail = std::move(detail)};
}

Delivery accepted(const HttpResponse& response) {
  const auto partial = telemetry::read_otlp_response(response.body);
  if (!partial || partial->rejected_spans == 0) return {.outcome = Outcome::accepted};
  return {.outcome = Outcome::accepted,
          .rejected_spans = partial->rejected_spans,
          .detail = "the receiver rejected some spans: " + aws::excerpt(partial->message)};
}

}  // namespace

HttpSink::HttpSink(OtlpOptions options, Log& log)
    : options_(std::move(options)), pool_(pool_options(options_)) {
  auto url = net::HttpUrl::parse(options_.url).value();
  origin_ = std::move(url.origin);
  target_ = std::move(url.target);
  if (const auto server = net::ServerUrl::parse(origin_)) {
    host_ = server->authority;
    compresses_ = !is_on_this_machine(*server);
  }
  if (options_.region.empty()) return;
  signer_.emplace(options_.region, "xray");
  credentials_ = std::make_unique<aws::CachedCredentials>(
      aws::default_credentials(options_.environment, options_.region, pool_, log), log);
}

HttpSink::~HttpSink() = default;

/// Why there is no signature; nothing: there is one.
asio::awaitable<std::optional<std::string>> HttpSink::sign(HttpRequest* request,
                                                           Clock::time_point deadline) {
  auto found = co_await credentials_->get(deadline);
  if (!found) {
    co_return found.error().detail().empty() ? found.error().message() : found.error().detail();
  }
  used_ = std::move(*found);
  const std::array<aws::SignableHeader, 3> all{
      {{"content-encoding", "gzip"}, {"content-type", kContentType}, {"host", host_}}};
  const auto signable = std::span(all).subspan(compresses_ ? 0 : 1);
  const std::string_view target = request->target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  aws::Signature signature =
      signer_->sign({.method = request->method,
                     .path = target.substr(0, mark),
                     .query = target.substr(std::min(mark + 1, target.size())),
                     .headers = signable,
                     .body = request->body},
                    *used_, std::chrono::system_clock::now());
  auto& headers = request->headers;
  headers.push_back({"X-Amz-Date", std::move(signature.amz_date)});
  if (!used_->session_token.empty()) {
    headers.push_back({"X-Amz-Security-Token", used_->session_token});
  }
  headers.push_back({"Authorization", std::move(signature.authorization)});
  co_return std::nullopt;
}

asio::awaitable<Delivery> HttpSink::send(std::string_view request, Clock::time_point deadline) {
  const Clock::time_point until = std::min(deadline, Clock::now() + kAttemptTimeout);
  const std::string compressed = compresses_ ? gzipped(request) : std::string();
  HttpRequest post{.origin = origin_,
                   .method = "POST",
                   .target = target_,
                   .headers = {{"Content-Type", std::string(kContentType)}},
                   .body = compresses_ ? compressed : request,
                   .cut_body = true};
  if (compresses_) post.headers.push_back({"Content-Encoding", "gzip"});
  for (const auto& [name, value] : options_.headers) post.headers.push_back({name, value});
  if (signer_) {
    const auto fault = co_await sign(&post, until);
    if (fault) co_return failed(*fault);
  }
  auto response = co_await pool_.send(post, until);
  const bool is_stale =
      !response && response.error().kind == TransportError::Kind::broken && response.error().reused;
  if (is_stale) response = co_await pool_.send(post, until);
  if (!response) co_return failed(response.error().text());
  co_return judge(*response);
}

Delivery HttpSink::judge(const HttpResponse& response) {
  if (response.status >= 200 && response.status < 300) return accepted(response);
  Delivery delivery =
      failed(concat("the receiver returned ", response.status, ": ", aws::excerpt(response.body)));
  if (may_be_accepted_later(response.status)) {
    delivery.retry_after = retry_after(response.header("retry-after"));
    return delivery;
  }
  if (signer_ && response.status == 403) {
    credentials_->invalidate(*used_);
    return delivery;
  }
  delivery.outcome = Outcome::refused;
  return delivery;
}

}  // namespace picus
