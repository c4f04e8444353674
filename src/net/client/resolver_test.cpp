#include "net/client/resolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "core/run.h"
#include "net/client/http_pool.h"
#include "net/testing/loopback_name_server.h"
#include "net/testing/loopback_server.h"

namespace picus::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLongLookup = 30s;
constexpr unsigned kPort = 8000;

/// A resolver on an io_context of its own.
class AskingNames {
 public:
  explicit AskingNames(const LoopbackNameServer& names)
      : resolver_(context_.get_executor(), names.address()) {}

  /// The addresses, or the fault.
  std::vector<std::string> ask(const std::string& host,
                               std::chrono::milliseconds time = kLongLookup) {
    std::vector<std::string> all;
    begin(host, time, all);
    context_.restart();
    context_.run();
    return all;
  }

  void begin(const std::string& host, std::chrono::milliseconds time,
             std::vector<std::string>& into) {
    const ServerUrl server{.tls = false, .host = host, .port = kPort, .authority = host};
    asio::co_spawn(context_, resolver_.resolve(server, Clock::now() + time),
                   [&into](const std::exception_ptr&, const auto& addresses) {
                     if (!addresses) return into.push_back("no: " + addresses.error());
                     for (const Address& address : *addresses) into.push_back(address.url());
                   });
  }

  asio::io_context& context() { return context_; }

 private:
  asio::io_context context_{1};
  Resolver resolver_;
};

using Texts = std::vector<std::string>;

TEST(Resolver, AddressesOfBothFamiliesAreFound) {
  LoopbackNameServer names;
  names.set("a.example", {.v4 = {"127.0.0.3"}, .v6 = {"::1"}});
  Texts found = AskingNames(names).ask("a.example");
  std::ranges::sort(found);
  EXPECT_EQ(found, (Texts{"http://127.0.0.3:8000", "http://[::1]:8000"}));
}

TEST(Resolver, IpAddressesAndLocalhostNeedNoNameServer) {
  LoopbackNameServer names;
  AskingNames asking(names);
  EXPECT_EQ(asking.ask("127.0.0.9"), Texts{"http://127.0.0.9:8000"});
  EXPECT_EQ(asking.ask("::1"), Texts{"http://[::1]:8000"});
  EXPECT_EQ(asking.ask("localhost"), Texts{"http://127.0.0.1:8000"});
  EXPECT_EQ(names.asked("localhost"), 0U);
}

TEST(Resolver, AnAnswerIsKeptForItsTimeToLive) {
  LoopbackNameServer names;
  names.set("kept.example", {.v4 = {"127.0.0.1"}, .ttl = 60});
  names.set("brief.example", {.v4 = {"127.0.0.1"}, .ttl = 0});
  AskingNames asking(names);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(asking.ask("kept.example"), Texts{"http://127.0.0.1:8000"});
    EXPECT_EQ(asking.ask("brief.example"), Texts{"http://127.0.0.1:8000"});
  }
  EXPECT_EQ(names.asked("kept.example"), 1U);
  EXPECT_EQ(names.asked("brief.example"), 3U);
}

TEST(Resolver, ANewAnswerReplacesAnOldOne) {
  LoopbackNameServer names;
  AskingNames asking(names);
  names.set("a.example", {.v4 = {"127.0.0.1"}, .ttl = 0});
  EXPECT_EQ(asking.ask("a.example"), Texts{"http://127.0.0.1:8000"});
  names.set("a.example", {.v4 = {"127.0.0.2"}, .ttl = 0});
  EXPECT_EQ(asking.ask("a.example"), Texts{"http://127.0.0.2:8000"});
}

TEST(Resolver, TheLastAnswerStaysGoodWhileTheNameServerIsSilent) {
  LoopbackNameServer names;
  AskingNames asking(names);
  names.set("a.example", {.v4 = {"127.0.0.1"}, .ttl = 0});
  EXPECT_EQ(asking.ask("a.example"), Texts{"http://127.0.0.1:8000"});
  names.set("a.example", {.silent = true});
  EXPECT_EQ(asking.ask("a.example"), Texts{"http://127.0.0.1:8000"});
}

TEST(Resolver, ANameThatIsNotThereIsAFault) {
  LoopbackNameServer names;
  const Texts found = AskingNames(names).ask("nowhere.example");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found.front().starts_with("no: nowhere.example: ")) << found.front();
}

TEST(Resolver, ANameThatIsGoneIsNotAnsweredFromMemory) {
  LoopbackNameServer names;
  AskingNames asking(names);
  names.set("a.example", {.v4 = {"127.0.0.1"}, .ttl = 0});
  asking.ask("a.example");
  names.set("a.example", {});
  EXPECT_TRUE(asking.ask("a.example").front().starts_with("no: "));
}

TEST(Resolver, ASilentNameServerEndsAtTheDeadline) {
  LoopbackNameServer names;
  names.set("a.example", {.silent = true});
  asio::io_context context(1);
  AskingNames asking(names);
  Texts found;
  asking.begin("a.example", 50ms, found);
  while (found.empty()) asking.context().run_one();
  EXPECT_EQ(found, Texts{"no: a.example: the name servers did not respond"});
}

TEST(Resolver, ConcurrentQuestionsForANameAreAskedOnce) {
  LoopbackNameServer names;
  names.set("a.example", {.v4 = {"127.0.0.1"}, .ttl = 0});
  AskingNames asking(names);
  Texts found;
  for (int i = 0; i < 10; ++i) asking.begin("a.example", kLongLookup, found);
  asking.context().run();
  EXPECT_EQ(found, Texts(10, "http://127.0.0.1:8000"));
  EXPECT_EQ(names.asked("a.example"), 1U);
}

TEST(Resolver, AnIoContextMayEndDuringALookup) {
  LoopbackNameServer names;
  names.set("a.example", {.silent = true});
  AskingNames asking(names);
  Texts found;
  asking.begin("a.example", kLongLookup, found);
  asking.context().poll();
  EXPECT_TRUE(found.empty());
}

TEST(Dialer, AnAddressThatRefusesIsFollowedByTheNext) {
  LoopbackNameServer names;
  names.set("a.example", {.v4 = {"127.0.0.2", "127.0.0.1", "127.0.0.3"}});
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); });
  HttpPool pool({.name_servers = names.address()});
  HttpRequest request{.origin = server.origin("a.example"),
                      .method = "GET",
                      .target = "/",
                      .headers = {},
                      .body = {}};
  const auto sent = run(pool.send(std::move(request), Clock::now() + kLongLookup));
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->body, "hello");
}

}  // namespace
}  // namespace picus::net
