#include "lambda/answer.h"

#include <utility>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/concat.h"
#include "json/text.h"

namespace picus::lambda {
namespace {

// The invoke limit is 6 MB for all; a load balancer takes 1 MB (ELB, "Lambda functions as
// targets").
constexpr std::size_t kMaxBytes = 6UZ * 1024 * 1024;
constexpr std::size_t kMaxBytesOfLoadBalancer = 1'000'000;
/// For status and headers.
constexpr std::size_t kEnvelopeBytes = 16UZ * 1024;

bool is_load_balancer(Source source) {
  return source == Source::alb || source == Source::alb_multi_value;
}

/// A REST API decodes base64 only where its binaryMediaTypes say so.
bool takes_base64(Source source) { return source != Source::rest_api; }

bool has_header_lists(Source source) {
  return source == Source::alb_multi_value || source == Source::rest_api ||
         source == Source::http_api_1;
}

/// `404 Not Found`: a load balancer's answer has both.
std::string status_description(const Response& response) {
  return concat(response.status, ' ', reason_phrase(response.status));
}

void append_headers(std::string& out, const Response& response, bool as_lists) {
  out += as_lists ? R"(,"multiValueHeaders":{)" : R"(,"headers":{)";
  bool first = true;
  for (const Header& header : response.headers) {
    if (!std::exchange(first, false)) out += ',';
    json::append_string(out, header.name);
    out += as_lists ? ":[" : ":";
    json::append_string(out, header.value);
    if (as_lists) out += ']';
  }
  out += '}';
}

std::string answer_head(Source source, const Response& response) {
  std::string out = R"({"statusCode":)" + std::to_string(response.status);
  if (is_load_balancer(source)) {
    out += R"(,"statusDescription":)";
    json::append_string(out, status_description(response));
  }
  append_headers(out, response, has_header_lists(source));
  return out;
}

void append_text_body(std::string& out, std::string_view body) {
  out.reserve(out.size() + body.size() + body.size() / 4 + 64);
  out += R"(,"isBase64Encoded":false,"body":)";
  json::append_string(out, body);
  out += '}';
}

void append_bytes_body(std::string& out, std::string_view body) {
  out += R"(,"isBase64Encoded":true,"body":")";
  append_base64(out, bytes_of(body));
  out += "\"}";
}

}  // namespace

std::size_t max_answer_bytes(Source source) {
  return is_load_balancer(source) ? kMaxBytesOfLoadBalancer : kMaxBytes;
}

std::size_t max_list_bytes(Source source) {
  const std::size_t bytes = max_answer_bytes(source) - kEnvelopeBytes;
  // Each byte of JSON is at most two in a string: its quotes and backslashes are escaped.
  return takes_base64(source) ? bytes / 4 * 3 : bytes / 2;
}

std::optional<std::string> encode_answer(Source source, const Response& response,
                                         std::string_view body) {
  const std::size_t most = max_answer_bytes(source);
  const std::string head = answer_head(source, response);
  std::string answer = head;
  const bool is_text = json::is_utf8(body);
  if (is_text && head.size() + body.size() <= most) {
    append_text_body(answer, body);
    if (answer.size() <= most) return answer;
  }
  if (is_text && !takes_base64(source)) return std::nullopt;
  if (head.size() + body.size() / 3 * 4 > most) return std::nullopt;
  answer = head;
  append_bytes_body(answer, body);
  return answer.size() <= most ? std::optional(std::move(answer)) : std::nullopt;
}

}  // namespace picus::lambda
