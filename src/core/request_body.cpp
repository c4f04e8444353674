#include "core/request_body.h"

#include <algorithm>

#include "core/limits.h"

namespace picus {

bool BodyMemory::hold(std::size_t bytes, std::size_t most) {
  if (bytes <= std::max(kFreeBytes, held())) return true;
  return share_.grow_to(std::max(bytes, std::min(2 * bytes, most))) || share_.grow_to(bytes);
}

asio::awaitable<Result<std::string_view>> RequestBody::read_all() {
  if (stream_ == nullptr) co_return std::string_view{};
  const std::size_t most = max_bytes_ + kAddedIdBytes;
  const auto size = stream_->size();
  if (size && *size > most) co_return too_large();
  while (true) {
    const auto piece = co_await stream_->read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return text_;
    const std::size_t bytes = text_.size() + piece->size();
    if (bytes > most) co_return too_large();
    if (!memory_.hold(bytes, size.value_or(most))) {
      co_return failure(
          ErrorCode::overloaded,
          "The bodies of all requests together take too much memory; try again soon.");
    }
    if (text_.empty() && size == piece->size()) co_return *piece;
    text_.reserve(memory_.held());
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
