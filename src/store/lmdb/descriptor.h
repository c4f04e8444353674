#pragma once

#include <unistd.h>

#include <utility>

namespace picus {

/// Owns an open file descriptor. -1: none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  [[nodiscard]] int get() const { return fd_; }

 private:
  void close() const {
    if (fd_ >= 0) ::close(fd_);
  }

  int fd_;
};

}  // namespace picus
