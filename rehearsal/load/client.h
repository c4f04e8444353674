#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connection.h"
#include "records.h"

namespace rehearsal {

/// One client, for one thread: it reads and writes keys of its own and knows what every answer has
/// to be. `records` outlives it.
class Client {
 public:
  /// `name`: what its keys begin with, and with the number the seed of what it chooses. `pause`:
  /// from one request to the next; 0: none. `keeps`: one connection for all requests, else a new
  /// one for each. `token`: sent with each; empty: none.
  Client(std::string name, unsigned number, std::uint16_t port, std::chrono::microseconds pause,
         bool keeps, const std::string& token, Records& records);

  /// Requests of every kind until it is told to stop.
  void work(const std::stop_token& stop);

  /// Gets every item whose last write was acknowledged, and every one whose removal was. Gives the
  /// number of those that are not as they were left.
  std::uint64_t read_back();

  [[nodiscard]] std::uint64_t acknowledged() const { return items_.size() + removed_.size(); }
  [[nodiscard]] std::uint64_t connects() const { return connection_.connects(); }

 private:
  /// An item as its last acknowledged put left it.
  struct Item {
    std::string key;
    std::string text;
    std::string etag;
  };
  /// A request, and what its answer has to be.
  struct Wanted {
    std::string_view operation;
    unsigned status = 200;
    std::string body = {};  ///< empty: any
    bool replayed = false;
  };

  void act();
  void put();
  void replay();
  void replace();
  void replace_stale();
  void remove();
  void get(const Item& item);
  void get_unchanged(const Item& item);
  void get_removed(const std::string& key);
  void list();

  [[nodiscard]] std::string request(std::string_view method, std::string_view target,
                                    std::string_view headers = {},
                                    std::string_view body = {}) const;
  /// Whether the answer is the wanted one; then `answer_` is that.
  bool ask(const Wanted& wanted, const std::string& request);
  void wait_until_due();
  std::string new_text(const std::string& key);
  Item take_item();
  std::size_t below(std::size_t bound);

  std::string name_;
  std::string authorization_;  ///< the header
  Connection connection_;
  std::chrono::microseconds pause_;
  bool keeps_;
  Records& records_;
  std::mt19937_64 random_;
  Clock::time_point due_ = Clock::now();
  std::uint64_t count_ = 0;
  std::vector<Item> items_;
  std::deque<std::string> removed_;
  std::string page_;
  Answer answer_;
};

}  // namespace rehearsal
