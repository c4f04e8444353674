#include <charconv>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "client_socket.h"
#include "loads.h"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

/// Takes a body's bytes as they come and ticks the items off.
class ItemCheck {
 public:
  explicit ItemCheck(const Target& target)
      : items_(target.item_bytes), seen_(target.items, false), line_bytes_(target.item_bytes + 1) {}

  void take(std::string_view bytes) {
    bytes_ += bytes.size();
    if (!partial_.empty()) {
      const std::string_view head = bytes.substr(0, line_bytes_ - partial_.size());
      partial_ += head;
      bytes.remove_prefix(head.size());
      if (partial_.size() < line_bytes_) return;
      take_line(partial_);
      partial_.clear();
    }
    for (; bytes.size() >= line_bytes_; bytes.remove_prefix(line_bytes_)) {
      take_line(bytes.substr(0, line_bytes_));
    }
    partial_ = bytes;
  }

  /// All items came, and nothing else.
  void finish() const {
    if (count_ != seen_.size() || !partial_.empty()) {
      throw std::runtime_error("the list has " + std::to_string(count_) + " items, not " +
                               std::to_string(seen_.size()));
    }
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void take_line(std::string_view line) {
    const auto number = items_.number_of(line.substr(0, line.size() - 1));
    if (!number || line.back() != '\n' || *number >= seen_.size() || seen_[*number]) {
      throw std::runtime_error("not an item of this list, or one that came before: " +
                               std::string(line));
    }
    seen_[*number] = true;
    ++count_;
  }

  Items items_;
  std::vector<bool> seen_;
  std::size_t line_bytes_;
  std::string partial_;
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Takes the chunked transfer coding off (RFC 9112, 7.1; no extensions, no trailers).
class ChunkDecoder {
 public:
  explicit ChunkDecoder(ItemCheck& check) : check_(check) {}

  /// False: that was the last chunk.
  bool take(std::string_view bytes) {
    while (!bytes.empty()) {
      if (in_chunk_ > 0) {
        const std::string_view data = bytes.substr(0, in_chunk_);
        check_.take(data);
        in_chunk_ -= data.size();
        bytes.remove_prefix(data.size());
        continue;
      }
      size_line_ += bytes.front();
      bytes.remove_prefix(1);
      if (size_line_.size() > 2 && size_line_.ends_with("\r\n") && !begin_chunk()) return false;
    }
    return true;
  }

 private:
  /// `size_line_` begins with the line end of the chunk before, except at the first chunk.
  bool begin_chunk() {
    const std::size_t skip = size_line_.starts_with("\r\n") ? 2 : 0;
    const char* const end = size_line_.data() + size_line_.size();
    if (std::from_chars(size_line_.data() + skip, end, in_chunk_, 16).ec != std::errc()) {
      throw std::runtime_error("not a chunk size: " + size_line_);
    }
    size_line_.clear();
    return in_chunk_ != 0;
  }

  ItemCheck& check_;
  std::string size_line_;
  std::size_t in_chunk_ = 0;
};

void receive_list(ClientSocket& socket, const Head& head, ItemCheck& check) {
  if (head.chunked) {
    ChunkDecoder decoder(check);
    while (decoder.take(socket.take())) {
    }
    return;
  }
  while (check.bytes() < head.content_length) check.take(socket.take());
}

}  // namespace

void list_load(const Target& target) {
  ItemCheck check(target);
  ClientSocket socket(target.port);
  const auto start = Clock::now();
  socket.send_get(target.path, true);
  const Head head = socket.receive_head();
  if (head.status != 200) throw std::runtime_error("status " + std::to_string(head.status));
  const auto first = Clock::now();
  receive_list(socket, head, check);
  const auto end = Clock::now();
  check.finish();
  std::printf("{\"first_byte_us\": %.1f, \"seconds\": %.6f, \"bytes\": %llu}\n",
              std::chrono::duration<double, std::micro>(first - start).count(),
              std::chrono::duration<double>(end - start).count(),
              static_cast<unsigned long long>(check.bytes()));
}

}  // namespace bench
