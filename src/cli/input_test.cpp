#include "cli/input.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "core/testing/temporary_directory.h"

namespace picus::cli {
namespace {

std::string gzip(const std::string& text) {
  z_stream zip{};
  deflateInit2(&zip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&zip, text.size()), '\0');
  std::string in = text;
  zip.next_in = reinterpret_cast<Bytef*>(in.data());
  zip.avail_in = static_cast<uInt>(in.size());
  zip.next_out = reinterpret_cast<Bytef*>(out.data());
  zip.avail_out = static_cast<uInt>(out.size());
  deflate(&zip, Z_FINISH);
  out.resize(zip.total_out);
  deflateEnd(&zip);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  constexpr int kLevel = 3;
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kLevel));
  return out;
}

class InputFile : public testing::Test {
 protected:
  /// All that can be read, then what ended it.
  std::string read(const std::string& bytes) {
    std::ofstream(file_, std::ios::binary) << bytes;
    auto input = Input::open(file_, signals_);
    EXPECT_TRUE(input) << input.error();
    std::string text;
    for (;;) {
      const auto piece = (*input)->read();
      if (!piece) return text + "|" + piece.error().message.substr(file_.native().size());
      if (piece->empty()) return text;
      text += *piece;
    }
  }

  Signals signals_;
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "file";
};

TEST_F(InputFile, PlainTextIsReadAsItIs) {
  EXPECT_EQ(read("{}\n{}\n"), "{}\n{}\n");
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("x"), "x");
}

TEST_F(InputFile, GzipIsInflated) {
  const std::string text(3'000'000, 'x');
  EXPECT_EQ(read(gzip(text)), text);
  EXPECT_EQ(read(gzip("")), "");
}

TEST_F(InputFile, AllMembersOfAGzipFileAreRead) {
  EXPECT_EQ(read(gzip("one\n") + gzip("two\n") + gzip("three\n")), "one\ntwo\nthree\n");
}

TEST_F(InputFile, ATruncatedGzipFileIsAnErrorAfterWhatItHas) {
  const std::string whole = gzip("one\n");
  EXPECT_EQ(read(whole.substr(0, whole.size() - 1)), "one\n|: the gzip data is truncated");
  EXPECT_EQ(read(whole + whole.substr(0, 5)), "one\n|: the gzip data is truncated");
}

TEST_F(InputFile, DamagedGzipDataIsAnError) {
  std::string damaged = gzip("one\n");
  damaged[damaged.size() - 8] ^= 1;  // its check sum
  EXPECT_EQ(read(damaged), "|: the gzip data is damaged");
  EXPECT_EQ(read(gzip("one\n") + "garbage"), "one\n|: the gzip data is damaged");
}

TEST_F(InputFile, AFileThatCannotBeReadIsAnError) {
  EXPECT_EQ(Input::open("/nowhere/x", signals_).error(),
            "/nowhere/x: cannot be read: No such file or directory");
  EXPECT_EQ(Input::open("/", signals_).error(), "/: cannot be read: it is a directory");
}

TEST_F(InputFile, TheSizeOfAFileIsKnown) {
  std::ofstream(file_, std::ios::binary) << "12345";
  const auto input = Input::open(file_, signals_);
  EXPECT_EQ((*input)->size(), 5);
  EXPECT_EQ((*input)->bytes_read(), 0);
  EXPECT_TRUE((*input)->read());
  EXPECT_EQ((*input)->bytes_read(), 5);
}

TEST_F(InputFile, ZerosBehindGzipDataAreLeftOut) {
  const std::string zeros(700'000, '\0');
  EXPECT_EQ(read(gzip("one\n") + zeros), "one\n");
  EXPECT_EQ(read(gzip("one\n") + zeros + gzip("two\n")), "one\ntwo\n");
  EXPECT_EQ(read(gzip("one\n") + zeros + "x"), "one\n|: the gzip data is damaged");
}

TEST_F(InputFile, ZstdIsDecompressed) {
  const std::string text(3'000'000, 'x');
  EXPECT_EQ(read(zstd(text)), text);
  EXPECT_EQ(read(zstd("one\n") + zstd("two\n")), "one\ntwo\n");
  EXPECT_EQ(read(zstd("")), "");
}

TEST_F(InputFile, ZstdDataThatIsCutOrDamagedIsAnError) {
  const std::string whole = zstd("one\n");
  EXPECT_EQ(read(whole.substr(0, whole.size() - 1)), "one|: the zstd data is truncated");
  EXPECT_TRUE(read(whole + "garbage").contains("|: the zstd data cannot be read: "));
}

}  // namespace
}  // namespace picus::cli
