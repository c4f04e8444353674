#include "api/request_body.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "core/limits.h"
#include "core/run.h"

namespace picus {
namespace {

/// A body in pieces of one size.
class PiecesBody final : public ByteStream {
 public:
  PiecesBody(std::string text, std::size_t piece_bytes, bool knows_size = false)
      : text_(std::move(text)), piece_bytes_(piece_bytes), knows_size_(knows_size) {}

  asio::awaitable<Result<std::string_view>> read() override {
    const std::string_view piece = std::string_view(text_).substr(position_, piece_bytes_);
    position_ += piece.size();
    co_return piece;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return knows_size_ ? std::optional<std::uint64_t>(text_.size()) : std::nullopt;
  }

 private:
  std::string text_;
  std::size_t piece_bytes_;
  bool knows_size_;
  std::size_t position_ = 0;
};

constexpr std::size_t kMaxBytes = 100'000;

std::string read(RequestBody& body) {
  const auto text = run(body.read_all());
  return text ? std::string(*text) : std::string(traits(text.error().code()).name);
}

TEST(RequestBody, IsWholeHoweverItArrives) {
  const std::string text(50'000, 'x');
  for (const std::size_t piece_bytes : {1UZ, 4095UZ, 30'000UZ, 50'000UZ}) {
    for (const bool knows_size : {false, true}) {
      Budget memory(kMaxBytes);
      PiecesBody stream(text, piece_bytes, knows_size);
      RequestBody body(&stream, kMaxBytes, memory);
      EXPECT_EQ(read(body), text) << piece_bytes;
    }
  }
}

TEST(RequestBody, HoldsMemoryOfAllBodiesUntilItIsGone) {
  Budget memory(60'000);
  {
    PiecesBody stream(std::string(50'000, 'x'), 10'000);
    RequestBody body(&stream, kMaxBytes, memory);
    EXPECT_EQ(read(body).size(), 50'000U);
    PiecesBody other_stream(std::string(20'000, 'y'), 10'000);
    RequestBody other(&other_stream, kMaxBytes, memory);
    EXPECT_EQ(read(other), "overloaded");
  }
  EXPECT_TRUE(memory.take(60'000));
}

TEST(RequestBody, ThatFitsAConnectionsOwnBufferIsNeverRefused) {
  Budget memory(10);
  const auto taken = memory.take(10);
  PiecesBody stream(std::string(BodyMemory::kFreeBytes, 'x'), 100);
  RequestBody body(&stream, kMaxBytes, memory);
  EXPECT_EQ(read(body).size(), BodyMemory::kFreeBytes);
  PiecesBody larger_stream(std::string(BodyMemory::kFreeBytes + 1, 'x'), 100);
  RequestBody larger(&larger_stream, kMaxBytes, memory);
  EXPECT_EQ(read(larger), "overloaded");
}

TEST(RequestBody, TakesTheLastBytesOfTheBudgetToo) {
  Budget memory(50'000);
  PiecesBody stream(std::string(50'000, 'x'), 7'000);
  RequestBody body(&stream, kMaxBytes, memory);
  EXPECT_EQ(read(body).size(), 50'000U);
}

TEST(RequestBody, PastItsOwnLimitIsTooLarge) {
  Budget memory(10 * kMaxBytes);
  for (const bool knows_size : {false, true}) {
    PiecesBody stream(std::string(kMaxBytes + kAddedIdBytes + 1, 'x'), 10'000, knows_size);
    RequestBody body(&stream, kMaxBytes, memory);
    EXPECT_EQ(read(body), "body-too-large");
  }
}

}  // namespace
}  // namespace picus
