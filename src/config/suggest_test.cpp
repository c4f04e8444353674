#include "config/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace picus {
namespace {

constexpr std::array<std::string_view, 4> kCommands = {"serve", "export", "import", "check"};

TEST(Suggest, ATypoFindsWhatWasMeant) {
  EXPECT_EQ(nearest("sreve", kCommands), "serve");
  EXPECT_EQ(nearest("exprot", kCommands), "export");
  EXPECT_EQ(nearest("imprt", kCommands), "import");
  EXPECT_EQ(nearest("chekc", kCommands), "check");
}

TEST(Suggest, NothingIsSuggestedForSomethingElse) {
  EXPECT_EQ(nearest("remove", kCommands), "");
  EXPECT_EQ(nearest("", kCommands), "");
  EXPECT_EQ(nearest(std::string(1000, 'x'), kCommands), "");
}

TEST(Suggest, TheQuestionIsPartOfASentence) {
  EXPECT_EQ(did_you_mean("sreve", kCommands), "; did you mean \"serve\"?");
  EXPECT_EQ(did_you_mean("unrelated", kCommands), "");
}

}  // namespace
}  // namespace picus
