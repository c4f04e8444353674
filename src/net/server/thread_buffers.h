#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/server/gzip_stream.h"
#include "net/server/request_head.h"
#include "net/server/response_head.h"
#include "net/server/waiting_room.h"

namespace picus::net {

/// Bytes that have arrived and are not processed yet, contiguous.
class InputBuffer {
 public:
  static constexpr std::size_t kInitialBytes = 4096;

  InputBuffer();

  [[nodiscard]] std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  /// The free space after bytes(); may be empty.
  [[nodiscard]] std::span<char> space() { return {data_.get() + end_, capacity_ - end_}; }
  /// `count` bytes of space() were filled.
  void commit(std::size_t count) { end_ += count; }
  /// The first `count` bytes are processed.
  void consume(std::size_t count);
  /// Moves bytes() to the front, or into a larger block if the buffer is full. Invalidates views.
  void make_room();
  void append(std::string_view text);
  /// Frees the memory beyond the initial size. Only while empty.
  void shrink();

 private:
  void grow(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = kInitialBytes;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// What a connection needs only while a request is in progress.
struct Workspace {
  InputBuffer input;
  RequestHead head;
  std::string output;  ///< responses, or their heads, that are not sent yet
};

/// Objects that the connections of a thread borrow and return. For one thread.
class ThreadBuffers {
 public:
  static constexpr std::size_t kBodyBytes = 64UZ * 1024;

  std::unique_ptr<Workspace> take_workspace();
  void give_back(std::unique_ptr<Workspace> workspace);

  std::unique_ptr<char[]> take_body_buffer();  ///< of kBodyBytes
  void give_back(std::unique_ptr<char[]> body_buffer);

  DateLine& date() { return date_; }

  /// Compresses the text to one gzip member, if that is shorter.
  bool compress(std::string& text);

  /// The connections that wait for their clients.
  WaitingRoom& waiting() { return waiting_; }

  /// A buffer for bytes that are discarded.
  std::span<char> waste() { return waste_; }

 private:
  WaitingRoom waiting_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;
  std::vector<std::unique_ptr<char[]>> body_buffers_;
  DateLine date_;
  std::optional<GzipStream> gzip_;
  std::string compressed_;
  std::array<char, 16UZ * 1024> waste_;
};

}  // namespace picus::net
