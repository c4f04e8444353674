#include "core/request_body.h"

namespace picus {

asio::awaitable<Result<std::string_view>> RequestBody::read_all() {
  if (stream_ == nullptr) co_return std::string_view{};
  const auto size = stream_->size();
  if (size && *size > max_bytes_) co_return too_large();
  while (true) {
    const auto piece = co_await stream_->read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return text_;
    if (text_.empty() && size == piece->size()) co_return *piece;
    if (text_.empty() && size) text_.reserve(*size);
    if (text_.size() + piece->size() > max_bytes_) co_return too_large();
    text_ += *piece;
    if (size == text_.size()) co_return text_;
  }
}

std::unexpected<Error> RequestBody::too_large() const {
  return failure(ErrorCode::body_too_large,
                 "A body has at most " + std::to_string(max_bytes_) +
                     " bytes; more items than that go as application/x-ndjson, one a line.");
}

}  // namespace picus
