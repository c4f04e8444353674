#include "aws/credentials/document.h"

#include <gtest/gtest.h>

namespace picus::aws {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::system_clock::time_point kTime{1'795'555'800s};  // 2026-11-24T21:30:00Z

std::string error_of(const std::expected<Credentials, std::string>& parsed) {
  return parsed ? "no error" : parsed.error();
}

TEST(CredentialsDocument, JsonIsRead) {
  const auto parsed =
      parse_credentials_json(R"({"AccessKeyId":"id","SecretAccessKey":"s/+=","Token":"t",)"
                             R"("Expiration":"2026-11-24T21:30:00Z"})");
  ASSERT_TRUE(parsed) << error_of(parsed);
  EXPECT_EQ(parsed->access_key_id, "id");
  EXPECT_EQ(parsed->secret_access_key, "s/+=");
  EXPECT_EQ(parsed->session_token, "t");
  EXPECT_EQ(parsed->expires, kTime);
}

TEST(CredentialsDocument, WrongJsonIsRefusedWithoutShowingIt) {
  for (const std::string_view body :
       {"", "hush", R"(["hush"])", R"({"AccessKeyId":"hush)", R"({"SecretAccessKey":"hush"})",
        R"({"AccessKeyId":"hush"})", R"({"AccessKeyId":"hush","SecretAccessKey":7})",
        R"({"AccessKeyId":"a","SecretAccessKey":"hush","Expiration":"hush"})"}) {
    const auto parsed = parse_credentials_json(body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().find("hush"), std::string::npos) << parsed.error();
  }
}

TEST(CredentialsDocument, WhatSomethingElseSendsHasNoCredentials) {
  for (const std::string_view body :
       {"<!DOCTYPE html><title>Welcome to nginx!</title>", R"({"status":"ok"})", "", "null", "[]",
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        "<AccessKeyId>id</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"}) {
    EXPECT_FALSE(parse_credentials_json(body)) << body;
    EXPECT_FALSE(parse_sts_answer(body)) << body;
  }
  EXPECT_FALSE(parse_credentials_json(R"({"AccessKeyId":"a","SecretAccessKey":"b"}{})"));
}

TEST(CredentialsDocument, KeysWithALineBreakAreRefusedByName) {
  const std::string good = R"({"AccessKeyId":"a","SecretAccessKey":"hush","Token":"t"})";
  ASSERT_TRUE(parse_credentials_json(good));
  for (const std::string_view tail : {"\\r", "\\n", "\\r\\nX-Evil: 1", "\\u0000", "\\u0007"}) {
    for (const std::string_view name : {"AccessKeyId", "SecretAccessKey", "Token"}) {
      std::string body = good;
      const std::size_t at = body.find(std::string(name) + "\":\"") + name.size() + 3;
      body.insert(body.find('"', at), tail);
      const auto parsed = parse_credentials_json(body);
      ASSERT_FALSE(parsed) << body;
      EXPECT_TRUE(parsed.error().contains(name == "Token" ? "session token" : name));
      EXPECT_FALSE(parsed.error().contains("hush")) << parsed.error();
    }
  }
}

TEST(CredentialsDocument, TheServicesOwnErrorIsTold) {
  EXPECT_EQ(error_of(parse_credentials_json(
                R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"cannot\nassume"})")),
            "AssumeRoleUnauthorizedAccess: cannot?assume");
  EXPECT_EQ(parse_sts_error("<ErrorResponse><Error><Code>InvalidIdentityToken</Code>"
                            "<Message>No &lt;key&gt;</Message></Error></ErrorResponse>"),
            "InvalidIdentityToken: No <key>");
  EXPECT_EQ(parse_sts_error("<html>503</html>"), "");
  EXPECT_EQ(parse_sts_error("<Code>" + std::string(999, 'x') + "</Code>").size(), 200U);
}

TEST(CredentialsDocument, TheAnswerOfStsIsRead) {
  const auto parsed = parse_sts_answer(
      "<R><Credentials><AccessKeyId>id</AccessKeyId><SecretAccessKey>s&amp;lt;</SecretAccessKey>"
      "<SessionToken>t</SessionToken><Expiration>2026-11-24T21:30:00Z</Expiration></Credentials></"
      "R>");
  ASSERT_TRUE(parsed) << error_of(parsed);
  EXPECT_EQ(parsed->secret_access_key, "s&lt;");
  EXPECT_EQ(parsed->session_token, "t");
  EXPECT_EQ(parsed->expires, kTime);
  EXPECT_EQ(error_of(parse_sts_answer("<Credentials><AccessKeyId>")),
            "a response without Credentials");
}

}  // namespace
}  // namespace picus::aws
