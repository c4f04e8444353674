#include "api/coded_body.h"

#include <algorithm>

#include "api/accept.h"
#include "api/request_body.h"
#include "core/ascii.h"

namespace picus {
namespace {

/// A text may have so many bytes plus so many times those of its data: what is made to be small (a
/// member can expand 1032 times) ends here. No file of items is so repetitive.
constexpr std::uint64_t kMaxTextBytes = 64UZ * 1024 * 1024;
constexpr std::uint64_t kMaxExpansion = 256;
/// And data may have so many bytes more than its text: empty members, padding.
constexpr std::uint64_t kMaxPaddingBytes = 1024UZ * 1024;
/// Up to so much data is kept until more data or its end arrives; a decoder is made only then. A
/// client that begins a body and stops takes no more memory than with a plain body.
constexpr std::size_t kEarlyBytes = BodyMemory::kFreeBytes;

std::unexpected<Error> unsupported() {
  return failure(ErrorCode::unsupported_encoding,
                 "The Content-Encoding of a body can only be gzip, once; use gzip, or send the "
                 "body without Content-Encoding.");
}

}  // namespace

Result<Coding> content_coding(const Request& request) {
  std::string_view only;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, "Content-Encoding")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::string_view coding = take_until(rest, ',');
      if (coding.empty()) continue;
      if (!only.empty()) return unsupported();
      only = coding;
    }
  }
  if (only.empty() || equals_ignoring_case(only, "identity")) return Coding::identity;
  if (is_gzip(only)) return Coding::gzip;
  return unsupported();
}

asio::awaitable<Result<std::string_view>> GunzipBody::read() {
  while (true) {
    const auto text = next_text();
    if (text && turn_.spend(text->size())) co_await let_others_run();
    if (!text || !text->empty()) co_return text;
    const auto piece = co_await refill();
    if (!piece) co_return std::unexpected(piece.error());
    if (!piece->empty()) continue;
    if (!gunzip_ || !gunzip_->complete()) {
      co_return failure(ErrorCode::bad_request, "The gzip data of the body is truncated.");
    }
    co_return std::string_view();
  }
}

Result<std::string_view> GunzipBody::next_text() {
  if (!gunzip_) return std::string_view();
  const std::string_view text = gunzip_->next();
  text_bytes_ += text.size();
  if (expands_too_far(0)) return too_large();
  if (text.empty() && gunzip_->fault() != Gunzip::Fault::none) return damaged();
  return text;
}

asio::awaitable<Result<std::string_view>> GunzipBody::refill() {
  if (coded_ == nullptr) co_return std::string_view();
  const auto piece = co_await coded_->read();
  is_interrupted_ = !piece.has_value();
  if (!piece) co_return piece;
  std::string_view data = *piece;
  if (!gunzip_ && (!early_.empty() || data.size() <= kEarlyBytes)) {
    early_ += data;
    if (!data.empty() && early_.size() <= kEarlyBytes) co_return data;
    data = early_;
  }
  if (data.empty()) co_return data;
  if (!memory_.grow_to(Gunzip::kMemoryBytes)) {
    co_return failure(
        ErrorCode::overloaded,
        "The bodies of all requests together have reached the memory limit; retry later.");
  }
  if (!gunzip_) gunzip_.emplace();
  coded_bytes_ += data.size();
  if (coded_bytes_ > kMaxPaddingBytes + 2 * text_bytes_) {
    co_return failure(ErrorCode::body_too_large,
                      "The gzip data of the body is much longer than its text.");
  }
  gunzip_->feed(data);
  co_return data;
}

bool GunzipBody::expands_too_far(std::uint64_t more_bytes) const {
  return text_bytes_ + more_bytes > kMaxTextBytes + kMaxExpansion * coded_bytes_;
}

std::unexpected<Error> GunzipBody::too_large() {
  return failure(ErrorCode::body_too_large,
                 "The text of a gzip body has at most 64 MiB plus 256 times the bytes of the "
                 "compressed data; a line without an item counts as 128 more bytes. Send "
                 "longer texts without Content-Encoding, or in several requests.");
}

std::unexpected<Error> GunzipBody::damaged() const {
  switch (gunzip_->fault()) {
    case Gunzip::Fault::no_gzip:
      return failure(ErrorCode::bad_request,
                     "The Content-Encoding is gzip, but the body is not gzip data.");
    case Gunzip::Fault::trailing:
      return failure(ErrorCode::bad_request,
                     "The gzip data of the body is followed by other bytes.");
    case Gunzip::Fault::none:
    case Gunzip::Fault::damaged:
      break;
  }
  return failure(ErrorCode::bad_request, "The gzip data of the body is damaged.");
}

}  // namespace picus
