#pragma once

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws/credentials/provider.h"
#include "core/log.h"
#include "core/run.h"

namespace picus::aws {

inline Provided fetch_from(CredentialsProvider& provider,
                           std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  return run(provider.fetch(std::chrono::steady_clock::now() + timeout));
}

/// The result of get().
using Got = Result<std::shared_ptr<const Credentials>>;

inline Got get_from(CredentialsSource& source,
                    std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  return run(source.get(std::chrono::steady_clock::now() + timeout));
}

/// For tests: records log lines as `event name=text …`.
class KeptLog final : public Log {
 public:
  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override {
    std::string line = (level == Level::error ? "error " : "") + std::string(event);
    for (const LogField& field : fields) {
      const auto* const text = std::get_if<std::string_view>(&field.value);
      if (text != nullptr) line.append(" ").append(field.name).append("=").append(*text);
    }
    const std::scoped_lock lock(mutex_);
    lines_.push_back(std::move(line));
  }
  void access(const AccessRecord&) override {}

  /// The number of lines that contain this text.
  [[nodiscard]] std::size_t count(std::string_view part) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace picus::aws
