#include "aws/credentials/provider.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "aws/testing/credentials_testing.h"
#include "aws/testing/loopback_service.h"
#include "aws/testing/temporary_file.h"
#include "core/metrics.h"
#include "net/client/http_pool.h"

namespace picus::aws {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDocument =
    R"({"Code":"Success","AccessKeyId":"id","SecretAccessKey":"hush","Token":"t",)"
    R"("Expiration":"2126-11-24T21:30:00Z"})";
constexpr std::string_view kStsAnswer =
    "<Credentials><AccessKeyId>id</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>2126-11-24T21:30:00Z</Expiration></Credentials>";

/// `id`, or why not.
std::string said(const Provided& provided) {
  if (provided) return provided->access_key_id;
  return (provided.error().configured ? "failed: " : "passed: ") + provided.error().reason;
}

class Providers : public testing::Test {
 protected:
  std::string environment(const Environment& variables) {
    return said(fetch_from(*environment_credentials(variables)));
  }
  std::string profile(const Environment& variables) {
    return said(fetch_from(*profile_credentials(variables, pool_, "http://127.0.0.1:1")));
  }
  std::string web_identity(const Environment& variables, const std::string& endpoint) {
    return said(fetch_from(*web_identity_credentials(variables, pool_, endpoint)));
  }
  std::string container(const Environment& variables) {
    return said(fetch_from(*container_credentials(variables, pool_)));
  }
  std::string instance(const Environment& variables) {
    return said(fetch_from(*instance_credentials(variables, pool_)));
  }

  net::HttpPool pool_{net::HttpPool::Options{}};
};

TEST_F(Providers, TheEnvironmentGivesItsKeys) {
  EXPECT_EQ(environment({{"AWS_ACCESS_KEY_ID", "id"}, {"AWS_SECRET_ACCESS_KEY", "s"}}), "id");
  const Provided provided =
      fetch_from(*environment_credentials({{"AWS_ACCESS_KEY_ID", "id"},
                                           {"AWS_SECRET_ACCESS_KEY", "s"},
                                           {"AWS_SESSION_TOKEN", "t"},
                                           {"AWS_CREDENTIAL_EXPIRATION", "2126-11-24T21:30:00Z"}}));
  ASSERT_TRUE(provided);
  EXPECT_EQ(provided->session_token, "t");
  EXPECT_TRUE(provided->expires);
}

TEST_F(Providers, HalfAnEnvironmentIsAFailure) {
  EXPECT_EQ(environment({}), "passed: AWS_ACCESS_KEY_ID is not set");
  EXPECT_EQ(environment({{"AWS_ACCESS_KEY_ID", "id"}}),
            "failed: AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
  EXPECT_EQ(environment({{"AWS_ACCESS_KEY_ID", "id"},
                         {"AWS_SECRET_ACCESS_KEY", "s"},
                         {"AWS_CREDENTIAL_EXPIRATION", "soon"}}),
            "failed: AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time");
}

// They went onto the wire, as headers of their own.
TEST_F(Providers, KeysWithALineBreakAreAFailure) {
  EXPECT_EQ(environment({{"AWS_ACCESS_KEY_ID", "id\n"}, {"AWS_SECRET_ACCESS_KEY", "s"}}),
            "failed: AWS_ACCESS_KEY_ID ends with a line break");
  EXPECT_EQ(environment({{"AWS_ACCESS_KEY_ID", "id"}, {"AWS_SECRET_ACCESS_KEY", "s\r"}}),
            "failed: AWS_SECRET_ACCESS_KEY ends with a line break");
  EXPECT_EQ(environment({{"AWS_ACCESS_KEY_ID", "id"},
                         {"AWS_SECRET_ACCESS_KEY", "s"},
                         {"AWS_SESSION_TOKEN", "t\r\nX-Evil: 1"}}),
            "failed: AWS_SESSION_TOKEN contains a control character");
}

constexpr std::string_view kCredentialsFile = R"(
# a comment
[default]
aws_access_key_id = default-id
aws_secret_access_key = s=with=equals
[other]
AWS_Access_Key_Id=other-id
aws_secret_access_key=s
aws_session_token=t
[half]
aws_access_key_id = half-id
)";
constexpr std::string_view kConfigFile = R"(
[default]
region = eu-west-1
s3 =
  aws_access_key_id = nested
[profile "configured"]
aws_access_key_id = configured-id
aws_secret_access_key = s
[profile other]
aws_access_key_id = the-credentials-file-wins
[profile switched]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = default
[profile empty]
[bare]
aws_access_key_id = not-a-profile
)";

