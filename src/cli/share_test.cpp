#include "cli/share.h"

#include <gtest/gtest.h>

namespace picus::cli {
namespace {

using Addresses = std::vector<std::string>;

TEST(Share, ListensOnAllAddressesInsteadOfTheDefault) {
  ServeOptions options;
  EXPECT_FALSE(share(options).empty());
  EXPECT_EQ(options.server.listen, Addresses{"0.0.0.0:8080"});
  EXPECT_TRUE(options.access.is_on());
}

TEST(Share, KeepsAddressesThatWereChosen) {
  const Addresses chosen = {"127.0.0.1:9000", "unix:/tmp/picus"};
  ServeOptions options;
  options.server.listen = chosen;
  share(options);
  EXPECT_EQ(options.server.listen, chosen);
}

std::string command(const Addresses& urls, const std::string& scopes = "items:read") {
  ServeOptions options;
  options.scopes = scopes;
  return curl_command(urls, options, "T");
}

constexpr std::string_view kStart = "curl -H 'Authorization: Bearer T' ";

TEST(Share, TheCommandHasAnAddressThatOthersCanReach) {
  const std::string fits = std::string(kStart) + "http://192.0.2.7:1/picus/list";
  EXPECT_EQ(command({"http://192.0.2.7:1"}), fits);
  EXPECT_EQ(command({"unix:/run/p", "http://127.0.0.1:2", "http://[::1]:3", "http://192.0.2.7:1"}),
            fits);
  EXPECT_EQ(command({"unix:/run/p", "https://127.0.0.1:2"}),
            std::string(kStart) + "https://127.0.0.1:2/picus/list");
  const std::string any = command({"unix:/run/p", "https://0.0.0.0:1"});
  EXPECT_TRUE(any.starts_with(std::string(kStart) + "https://")) << any;
  EXPECT_TRUE(any.ends_with(":1/picus/list") && !any.contains("0.0.0.0")) << any;
  const std::string any6 = command({"http://[::]:1"});
  EXPECT_TRUE(any6.starts_with(std::string(kStart) + "'http://[")) << any6;
  EXPECT_TRUE(any6.ends_with("]:1/picus/list'") && !any6.contains("[::]")) << any6;
}

/// A machine may have no address of one family: then the listener of the other one is reachable.
TEST(Share, TheCommandHasNoLoopbackAddressWhereAnotherListenerHasAnAddressForOthers) {
  const std::string v4 = "http://0.0.0.0:1";
  const std::string v6 = "http://[::]:1";
  const std::string alone4 = command({v4});
  const std::string alone6 = command({v6});
  const bool is_loopback4 = alone4.contains("//127.");
  const bool is_loopback6 = alone6.contains("[::1]");
  EXPECT_EQ(command({v6, v4}), is_loopback6 && !is_loopback4 ? alone4 : alone6);
  EXPECT_EQ(command({v4, v6}), is_loopback4 && !is_loopback6 ? alone6 : alone4);
  const std::string fits = std::string(kStart) + "http://192.0.2.7:1/picus/list";
  EXPECT_EQ(command({v6, "http://192.0.2.7:1"}), is_loopback6 ? fits : alone6);
}

TEST(Share, TheCommandForAUnixSocketIsOneThatCurlUnderstands) {
  EXPECT_EQ(command({"unix:/tmp/it's p"}),
            std::string(kStart) + R"(--unix-socket '/tmp/it'\''s p' http://localhost/picus/list)");
}

TEST(Share, TheCommandHasARequestThatTheTokenPermitsAndTheServerOffers) {
  const Addresses urls = {"http://192.0.2.7:1"};
  EXPECT_TRUE(command(urls, "items:write items:delete").ends_with("1/picus/put"));
  EXPECT_TRUE(command(urls, "items:write").contains(R"(-d '{"text":"hello"}' http)"));
  EXPECT_TRUE(command(urls, "items:delete").ends_with("-X DELETE http://192.0.2.7:1/picus/KEY"));
  ServeOptions options;
  options.api.operations = {.get = true, .put = true, .list = false, .remove = true};
  EXPECT_TRUE(curl_command(urls, options, "T").ends_with("1/picus/get/KEY"));
}

}  // namespace
}  // namespace picus::cli
