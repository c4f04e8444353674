#include "api/http.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

TEST(Http, EveryStatusHasItsReasonPhrase) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::store_full); ++i) {
    const ErrorTraits shown = traits(static_cast<ErrorCode>(i));
    EXPECT_FALSE(reason_phrase(shown.status).empty()) << shown.name;
  }
}

}  // namespace
}  // namespace picus
