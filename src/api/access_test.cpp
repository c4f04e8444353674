#include "api/access.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

using Kind = auth::Refusal::Kind;

unsigned status_of(Kind kind) {
  return refusal_response({.kind = kind, .reason = {}}, auth::Scope::items_read, "id").status;
}

TEST(Access, IsRefusedForNowWhereATokenCannotBeVerified) {
  EXPECT_EQ(status_of(Kind::overloaded), 503U);
  EXPECT_EQ(status_of(Kind::no_keys), 503U);
  for (const Kind kind :
       {Kind::no_token, Kind::invalid_token, Kind::expired_token, Kind::early_token}) {
    EXPECT_EQ(status_of(kind), 401U);
  }
}

}  // namespace
}  // namespace picus
