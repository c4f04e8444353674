#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picus::cli {

/// The progress of a long job.
struct Advance {
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  std::optional<double> fraction;  ///< of the whole, from 0 to 1, if it is known
};

/// `12 300 items, 34.5 MB, 19 775 items/s, 62 %, 0:12 left`.
std::string describe(const Advance& advance, std::chrono::milliseconds elapsed);

/// `19 775 items/s`.
std::string rate(std::uint64_t items, std::chrono::milliseconds elapsed);

/// `[#####...............]`.
std::string bar(double fraction);

/// On a terminal, one line on standard error that is updated in place, with messages above it.
/// Otherwise a line from time to time.
class Progress {
 public:
  /// `every`: the interval of the lines if standard error is not a terminal.
  explicit Progress(std::chrono::milliseconds every = std::chrono::seconds(10));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Updates at most five times a second on a terminal.
  void show(const Advance& advance);
  /// Writes a line of text.
  void print(std::string_view line);

  [[nodiscard]] std::chrono::milliseconds elapsed() const;

 private:
  void clear();

  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_at_;
  bool is_terminal_;
  std::chrono::milliseconds every_;
  bool shown_ = false;
};

}  // namespace picus::cli
