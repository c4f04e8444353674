#include "api/request_body.h"

#include <algorithm>

#include "core/item_text.h"
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
  bool is_blank = true;
  while (true) {
    const auto piece = co_await stream_->read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return text_;
    if (is_blank) {
      const std::size_t first = piece->find_first_not_of(" \t\r\n");
      is_blank = first == std::string_view::npos;
      begins_array_ = !is_blank && (*piece)[first] == '[';
      if (begins_array_) co_return *piece;
    }
    const std::size_t bytes = text_.size() + piece->size();
    if (bytes > most || (size && *size > most && !is_blank)) co_return too_long(max_bytes_);
    if (!memory_.hold(bytes, std::min<std::uint64_t>(size.value_or(most), most))) {
      co_return failure(
          ErrorCode::overloaded,
          "The bodies of all requests together have reached the memory limit; retry later.");
    }
    if (text_.empty() && size == piece->size()) co_return *piece;
    text_.reserve(memory_.held());
    text_ += *piece;
    if (size == text_.size()) co_return text_;
  }
}

}  // namespace picus
