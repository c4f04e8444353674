#include "api/coded_body.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "api/testing/gzip.h"
#include "core/run.h"

namespace picus {
namespace {

/// `piece`, again and again.
class RepeatedBody final : public ByteStream {
 public:
  RepeatedBody(std::string piece, std::size_t times) : piece_(std::move(piece)), left_(times) {}

  asio::awaitable<Result<std::string_view>> read() override {
    if (left_ == 0) co_return std::string_view();
    --left_;
    co_return piece_;
  }
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  std::string piece_;
  std::size_t left_;
};

struct Drained {
  std::uint64_t bytes = 0;
  std::string error;
};

asio::awaitable<Drained> drained(ByteStream* body) {
  Drained all;
  while (true) {
    const auto piece = co_await body->read();
    if (!piece) {
      all.error = traits(piece.error().code()).name;
      co_return all;
    }
    if (piece->empty()) co_return all;
    all.bytes += piece->size();
  }
}

std::string coding_of(std::vector<HeaderView> headers) {
  Request request;
  request.headers = headers;
  const auto coding = content_coding(request);
  if (!coding) return std::string(traits(coding.error().code()).name);
  return *coding == Coding::gzip ? "gzip" : "identity";
}

TEST(CodedBody, OneGzipIsUnderstoodAndNothingElse) {
  for (const std::string_view value : {"gzip", "GZIP", "x-gzip", " gzip ", ",gzip", "gzip,,"}) {
    EXPECT_EQ(coding_of({{"content-encoding", value}}), "gzip") << value;
  }
  for (const std::string_view value : {"", " ", "identity", "Identity", ","}) {
    EXPECT_EQ(coding_of({{"Content-Encoding", value}}), "identity") << value;
  }
  EXPECT_EQ(coding_of({{"Content-Length", "1"}}), "identity");
  for (const std::string_view value :
       {"br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "identity, gzip", "gzip;q=1",
        "aws-chunked", "*"}) {
    EXPECT_EQ(coding_of({{"Content-Encoding", value}}), "unsupported-encoding") << value;
  }
  EXPECT_EQ(coding_of({{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}}),
            "unsupported-encoding");
}

TEST(CodedBody, OfNoBytesEndsTooEarly) {
  Budget memory(Gunzip::kMemoryBytes);
  GunzipBody none(nullptr, memory);
  EXPECT_EQ(run(drained(&none)).error, "bad-request");
  RepeatedBody empty("", 0);
  GunzipBody nothing(&empty, memory);
  EXPECT_EQ(run(drained(&nothing)).error, "bad-request");
}

TEST(CodedBody, TakesMemoryOfAllBodiesWhileItIsThere) {
  Budget memory(Gunzip::kMemoryBytes);
  {
    RepeatedBody data(gzip("text"), 3);
    GunzipBody body(&data, memory);
    EXPECT_EQ(run(drained(&body)).bytes, 12U);
    RepeatedBody more(gzip("text"), 1);
    GunzipBody other(&more, memory);
    EXPECT_EQ(run(drained(&other)).error, "overloaded");
  }
  EXPECT_TRUE(memory.take(Gunzip::kMemoryBytes));
}

TEST(CodedBody, OfATextThatIsOutOfProportionIsTooLarge) {
  Budget memory(Gunzip::kMemoryBytes);
  RepeatedBody bomb(gzip(std::string(8'000'000, ' ')), 1000);
  GunzipBody body(&bomb, memory);
  const Drained all = run(drained(&body));
  EXPECT_EQ(all.error, "body-too-large");
  EXPECT_LT(all.bytes, 100'000'000U);
}

TEST(CodedBody, OfManyItemsIsNotOutOfProportion) {
  Budget memory(Gunzip::kMemoryBytes);
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += "{\"id\":\"" + std::to_string(i) + "\",\"pad\":\"" + std::string(1000, 'x') + "\"}\n";
  }
  RepeatedBody data(gzip(text), 20);
  GunzipBody body(&data, memory);
  const Drained all = run(drained(&body));
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.bytes, 20 * text.size());
}

TEST(CodedBody, ThatIsFarLongerThanItsTextIsTooLarge) {
  Budget memory(Gunzip::kMemoryBytes);
  RepeatedBody members(gzip(""), 1'000'000);
  GunzipBody body(&members, memory);
  EXPECT_EQ(run(drained(&body)).error, "body-too-large");
  EXPECT_GT(members.left(), 900'000U);
}

}  // namespace
}  // namespace picus
