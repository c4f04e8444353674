#include "cli/decompressor.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>

#include "api/gunzip.h"
#include "core/concat.h"

namespace picus::cli {
namespace {

class Gzip final : public Decompressor {
 public:
  static constexpr std::string_view kMagic = "\x1f\x8b";

  void feed(std::string_view piece) override { gunzip_.feed(piece); }
  std::expected<std::string_view, std::string> next() override {
    const std::string_view text = gunzip_.next();
    const Gunzip::Fault fault = gunzip_.fault();
    // What stands before other bytes is whole; what stands before damage may be damaged.
    const bool is_good =
        fault == Gunzip::Fault::trailing ? !text.empty() : fault == Gunzip::Fault::none;
    if (is_good) return text;
    return std::unexpected("the gzip data is damaged");
  }

  [[nodiscard]] bool is_whole() const override { return gunzip_.complete(); }
  [[nodiscard]] std::string_view name() const override { return "gzip"; }

 private:
  Gunzip gunzip_;
};

/// RFC 8878: frames one after another. A frame that needs more than 128 MiB of memory is refused,
/// as the zstd command does by default.
class Zstd final : public Decompressor {
 public:
  static constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";

  Zstd() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ZSTD_freeDStream(stream_); }

  void feed(std::string_view piece) override { in_ = {piece.data(), piece.size(), 0}; }
  std::expected<std::string_view, std::string> next() override {
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    bool had_data = true;
    while (out.pos == 0 && had_data) {
      had_data = in_.pos < in_.size;
      if (!had_data && is_whole_) break;
      const std::size_t rest = ZSTD_decompressStream(stream_, &out, &in_);
      if (ZSTD_isError(rest) != 0) return std::unexpected(explain(rest));
      is_whole_ = rest == 0;
    }
    return std::string_view(out_.data(), out.pos);
  }

  [[nodiscard]] bool is_whole() const override { return is_whole_; }
  [[nodiscard]] std::string_view name() const override { return "zstd"; }

 private:
  static std::string explain(std::size_t error) {
    std::string message = concat("the zstd data cannot be read: ", ZSTD_getErrorName(error));
    if (ZSTD_getErrorCode(error) == ZSTD_error_frameParameter_windowTooLarge) {
      message += "; decompress it first: zstd -dc --long=31 FILE | picus import -";
    }
    return message;
  }

  ZSTD_DStream* stream_;
  ZSTD_inBuffer in_{};
  std::string out_ = std::string(ZSTD_DStreamOutSize(), '\0');
  bool is_whole_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::of(std::string_view head) {
  if (head.starts_with(Gzip::kMagic)) return std::make_unique<Gzip>();
  if (head.starts_with(Zstd::kMagic)) return std::make_unique<Zstd>();
  return nullptr;
}

}  // namespace picus::cli
