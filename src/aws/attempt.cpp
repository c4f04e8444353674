#include "aws/attempt.h"

#include <zlib.h>

#include <charconv>
#include <cstdint>
#include <utility>

#include "aws/error_codes.h"

namespace picus::aws {

namespace {

using Kind = CallError::Kind;

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool is_whole(const net::HttpResponse& response) {
  const std::string_view sent = response.header("x-amz-crc32");
  if (sent.empty()) return true;  // other servers of this API leave it out
  const auto* bytes = reinterpret_cast<const Bytef*>(response.body.data());
  const auto sum = crc32_z(0, bytes, response.body.size());
  return parse_number<std::uint32_t>(sent) == static_cast<std::uint32_t>(sum);
}

/// 501 and the like say that it will not be better next time.
bool is_passing(unsigned status) {
  return status < 500 || status == 500 || (status >= 502 && status <= 504);
}

/// A refusal that is no error document of AWS's. A gateway on the way may send 429 and 5xx.
bool is_of_another(const net::HttpResponse& response, Kind kind, const ServiceError& said) {
  return kind != Kind::throttled && !said.is_document && response.status < 500 &&
         response.header("x-amzn-errortype").empty();
}

}  // namespace

FailedAttempt read_failure(const net::TransportError& error) {
  const bool late = error.kind == net::TransportError::Kind::timeout;
  return {.error = {.kind = late ? Kind::deadline_exceeded : Kind::unavailable,
                    .code = {},
                    .message = error.text(),
                    .uncertain = error.sent},
          .remedy = Remedy::wait};
}

std::expected<std::string, FailedAttempt> read_response(const AskedService& asked,
                                                        net::HttpResponse response) {
  const bool whole = is_whole(response);
  const bool success = response.status >= 200 && response.status < 300;
  const std::string fault = whole && success ? fault_of_answer(asked, response) : std::string();
  if (whole && success && fault.empty()) return std::move(response.body);

  FailedAttempt failed{.error = {.kind = Kind::unavailable,
                                 .code = {},
                                 .status = response.status,
                                 .message = "the response does not match its x-amz-crc32",
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

  const ServiceError said = parse_service_error(asked.service, response.status, response.body);
  const Meaning meaning = meaning_of(asked.service, response.status, said);
  failed.remedy = is_passing(response.status) ? meaning.remedy : Remedy::none;
  failed.error.kind = meaning.kind;
  failed.error.code = said.code;
  failed.error.message = said.message;
  failed.error.advice = meaning.advice;
  // What was throttled, or refused for a reason, was not done, whatever the status.
  failed.error.uncertain = response.status >= 500 && meaning.remedy == Remedy::wait;
  if (is_of_another(response, meaning.kind, said)) {
    failed.error.kind = Kind::not_the_service;
    failed.error.code.clear();
    failed.error.message = impostor_message(asked, "it sent " + response_in_words(response));
  }
  failed.error.body = std::move(response.body);
  return std::unexpected(std::move(failed));
}

}  // namespace picus::aws
