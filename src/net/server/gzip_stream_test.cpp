#include "net/server/gzip_stream.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace picus::net {
namespace {

std::string inflated(std::string_view compressed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string copy(compressed);
  std::string out(8UZ * 1024 * 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(GzipStream, GivesBackWhatWentIn) {
  std::string text;
  for (unsigned i = 0; i < 300'000; ++i) text += static_cast<char>((i * 7919U) % 251);
  for (const std::size_t piece : {1000UZ, 65536UZ, text.size()}) {
    GzipStream gzip;
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece)
      gzip.write(std::string_view(text).substr(at, piece), out);
    gzip.finish(out);
    EXPECT_EQ(inflated(out), text) << piece;
    EXPECT_LT(out.size(), text.size());
  }
}

TEST(GzipStream, BeginsAnewAfterAReset) {
  GzipStream gzip;
  std::string first;
  gzip.write("one", first);
  gzip.finish(first);
  gzip.reset();
  std::string second;
  gzip.write("two", second);
  gzip.finish(second);
  EXPECT_EQ(inflated(second), "two");
}

TEST(GzipStream, OfNothingIsAnEmptyMember) {
  GzipStream gzip;
  std::string out;
  gzip.finish(out);
  EXPECT_EQ(inflated(out), "");
}

}  // namespace
}  // namespace picus::net
