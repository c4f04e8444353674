#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "core/log.h"

namespace picus {

/// For tests: keeps events as lines `error event name=value …`, and what served requests report.
class RecordedLog final : public Log {
 public:
  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override {
    std::string line(name_of(level));
    line.append(" ").append(event);
    for (const LogField& field : fields) {
      line.append(" ").append(field.name).append("=");
      if (const auto* text = std::get_if<std::string_view>(&field.value)) line += *text;
      if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        line += std::to_string(*number);
      }
    }
    const std::scoped_lock lock(mutex_);
    lines_.push_back(std::move(line));
  }
  void access(const AccessRecord& record) override {
    const std::scoped_lock lock(mutex_);
    statuses_.push_back(record.status);
    bytes_out_ = record.bytes_out;
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  /// The number of lines that contain this text.
  [[nodiscard]] std::size_t count(std::string_view part) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.contains(part); }));
  }
  [[nodiscard]] std::vector<unsigned> statuses() const {
    const std::scoped_lock lock(mutex_);
    return statuses_;
  }
  /// Of the last request.
  [[nodiscard]] std::uint64_t bytes_out() const {
    const std::scoped_lock lock(mutex_);
    return bytes_out_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<unsigned> statuses_;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace picus
