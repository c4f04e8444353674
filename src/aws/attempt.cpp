#include "aws/attempt.h"

#include <zlib.h>

#include <charconv>
#include <cstdint>
#include <utility>

namespace picus::aws {

namespace {

using Kind = CallError::Kind;

/// How far off our time must be to be what made a signature wrong. DynamoDB takes five minutes.
constexpr std::chrono::seconds kSkewDoubt{240};

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool is_whole(const net::PooledResponse& response) {
  const std::string_view sent = response.header("x-amz-crc32");
  if (sent.empty()) return true;  // other servers of this API leave it out
  const auto* bytes = reinterpret_cast<const Bytef*>(response.body.data());
  const auto sum = crc32_z(0, bytes, response.body.size());
  return parse_number<std::uint32_t>(sent) == static_cast<std::uint32_t>(sum);
}

struct Meaning {
  Kind kind;
  Remedy remedy;
};

Meaning meaning_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::condition_failed:
      return {Kind::condition_failed, Remedy::none};
    case Verdict::throttled:
      return {Kind::throttled, Remedy::slow_down};
    case Verdict::conflict:
    case Verdict::server_fault:
      return {Kind::unavailable, Remedy::wait};
    case Verdict::clock_skewed:
    case Verdict::maybe_clock_skewed:
      return {Kind::unavailable, Remedy::fix_clock};
    case Verdict::credentials_refused:
      return {Kind::unavailable, Remedy::renew_credentials};
    case Verdict::unavailable:
      return {Kind::unavailable, Remedy::none};
    case Verdict::item_too_large:
      return {Kind::item_too_large, Remedy::none};
    case Verdict::refused:
      break;
  }
  return {Kind::refused, Remedy::none};
}

/// 501 and the like say that it will not be better next time.
bool is_passing(unsigned status) {
  return status < 500 || status == 500 || (status >= 502 && status <= 504);
}

/// A refusal that is no error document of AWS's. A gateway on the way may send 429 and 5xx.
bool is_of_another(const net::PooledResponse& response, Verdict verdict, const ServiceError& said) {
  const bool is_refusal = verdict == Verdict::refused || verdict == Verdict::unavailable;
  return is_refusal && !said.is_document && response.status < 500 &&
         response.header("x-amzn-errortype").empty();
}

}  // namespace

FailedAttempt read_failure(net::TransportError error) {
  const bool late = error.kind == net::TransportError::Kind::timeout;
  return {.error = {.kind = late ? Kind::deadline_exceeded : Kind::unavailable,
                    .code = {},
                    .message = std::move(error.message),
                    .body = {},
                    .uncertain = error.sent},
          .remedy = Remedy::wait};
}

std::expected<std::string, FailedAttempt> read_response(const AskedService& asked,
                                                        net::PooledResponse response) {
  const bool whole = is_whole(response);
  const bool success = response.status >= 200 && response.status < 300;
  const std::string fault = whole && success ? fault_of_answer(asked, response) : std::string();
  if (whole && success && fault.empty()) return std::move(response.body);

  FailedAttempt failed{.error = {.kind = Kind::unavailable,
                                 .code = {},
                                 .message = "the response does not match its x-amz-crc32",
                                 .body = {},
                                 .uncertain = success || response.status >= 500},
                       .remedy = Remedy::wait};
  failed.request_id = response.header("x-amzn-requestid");
  failed.date = response.header("date");
  if (const auto hint =
          parse_number<std::chrono::milliseconds::rep>(response.header("x-amz-retry-after"))) {
    failed.hint = std::chrono::milliseconds(*hint);
  }
  if (!whole) return std::unexpected(std::move(failed));
  if (success) {
    failed.error.kind = Kind::not_the_service;
    failed.error.message = impostor_message(asked, fault);
    return std::unexpected(std::move(failed));
  }

  const ServiceError said = parse_service_error(response.status, response.body);
  const Verdict verdict = judge(response.status, said);
  const Meaning meaning = meaning_of(verdict);
  failed.remedy = is_passing(response.status) ? meaning.remedy : Remedy::none;
  failed.clock_tolerance =
      verdict == Verdict::maybe_clock_skewed ? kSkewDoubt : std::chrono::seconds(0);
  failed.error.kind = meaning.kind;
  failed.error.code = said.code;
  failed.error.message = said.message;
  // What was throttled, or refused for a reason, was not done, whatever the status.
  failed.error.uncertain = response.status >= 500 && verdict == Verdict::server_fault;
  if (is_of_another(response, verdict, said)) {
    failed.error.kind = Kind::not_the_service;
    failed.error.code.clear();
    failed.error.message = impostor_message(asked, "it sent " + response_in_words(response));
  }
  failed.error.body = std::move(response.body);
  return std::unexpected(std::move(failed));
}

}  // namespace picus::aws
