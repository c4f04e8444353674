#include "aws/sigv4.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/digest.h"
#include "core/percent_encoding.h"
#include "core/time_text.h"

namespace picus::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTermination = "aws4_request";
constexpr std::size_t kDayChars = 8;  // of `20261124T213000Z`
/// Room for the texts of a usual request, so that none has to grow.
constexpr std::size_t kUsualBytes = 256;

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
}

/// The path's segments without empty ones, `.` and `..` (RFC 3986, 5.2.4, and repeated slashes).
std::vector<std::string_view> normal_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  return segments;
}

/// Every service but S3 wants the path of the wire encoded once more.
void append_canonical_path(std::string& out, std::string_view path) {
  out += '/';
  if (path.empty() || path == "/") return;
  const auto segments = normal_segments(path);
  for (const std::string_view segment : segments) {
    if (out.back() != '/') out += '/';
    append_percent_encoded(out, segment);
  }
  if (path.ends_with('/') && !segments.empty()) out += '/';
}

/// Sorted by name, then by value; a name alone gets its equals sign.
void append_canonical_query(std::string& out, std::string_view query) {
  if (query.empty()) return;
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (bool more = true; more;) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    more = end != std::string_view::npos;
    if (more) query.remove_prefix(end + 1);
    pairs.emplace_back(pair.substr(0, equals), equals == std::string_view::npos
                                                   ? std::string_view()
                                                   : pair.substr(equals + 1));
  }
  std::ranges::sort(pairs);
  for (const auto& [name, value] : pairs) {
    out.append(name).append("=").append(value) += '&';
  }
  out.pop_back();
}

/// Without white space at the ends, and with single spaces inside.
void append_folded(std::string& out, std::string_view value) {
  constexpr std::string_view kSpace = " \t";
  std::size_t start = value.find_first_not_of(kSpace);
  while (start != std::string_view::npos) {
    const std::size_t end = value.find_first_of(kSpace, start);
    out += value.substr(start, end == std::string_view::npos ? end : end - start);
    start = value.find_first_not_of(kSpace, end);
    if (end == std::string_view::npos || start == std::string_view::npos) return;
    out += ' ';
  }
}

using Headers = std::vector<SignableHeader>;

/// Into the order of names; those of one name stay in the order they are sent.
void insert(Headers& headers, SignableHeader header) {
  headers.insert(std::ranges::upper_bound(headers, header.name, {}, &SignableHeader::name), header);
}

Headers headers_to_sign(const SignableRequest& request, const Credentials& credentials,
                        std::string_view amz_date) {
  Headers headers;
  headers.reserve(request.headers.size() + 2);
  for (const SignableHeader& header : request.headers) insert(headers, header);
  insert(headers, {"x-amz-date", amz_date});
  if (!credentials.session_token.empty()) {
    insert(headers, {"x-amz-security-token", credentials.session_token});
  }
  return headers;
}

/// A line for each name, the values of repeated ones joined by commas.
void append_canonical_headers(std::string& out, const Headers& headers) {
  std::string_view last;
  for (const SignableHeader& header : headers) {
    if (header.name == last) {
      out.back() = ',';
    } else {
      out.append(header.name) += ':';
    }
    append_folded(out, header.value);
    out += '\n';
    last = header.name;
  }
}

std::string signed_names(const Headers& headers) {
  std::string names;
  names.reserve(kUsualBytes);
  std::string_view last;
  for (const SignableHeader& header : headers) {
    if (header.name == last) continue;
    if (!names.empty()) names += ';';
    names += header.name;
    last = header.name;
  }
  return names;
}

std::string canonical_request(const SignableRequest& request, const Headers& headers,
                              std::string_view names) {
  std::string text;
  text.reserve(1024);  // a session token is long
  text.append(request.method) += '\n';
  append_canonical_path(text, request.path);
  text += '\n';
  append_canonical_query(text, request.query);
  text += '\n';
  append_canonical_headers(text, headers);
  text += '\n';
  text.append(names) += '\n';
  append_hex(text, sha256({request.body}));
  return text;
}

}  // namespace

Signer::Signer(std::string region, std::string service)
    : region_(std::move(region)), service_(std::move(service)) {}

Signature Signer::sign(const SignableRequest& request, const Credentials& credentials,
                       std::chrono::system_clock::time_point now) {
  Signature signature{.authorization = {}, .amz_date = utc_text(now, "%Y%m%dT%H%M%SZ")};
  const std::string_view day = std::string_view(signature.amz_date).substr(0, kDayChars);
  const Headers headers = headers_to_sign(request, credentials, signature.amz_date);
  const std::string names = signed_names(headers);
  const auto digest = sha256({canonical_request(request, headers, names)});

  std::string scope;
  scope.reserve(kUsualBytes);
  scope.append(day).append("/").append(region_).append("/").append(service_).append("/").append(
      kTermination);
  std::string to_sign;
  to_sign.reserve(kUsualBytes);
  to_sign.append(kAlgorithm).append("\n").append(signature.amz_date).append("\n").append(scope) +=
      '\n';
  append_hex(to_sign, digest);

  signature.authorization.reserve(2 * kUsualBytes);
  signature.authorization.append(kAlgorithm).append(" Credential=");
  signature.authorization.append(credentials.access_key_id).append("/").append(scope);
  signature.authorization.append(", SignedHeaders=").append(names).append(", Signature=");
  append_hex(signature.authorization, hmac_sha256(signing_key(credentials, day), to_sign));
  return signature;
}

Signer::Key Signer::signing_key(const Credentials& credentials, std::string_view day) {
  const std::scoped_lock lock(mutex_);
  if (day == key_day_ && credentials.secret_access_key == key_secret_) return key_;
  key_ = hmac_sha256(bytes_of("AWS4" + credentials.secret_access_key), day);
  key_ = hmac_sha256(key_, region_);
  key_ = hmac_sha256(key_, service_);
  key_ = hmac_sha256(key_, kTermination);
  key_day_ = day;
  key_secret_ = credentials.secret_access_key;
  return key_;
}

}  // namespace picus::aws
