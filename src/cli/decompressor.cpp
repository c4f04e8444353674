#include "cli/decompressor.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>

namespace picus::cli {
namespace {

constexpr std::size_t kDecodedBytes = 256UZ * 1024;

/// RFC 1952: members one after another, and zeros behind them where a tape or a disk image filled
/// its last block up.
class Gzip final : public Decompressor {
 public:
  static constexpr std::string_view kMagic = "\x1f\x8b";

  Gzip() {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&zip_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&zip_); }

  std::expected<std::string_view, std::string> decode(std::string_view& input) override {
    if (!in_member_ && has_member_) {
      input.remove_prefix(std::min(input.find_first_not_of('\0'), input.size()));
    }
    if (input.empty()) return std::string_view();
    in_member_ = has_member_ = true;
    // zlib's interface is from before const; it does not write to its input.
    zip_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    zip_.avail_in = static_cast<uInt>(input.size());
    zip_.next_out = reinterpret_cast<Bytef*>(out_.data());
    zip_.avail_out = static_cast<uInt>(out_.size());
    const int status = inflate(&zip_, Z_NO_FLUSH);
    input.remove_prefix(input.size() - zip_.avail_in);
    if (status == Z_STREAM_END) {
      in_member_ = false;
      inflateReset(&zip_);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return std::unexpected("the gzip data is damaged");
    }
    return std::string_view(out_.data(), out_.size() - zip_.avail_out);
  }

  [[nodiscard]] bool is_whole() const override { return !in_member_; }
  [[nodiscard]] std::string_view name() const override { return "gzip"; }

 private:
  z_stream zip_{};
  std::string out_ = std::string(kDecodedBytes, '\0');
  bool in_member_ = false;
  bool has_member_ = false;
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

  std::expected<std::string_view, std::string> decode(std::string_view& input) override {
    if (input.empty() && is_whole_) return std::string_view();
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    const std::size_t rest = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_isError(rest) != 0) {
      return std::unexpected("the zstd data cannot be read: " +
                             std::string(ZSTD_getErrorName(rest)));
    }
    is_whole_ = rest == 0;
    input.remove_prefix(in.pos);
    return std::string_view(out_.data(), out.pos);
  }

  [[nodiscard]] bool is_whole() const override { return is_whole_; }
  [[nodiscard]] std::string_view name() const override { return "zstd"; }

 private:
  ZSTD_DStream* stream_;
  std::string out_ = std::string(kDecodedBytes, '\0');
  bool is_whole_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::of(std::string_view head) {
  if (head.starts_with(Gzip::kMagic)) return std::make_unique<Gzip>();
  if (head.starts_with(Zstd::kMagic)) return std::make_unique<Zstd>();
  return nullptr;
}

}  // namespace picus::cli
