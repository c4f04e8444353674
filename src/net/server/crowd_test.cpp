#include "net/server/crowd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <list>
#include <string>

namespace picus::net {
namespace {

struct Guest
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  std::string done;
};

class CrowdTest : public ::testing::Test {
 protected:
  CrowdTest() : guests_(1000) {
    for (auto& guest : guests_) crowd_.add(guest);
  }

  boost::asio::io_context context_;
  Crowd<Guest> crowd_{context_};
  std::list<Guest> guests_;
};

TEST_F(CrowdTest, ServesOthersBetweenAFewMembers) {
  std::size_t in_a_row = 0;
  std::size_t most = 0;
  std::size_t done = 0;
  crowd_.for_each([&](Guest&) {
    ++done;
    most = std::max(most, ++in_a_row);
  });
  const std::function<void()> request = [&] {
    in_a_row = 0;
    if (done < guests_.size()) boost::asio::post(context_, request);
  };
  boost::asio::post(context_, request);
  context_.run();
  EXPECT_EQ(done, guests_.size());
  EXPECT_LE(most, Crowd<Guest>::kInARow);
}

TEST_F(CrowdTest, DoesEveryActionOnceForEachMember) {
  crowd_.for_each([](Guest& guest) { guest.done += 'a'; });
  crowd_.for_each([](Guest& guest) { guest.done += 'b'; });
  context_.run();
  EXPECT_TRUE(std::ranges::all_of(guests_, [](const Guest& guest) { return guest.done == "ab"; }));
}

TEST_F(CrowdTest, ForgetsMembersThatLeaveMeanwhile) {
  std::size_t done = 0;
  crowd_.for_each([&](Guest&) {
    ++done;
    guests_.pop_back();
  });
  context_.run();
  EXPECT_EQ(done, 500);
  EXPECT_FALSE(crowd_.empty());
  guests_.clear();
  EXPECT_TRUE(crowd_.empty());
}

TEST_F(CrowdTest, ReachesNewMembersWithTheNextAction) {
  Guest late;
  std::size_t done = 0;
  crowd_.for_each([&](Guest&) {
    if (++done == 1) crowd_.add(late);
  });
  context_.run();
  EXPECT_EQ(done, guests_.size());
  context_.restart();
  crowd_.for_each([](Guest& guest) { guest.done += 'c'; });
  context_.run();
  EXPECT_EQ(late.done, "c");
}

}  // namespace
}  // namespace picus::net
