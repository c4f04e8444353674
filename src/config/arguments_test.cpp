#include "config/arguments.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

using Words = std::vector<std::string>;

class SplitArguments : public testing::Test {
 protected:
  std::expected<Arguments, std::string> split(const Words& words) {
    const std::vector<Setting> settings{
        {.name = "data", .value = text(to_, "DIR"), .help = {}},
        {.name = "create", .value = switched(on_), .help = {}},
        {.name = "listen", .value = text(to_, "ADDRESS"), .help = {}, .repeatable = true}};
    return split_arguments(words, settings, "serve");
  }

 private:
  std::string to_;
  bool on_ = false;
};

TEST_F(SplitArguments, TakesAValueAfterItsOptionOrAnEqualsSign) {
  EXPECT_EQ(split({"--data", "a"})->flags, (Flags{{"data", "a"}}));
  EXPECT_EQ(split({"--data=a=b"})->flags, (Flags{{"data", "a=b"}}));
  EXPECT_EQ(split({"--data", "-1"})->flags, (Flags{{"data", "-1"}}));
}

TEST_F(SplitArguments, TheLastValueCountsUnlessAnOptionIsRepeatable) {
  EXPECT_EQ(split({"--data", "a", "--data=b"})->flags, (Flags{{"data", "b"}}));
  EXPECT_EQ(split({"--listen=a", "--listen", "b"})->flags, (Flags{{"listen", "a,b"}}));
}

TEST_F(SplitArguments, ASwitchTakesNoWordAfterIt) {
  const auto words = split({"--create", "file"});
  EXPECT_EQ(words->flags, (Flags{{"create", "true"}}));
  EXPECT_EQ(words->operands, Words{"file"});
  EXPECT_EQ(split({"--create=off"})->flags, (Flags{{"create", "off"}}));
}

TEST_F(SplitArguments, RefusesAnOptionWithoutItsValue) {
  EXPECT_EQ(split({"--data"}).error(), "--data needs a value: DIR");
  EXPECT_EQ(split({"--data="}).error(), "--data needs a value: DIR");
  EXPECT_EQ(split({"--data", "--create"}).error(),
            "--data needs a value: DIR; if the value is \"--create\", write --data=--create");
  EXPECT_EQ(split({"--data=--create"})->flags, (Flags{{"data", "--create"}}));
  EXPECT_EQ(split({"--data", "--", "x"}).error(),
            "--data needs a value: DIR; if the value is \"--\", write --data=--");
}

TEST_F(SplitArguments, WhatFollowsTwoHyphensIsOperands) {
  EXPECT_EQ(split({"a", "-", "--", "--data", "--", "-h"})->operands,
            (Words{"a", "-", "--data", "--", "-h"}));
}

TEST_F(SplitArguments, HelpWinsOverWhatIsWrong) {
  EXPECT_TRUE(split({"--nothing", "--help"})->help);
  EXPECT_TRUE(split({"-h"})->help);
  EXPECT_FALSE(split({"--", "-h"})->help);
}

TEST_F(SplitArguments, AnUnknownOptionIsNamedWithoutItsValue) {
  EXPECT_EQ(split({"--dta=secret"}).error(),
            "serve has no option \"--dta\"; did you mean \"--data\"?");
  EXPECT_EQ(split({"-x"}).error(), "serve has no option \"-x\"");
}

}  // namespace
}  // namespace picus