TEST_F(Providers, ProfilesAreFoundInBothFiles) {
  const TemporaryFile credentials(kCredentialsFile);
  const TemporaryFile config(kConfigFile);
  const auto named = [&](const std::string& name) {
    return profile({{"AWS_SHARED_CREDENTIALS_FILE", credentials.path()},
                    {"AWS_CONFIG_FILE", config.path()},
                    {"AWS_PROFILE", name}});
  };
  EXPECT_EQ(named(""), "default-id");
  EXPECT_EQ(named("default"), "default-id");
  EXPECT_EQ(named("other"), "other-id");
  EXPECT_EQ(named("configured"), "configured-id");
  EXPECT_EQ(named("half"),
            "failed: profile 'half' has an aws_access_key_id and no aws_secret_access_key");
  EXPECT_EQ(named("empty"), "failed: profile 'empty' has no aws_access_key_id");
  EXPECT_EQ(named("bare"), "failed: profile 'bare' is neither in " + credentials.path() +
                               " nor in " + config.path());
  EXPECT_TRUE(
      named("switched")
          .starts_with("failed: profile 'switched' has role_arn, which Picus does not support"));
}

TEST_F(Providers, WithoutFilesAndNameTheProfileIsPassedOver) {
  EXPECT_EQ(profile({{"HOME", "/nowhere"}}),
            "passed: profile 'default' is neither in /nowhere/.aws/credentials nor in "
            "/nowhere/.aws/config");
}

TEST_F(Providers, AProfileMayNameAWebIdentity) {
  const TemporaryFile token("the-token");
  LoopbackService sts([](const Asked&) { return answer(200, kStsAnswer); });
  const TemporaryFile config(
      "[profile eks]\nrole_arn = arn:role\nweb_identity_token_file = " + token.path() + "\n");
  const Environment variables{{"AWS_CONFIG_FILE", config.path()},
                              {"AWS_SHARED_CREDENTIALS_FILE", "/nowhere"},
                              {"AWS_PROFILE", "eks"}};
  EXPECT_EQ(said(fetch_from(*profile_credentials(variables, pool_, sts.origin()))), "id");
}

