#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace picus::net {

/// Compresses pieces into one gzip member. Needs about 256 KiB.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(GzipStream&&) noexcept;
  GzipStream& operator=(GzipStream&&) noexcept;

  /// Starts a new member.
  void reset();
  /// Compresses `piece` and appends the available output to `out`; for most small pieces there is
  /// none yet.
  void write(std::string_view piece, std::string& out);
  /// Appends the rest of the output.
  void finish(std::string& out);

 private:
  struct State;
  void run(std::string_view piece, int flush, std::string& out);
  std::unique_ptr<State> state_;
};

}  // namespace picus::net
