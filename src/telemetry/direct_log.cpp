#include "telemetry/direct_log.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "json/text.h"
#include "telemetry/line.h"

namespace picus {
namespace {

constexpr std::size_t kMaxTagBytes = 256;

void append_tag(std::string& tags, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  tags += name;
  json::append_string(tags, beginning(value, kMaxTagBytes));
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd watched{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&watched, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace

DirectLog::DirectLog(DirectLogOptions options) : options_(std::move(options)) {}

void DirectLog::tag(std::string_view request_id, std::string_view trace) {
  const std::lock_guard lock(mutex_);
  tags_.clear();
  append_tag(tags_, R"(,"aws_request_id":)", request_id);
  append_tag(tags_, R"(,"trace":)", trace);
  has_trace_ = !trace.empty();
}

void DirectLog::choose(Level minimum, bool access) {
  const std::lock_guard lock(mutex_);
  options_.minimum = minimum;
  options_.access = access;
}

void DirectLog::write(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  try {
    const std::lock_guard lock(mutex_);
    if (level < options_.minimum) return;
    line_.clear();
    append_json_line(line_, now(), level, event, fields);
    put_line();
  } catch (const std::exception&) {
    return;  // no memory for a line
  }
}

void DirectLog::access(const AccessRecord& record) {
  try {
    const std::lock_guard lock(mutex_);
    if (!options_.access || access_level(record) < options_.minimum) return;
    line_.clear();
    append_json_line(line_, now(), record, has_trace_);
    put_line();
  } catch (const std::exception&) {
    return;  // no memory for a line
  }
}

std::string_view DirectLog::now() {
  return time_.rfc3339(std::chrono::floor<std::chrono::microseconds>(options_.clock()));
}

void DirectLog::put_line() {
  constexpr std::string_view kEnd = "}\n";
  line_.insert(line_.size() - kEnd.size(), tags_);
  write_all(options_.fd, line_);
}

}  // namespace picus
