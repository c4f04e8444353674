#include "net/server/thread_buffers.h"

#include <cstring>
#include <utility>

namespace picus::net {

namespace {

constexpr std::size_t kSpareWorkspaces = 64;
constexpr std::size_t kSpareBodyBuffers = 4;
constexpr std::size_t kKeptOutputBytes = 64UZ * 1024;
constexpr std::size_t kKeptHeaders = 64;

}  // namespace

InputBuffer::InputBuffer() : data_(std::make_unique_for_overwrite<char[]>(kInitialBytes)) {}

void InputBuffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void InputBuffer::make_room() {
  if (begin_ > 0) {
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) grow(capacity_ * 2);
}

void InputBuffer::append(std::string_view text) {
  make_room();
  if (capacity_ - end_ < text.size()) grow(end_ + text.size());
  text.copy(data_.get() + end_, text.size());
  end_ += text.size();
}

void InputBuffer::shrink() {
  if (!empty() || capacity_ == kInitialBytes) return;
  data_ = std::make_unique_for_overwrite<char[]>(kInitialBytes);
  capacity_ = kInitialBytes;
}

void InputBuffer::grow(std::size_t capacity) {
  auto data = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(data.get(), data_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  capacity_ = capacity;
  data_ = std::move(data);
}

std::unique_ptr<Workspace> ThreadBuffers::take_workspace() {
  if (workspaces_.empty()) return std::make_unique<Workspace>();
  auto workspace = std::move(workspaces_.back());
  workspaces_.pop_back();
  return workspace;
}

void ThreadBuffers::give_back(std::unique_ptr<Workspace> workspace) {
  if (workspaces_.size() >= kSpareWorkspaces) return;
  workspace->input.consume(workspace->input.bytes().size());
  workspace->input.shrink();
  workspace->output.clear();
  if (workspace->output.capacity() > kKeptOutputBytes) workspace->output.shrink_to_fit();
  workspace->head.headers.clear();
  if (workspace->head.headers.capacity() > kKeptHeaders) workspace->head.headers.shrink_to_fit();
  workspaces_.push_back(std::move(workspace));
}

std::unique_ptr<char[]> ThreadBuffers::take_body_buffer() {
  if (body_buffers_.empty()) return std::make_unique_for_overwrite<char[]>(kBodyBytes);
  auto buffer = std::move(body_buffers_.back());
  body_buffers_.pop_back();
  return buffer;
}

void ThreadBuffers::give_back(std::unique_ptr<char[]> body_buffer) {
  if (body_buffers_.size() < kSpareBodyBuffers) body_buffers_.push_back(std::move(body_buffer));
}

bool ThreadBuffers::compress(std::string& text) {
  if (!gzip_) gzip_.emplace();
  gzip_->reset();
  compressed_.clear();
  gzip_->write(text, compressed_);
  gzip_->finish(compressed_);
  if (compressed_.size() >= text.size()) return false;
  text.assign(compressed_);
  return true;
}

}  // namespace picus::net
