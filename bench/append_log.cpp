#include "append_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "failure.h"

namespace bench {

int open_log(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) fail("open log");
  return fd;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0) fail("write log");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

AppendLog::AppendLog(const std::string& path, Committed committed)
    : committed_(std::move(committed)), fd_(open_log(path)), thread_([this] { run(); }) {}

AppendLog::~AppendLog() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
  ::close(fd_);
}

void AppendLog::append(std::string_view record) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_.append(record);
    ++appended_;
  }
  if (first) wake_.notify_one();
}

bool AppendLog::take(std::string& batch) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
  batch.clear();
  batch.swap(waiting_);
  taken_ = appended_;
  return !batch.empty();
}

void AppendLog::run() {
  std::string batch;
  while (take(batch)) {
    write_all(fd_, batch);
    if (::fdatasync(fd_) != 0) fail("fdatasync");
    committed_(taken_);
  }
}

}  // namespace bench
