#include "config/layers.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

class Layers : public testing::Test {
 protected:
  std::expected<std::vector<Effective>, std::string> settle_all() {
    return settle(settings_, flags_, environment_, file_);
  }
  void settle_well() {
    const auto values = settle_all();
    ASSERT_TRUE(values) << values.error();
    origin_ = values->front().origin;
  }

  std::size_t limit_ = 1;
  bool loud_ = false;
  std::string origin_;
  Flags flags_;
  Environment environment_;
  ConfigSource file_{.name = "a.conf", .lines = {}};
  std::vector<Setting> settings_{
      {.name = "limit", .value = count(limit_, 1, 100), .help = ""},
      {.name = "loud", .value = switched(loud_), .help = "", .scope = Scope::environment}};
};

TEST_F(Layers, EachLayerComesBeforeTheNext) {
  settle_well();
  EXPECT_EQ(limit_, 1);
  EXPECT_EQ(origin_, "default");
  file_.lines = {{"limit", "2", 7}};
  settle_well();
  EXPECT_EQ(limit_, 2);
  EXPECT_EQ(origin_, "a.conf:7");
  environment_["PICUS_LIMIT"] = "3";
  settle_well();
  EXPECT_EQ(limit_, 3);
  EXPECT_EQ(origin_, "PICUS_LIMIT");
  flags_["limit"] = "4";
  settle_well();
  EXPECT_EQ(limit_, 4);
  EXPECT_EQ(origin_, "--limit");
}

TEST_F(Layers, VariablesOfOthersCountBetweenTheFileAndTheOwnOne) {
  settings_[0].other_variables = {"OTHERS_LIMIT", "LAST_LIMIT"};
  file_.lines = {{"limit", "2", 7}};
  environment_["LAST_LIMIT"] = "3";
  settle_well();
  EXPECT_EQ(limit_, 3);
  EXPECT_EQ(origin_, "LAST_LIMIT");
  environment_["OTHERS_LIMIT"] = "4";
  settle_well();
  EXPECT_EQ(limit_, 4);
  environment_["PICUS_LIMIT"] = "5";
  settle_well();
  EXPECT_EQ(limit_, 5);
  EXPECT_EQ(origin_, "PICUS_LIMIT");
  environment_["PICUS_LIMIT"] = "";
  settle_well();
  EXPECT_EQ(limit_, 4);
  EXPECT_EQ(origin_, "OTHERS_LIMIT");
}

TEST_F(Layers, AnEmptyVariableCountsAsAbsent) {
  environment_["PICUS_LIMIT"] = "";
  settle_well();
  EXPECT_EQ(limit_, 1);
}

TEST_F(Layers, AWrongValueNamesWhereItStands) {
  const std::string allowed = "\"0\" is not allowed: give a whole number from 1 to 100";
  file_.lines = {{"limit", "0", 7}};
  EXPECT_EQ(settle_all().error(), "a.conf:7: limit: " + allowed);
  file_.lines.clear();
  environment_["PICUS_LIMIT"] = "0";
  EXPECT_EQ(settle_all().error(), "PICUS_LIMIT: " + allowed);
  environment_.clear();
  flags_["limit"] = "0";
  EXPECT_EQ(settle_all().error(), "--limit: " + allowed);
}

TEST_F(Layers, AWrongValueIsAnErrorAlsoWhereAnotherOneCounts) {
  file_.lines = {{"limit", "many", 1}};
  flags_["limit"] = "4";
  EXPECT_FALSE(settle_all());
}

TEST_F(Layers, AnUnknownKeyNamesTheNearest) {
  file_.lines = {{"limti", "2", 3}};
  EXPECT_EQ(settle_all().error(), "a.conf:3: unknown setting \"limti\"; did you mean \"limit\"?");
}

TEST_F(Layers, WhatIsNotOfTheFileIsNoKey) {
  file_.lines = {{"loud", "on", 3}};
  EXPECT_EQ(settle_all().error(), "a.conf:3: unknown setting \"loud\"");
}

TEST_F(Layers, TheEffectiveValuesReadBackAsAFile) {
  flags_["limit"] = "42";
  const auto values = settle_all();
  ASSERT_TRUE(values);
  const std::string text = as_config_file(*values);
  EXPECT_EQ(text, "limit = 42                              # --limit\n");
  const auto lines = parse_config(text, "b.conf");
  ASSERT_TRUE(lines);
  file_ = {.name = "b.conf", .lines = *lines};
  flags_.clear();
  settle_well();
  EXPECT_EQ(limit_, 42);
  EXPECT_EQ(origin_, "b.conf:1");
}

TEST(Environment, IsReadAsTheProcessHasIt) {
  const char* const entries[] = {"PICUS_DATA=/a=b", "EMPTY=", "odd", nullptr};
  const Environment environment = environment_of(entries);
  EXPECT_EQ(environment.size(), 2);
  EXPECT_EQ(environment.at("PICUS_DATA"), "/a=b");
  EXPECT_EQ(environment.at("EMPTY"), "");
}

TEST(Environment, EndpointsOfAwsVariablesAreIgnoredWhereThatIsAskedFor) {
  const char* const entries[] = {"AWS_ENDPOINT_URL=http://a", "AWS_ENDPOINT_URL_STS=http://b",
                                 "PICUS_ENDPOINT_URL=http://c",
                                 "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=True", nullptr};
  const Environment environment = environment_of(entries);
  EXPECT_EQ(environment.count("AWS_ENDPOINT_URL"), 0U);
  EXPECT_EQ(environment.count("AWS_ENDPOINT_URL_STS"), 0U);
  EXPECT_EQ(environment.count("PICUS_ENDPOINT_URL"), 1U);
}

TEST(Environment, AnUnknownVariableOfPicusIsWarnedOf) {
  const std::vector<std::string> known{"PICUS_LISTEN", "PICUS_DATA"};
  const Environment environment{{"PICUS_LISTN", "x"},        {"PICUS_DATA", "x"},
                                {"PICUS_TEST_SEED", "x"},    {"PICUS_PORT_80_TCP", "x"},
                                {"PICUS_SERVICE_HOST", "x"}, {"PATH", "x"}};
  const auto warnings = unknown_variables(environment, known);
  ASSERT_EQ(warnings.size(), 1);
  EXPECT_EQ(warnings[0], "unknown variable PICUS_LISTN; did you mean \"PICUS_LISTEN\"?");
}

}  // namespace
}  // namespace picus