TEST_F(Providers, TheTokenOfAWebIdentityIsReadAtEachFetch) {
  const TemporaryFile token("token/1\n");
  std::string body;
  LoopbackService sts([&](const Asked& asked) {
    body = asked.method + " " + asked.target + " " + asked.body;
    return answer(200, kStsAnswer);
  });
  const auto provider =
      web_identity_credentials({{"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()},
                                {"AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/a"},
                                {"AWS_ROLE_SESSION_NAME", "me"}},
                               pool_, sts.origin());
  EXPECT_EQ(said(fetch_from(*provider)), "id");
  EXPECT_EQ(body,
            "POST / Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
            "&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fa&RoleSessionName=me"
            "&WebIdentityToken=token%2F1");
  token.write("token/2");
  EXPECT_EQ(said(fetch_from(*provider)), "id");
  EXPECT_TRUE(body.ends_with("&WebIdentityToken=token%2F2")) << body;
}

TEST_F(Providers, CallsToStsAreCounted) {
  const TemporaryFile token("token");
  bool is_down = true;
  LoopbackService sts([&](const Asked&) {
    return std::exchange(is_down, false) ? answer(500, "") : answer(200, kStsAnswer);
  });
  Registry registry;
  const auto provider = web_identity_credentials(
      {{"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()}, {"AWS_ROLE_ARN", "arn:role"}}, pool_,
      sts.origin(), CallMetrics(&registry, kSts));
  EXPECT_EQ(said(fetch_from(*provider)), "id");
  std::map<std::string, std::int64_t> counted;
  registry.collect([&](const Sample& sample) {
    std::string labels;
    for (const Label& label : sample.labels) labels += label.value + ' ';
    if (sample.value > 0) counted[labels] = sample.value;
  });
  EXPECT_EQ(counted,
            (std::map<std::string, std::int64_t>{{"sts AssumeRoleWithWebIdentity ok ", 1},
                                                 {"sts AssumeRoleWithWebIdentity server ", 1}}));
}

TEST_F(Providers, WhatStsRefusesIsToldWithoutTheToken) {
  const TemporaryFile token("hush");
  const Environment variables{{"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()},
                              {"AWS_ROLE_ARN", "arn:role"}};
  LoopbackService refusing([](const Asked&) {
    return answer(400, "<Error><Code>ExpiredTokenException</Code><Message>Old</Message></Error>");
  });
  EXPECT_EQ(web_identity(variables, refusing.origin()),
            "failed: STS returned 400, ExpiredTokenException: Old");
  LoopbackService chatty(
      [](const Asked& asked) { return answer(400, "<Code>" + asked.body + "</Code>"); });
  EXPECT_EQ(web_identity(variables, chatty.origin()), "failed: STS returned 400");
  LoopbackService odd([](const Asked&) { return answer(200, "hush"); });
  EXPECT_EQ(web_identity(variables, odd.origin()),
            "failed: STS returned a response without Credentials");
  EXPECT_EQ(web_identity({{"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()}}, odd.origin()),
            "failed: AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not");
  EXPECT_EQ(web_identity({}, odd.origin()), "passed: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  EXPECT_EQ(web_identity(
                {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"}, {"AWS_ROLE_ARN", "arn:role"}},
                odd.origin()),
            "failed: /nowhere/token: No such file or directory");
}

TEST_F(Providers, StsIsAskedAgainAfterAnErrorThatPasses) {
  const TemporaryFile token("token");
  for (const std::string code :
       {"IDPCommunicationError", "InvalidIdentityToken", "Throttling", "ThrottlingException"}) {
    std::atomic<int> requests = 0;
    LoopbackService sts([&](const Asked&) {
      return ++requests == 1 ? answer(400, "<Error><Code>" + code + "</Code></Error>")
                             : answer(200, kStsAnswer);
    });
    EXPECT_EQ(
        web_identity({{"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()}, {"AWS_ROLE_ARN", "arn:role"}},
                     sts.origin()),
        "id");
    EXPECT_EQ(requests, 2) << code;
  }
}

TEST_F(Providers, StsIsAskedAgainAfterA500) {
  const TemporaryFile token("token");
  std::atomic<int> requests = 0;
  LoopbackService sts(
      [&](const Asked&) { return ++requests == 1 ? answer(500, "") : answer(200, kStsAnswer); });
  EXPECT_EQ(
      web_identity({{"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()}, {"AWS_ROLE_ARN", "arn:role"}},
                   sts.origin()),
      "id");
  EXPECT_EQ(requests, 2);
}

TEST(StsEndpoint, IsOnesOwnOrThatOfTheRegion) {
  EXPECT_EQ(sts_endpoint({}, "eu-west-1"), "https://sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(sts_endpoint({}, "cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(sts_endpoint({}, ""), "https://sts.amazonaws.com");
  EXPECT_EQ(sts_endpoint({{"AWS_USE_FIPS_ENDPOINT", "True"}}, "eu-west-1"),
            "https://sts-fips.eu-west-1.amazonaws.com");
  EXPECT_EQ(sts_endpoint({{"AWS_USE_DUALSTACK_ENDPOINT", "true"}}, "eusc-de-east-1"),
            "https://sts.eusc-de-east-1.api.amazonwebservices.eu");
  EXPECT_EQ(sts_endpoint({{"AWS_ENDPOINT_URL", "http://a"}}, "eu-west-1"), "http://a");
  EXPECT_EQ(sts_endpoint({{"AWS_ENDPOINT_URL", "http://a"}, {"AWS_ENDPOINT_URL_STS", "http://b"}},
                         "eu-west-1"),
            "http://b");
}

TEST_F(Providers, TheContainerEndpointIsAskedWithTheTokenOfTheFile) {
  const TemporaryFile token("Bearer 1");
  std::string seen;
  LoopbackService agent([&](const Asked& asked) {
    seen = asked.method + " " + asked.target + " " + asked.header("Authorization");
    return answer(200, kDocument);
  });
  const auto provider =
      container_credentials({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.origin() + "/v1?a=b"},
                             {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.path()},
                             {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "the file wins"}},
                            pool_);
  EXPECT_EQ(said(fetch_from(*provider)), "id");
  EXPECT_EQ(seen, "GET /v1?a=b Bearer 1");
  token.write("Bearer 2");
  EXPECT_EQ(said(fetch_from(*provider)), "id");
  EXPECT_EQ(seen, "GET /v1?a=b Bearer 2");
}

TEST_F(Providers, ATokenWithALineEndIsNotSent) {
  std::atomic<int> requests = 0;
  LoopbackService agent([&](const Asked&) {
    ++requests;
    return answer(200, kDocument);
  });
  for (const std::string_view text : {"hush\n", "hush\r\nX: y", "\rhush"}) {
    EXPECT_EQ(container({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.origin()},
                         {"AWS_CONTAINER_AUTHORIZATION_TOKEN", std::string(text)}}),
              "failed: the authorization token contains a line end");
  }
  EXPECT_EQ(requests, 0);
}

TEST_F(Providers, OnlyTrustedHostsAreAskedWithoutEncryption) {
  for (const std::string_view uri : {"http://example.com/c", "http://10.0.0.1/c",
                                     "http://169.254.170.3/c", "http://localhost.example.com/",
                                     "http://127.0.0.1.example.com/", "http://[fd00:ec2::24]/"}) {
    EXPECT_TRUE(container({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", std::string(uri)}})
                    .starts_with("failed: AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https URL"))
        << uri;
  }
  for (const std::string_view uri :
       {"ftp://127.0.0.1/", "nonsense", "http://u:p@127.0.0.1/", "//"}) {
    EXPECT_EQ(container({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", std::string(uri)}}),
              "failed: AWS_CONTAINER_CREDENTIALS_FULL_URI is not an http or https URL")
        << uri;
  }
  for (const std::string_view uri : {".example.com/c", "@example.com/", ":80/c"}) {
    EXPECT_EQ(container({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", std::string(uri)}}),
              "failed: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path")
        << uri;
  }
}

TEST_F(Providers, AContainerEndpointThatFailsIsAFailure) {
  std::string text = answer(404, "hush");
  LoopbackService agent([&](const Asked&) { return text; });
  const Environment variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.origin() + "/hush"}};
  EXPECT_EQ(container(variables), "failed: the endpoint returned 404");
  text = answer(500, "hush");
  EXPECT_EQ(container(variables), "failed: the endpoint returned 500");
  text = answer(200, "hush");
  EXPECT_EQ(container(variables), "failed: a response that is not a JSON object");
  agent.go_away();
  const std::string gone = container(variables);
  EXPECT_TRUE(gone.starts_with("failed: " + agent.origin())) << gone;
  EXPECT_EQ(gone.find("hush"), std::string::npos) << gone;
  EXPECT_TRUE(container({}).starts_with("passed: neither"));
}

TEST_F(Providers, ASlowEndpointIsGivenUpAtTheDeadline) {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  LoopbackService agent([&](const Asked&) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return over; });
    return std::string();
  });
  const auto provider =
      container_credentials({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.origin()}}, pool_);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(said(fetch_from(*provider, 50ms)).starts_with("failed: " + agent.origin()));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  const std::scoped_lock lock(mutex);
  over = true;
  changed.notify_all();
}

/// The instance metadata as they ought to be: a session first.
std::string metadata(const Asked& asked, std::string_view role, std::string_view document) {
  if (asked.target == "/latest/api/token") {
    const bool good =
        asked.method == "PUT" && asked.header("X-aws-ec2-metadata-token-ttl-seconds") == "21600";
    return good ? answer(200, "session") : answer(400, "");
  }
  if (asked.header("X-aws-ec2-metadata-token") != "session") return answer(401, "");
  const std::string_view roles = "/latest/meta-data/iam/security-credentials/";
  if (asked.target == roles) return role.empty() ? answer(404, "") : answer(200, role);
  return answer(asked.target == std::string(roles) + std::string(role) ? 200 : 404, document);
}

TEST_F(Providers, TheInstanceIsAskedInASessionOfVersionTwo) {
  LoopbackService imds([](const Asked& asked) { return metadata(asked, "a-role", kDocument); });
  EXPECT_EQ(instance({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.origin()}}), "id");
  EXPECT_EQ(instance({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.origin() + "/"}}), "id");
}

TEST_F(Providers, AnInstanceMayBeDisabledOrHaveNoRole) {
  LoopbackService imds([](const Asked& asked) { return metadata(asked, "", ""); });
  EXPECT_EQ(instance({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.origin()}}),
            "failed: the instance has no role");
  EXPECT_EQ(instance({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.origin()},
                      {"AWS_EC2_METADATA_DISABLED", "True"}}),
            "passed: AWS_EC2_METADATA_DISABLED is set");
  LoopbackService old([](const Asked&) { return answer(403, ""); });
  EXPECT_EQ(instance({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", old.origin()}}),
            "failed: no session token, the endpoint returned 403 (version 2 is needed)");
  imds.go_away();
  EXPECT_TRUE(instance({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.origin()}})
                  .starts_with("failed: " + imds.origin()));
}

TEST_F(Providers, AnInstancesCredentialsThatHaveExpiredAreUsedOn) {
  LoopbackService imds([](const Asked& asked) {
    return metadata(asked, "r",
                    R"({"AccessKeyId":"id","SecretAccessKey":"s","Token":"t",)"
                    R"("Expiration":"2020-01-01T00:00:00Z"})");
  });
  const auto provider =
      instance_credentials({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.origin()}}, pool_);
  const Provided provided = fetch_from(*provider);
  ASSERT_TRUE(provided);
  const auto left = *provided->expires - std::chrono::system_clock::now();
  EXPECT_GT(left, 16min);
  EXPECT_LT(left, 26min);
}

TEST_F(Providers, TheChainTakesTheFirstThatIsConfigured) {
  RecordedLog log;
  LoopbackService agent([](const Asked&) { return answer(200, kDocument); });
  Environment variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.origin()},
                        {"HOME", "/nowhere"}};
  EXPECT_EQ(said(fetch_from(*default_credentials(variables, "eu-west-1", pool_, log))), "id");
  EXPECT_EQ(log.count("provider=container"), 1U);
  variables["AWS_ACCESS_KEY_ID"] = "of-the-environment";
  variables["AWS_SECRET_ACCESS_KEY"] = "s";
  EXPECT_EQ(said(fetch_from(*default_credentials(variables, "eu-west-1", pool_, log))),
            "of-the-environment");
}

TEST_F(Providers, AConfiguredProviderThatFailsIsNotPassedOver) {
  RecordedLog log;
  LoopbackService agent([](const Asked&) { return answer(403, ""); });
  LoopbackService imds([](const Asked& asked) { return metadata(asked, "r", kDocument); });
  const Environment variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.origin()},
                              {"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.origin()},
                              {"HOME", "/nowhere"}};
  EXPECT_EQ(said(fetch_from(*default_credentials(variables, "eu-west-1", pool_, log))),
            "failed: environment: AWS_ACCESS_KEY_ID is not set; profile: profile 'default' is "
            "neither in /nowhere/.aws/credentials nor in /nowhere/.aws/config; web identity: "
            "AWS_WEB_IDENTITY_TOKEN_FILE is not set; container: the endpoint returned 403");
}

}  // namespace
}  // namespace picus::aws
