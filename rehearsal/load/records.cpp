#include "records.h"

#include <iostream>
#include <stdexcept>

namespace rehearsal {

namespace {

constexpr std::size_t kFlushBytes = 64UZ * 1024;

std::int64_t microseconds(Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

std::string_view result_of(const Record& record) {
  if (record.unavailable) return "unavailable";
  if (record.late) return "late";
  return record.failed ? "failed" : "ok";
}

std::string line_of(const Record& record) {
  std::string line = std::to_string(microseconds(record.end.time_since_epoch()));
  line += ' ';
  line += std::to_string(microseconds(record.end - record.begin));
  line += ' ';
  line += record.target.empty() ? "none" : record.target;
  line += ' ';
  line += record.operation;
  line += ' ';
  line += result_of(record);
  return line;
}

}  // namespace

Records::Records(const std::string& file) : out_(file, std::ios::binary) {
  if (!out_) throw std::runtime_error("cannot write " + file);
}

void Records::add(const Record& record) {
  const std::string line = line_of(record);
  const std::scoped_lock lock(mutex_);
  ++requests_;
  failed_ += record.failed ? 1 : 0;
  lines_ += line;
  lines_ += '\n';
  if (lines_.size() < kFlushBytes) return;
  out_ << lines_;
  lines_.clear();
}

void Records::explain(const Record& record, std::string_view why) {
  const std::string line = line_of(record);
  const std::scoped_lock lock(mutex_);
  std::cerr << line << ": " << why << '\n';
}

void Records::flush() {
  const std::scoped_lock lock(mutex_);
  if (!(out_ << lines_).flush()) throw std::runtime_error("cannot write the records");
  lines_.clear();
}

}  // namespace rehearsal
