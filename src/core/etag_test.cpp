#include "core/etag.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

TEST(Etag, IsTheSameForTheSameTextAndAnotherForAnother) {
  EXPECT_EQ(Etag::of("{}"), Etag::of("{}"));
  EXPECT_NE(Etag::of("{}"), Etag::of("{ }"));
}

TEST(Etag, IsTheBeginningOfTheSha256InBase64url) {
  // printf '' | openssl dgst -sha256 -binary | head -c 16 | basenc --base64url
  EXPECT_EQ(Etag::of("").text(), "47DEQpj8HBSa-_TImW-5JA");
}

TEST(Etag, ParsesOnlyWhatCanBeOne) {
  const Etag etag = Etag::of("x");
  EXPECT_EQ(Etag::parse(etag.text()), etag);
  EXPECT_FALSE(Etag::parse(""));
  EXPECT_FALSE(Etag::parse("47DEQpj8HBSa+/TImW+5JA"));
}

}  // namespace
}  // namespace picus
