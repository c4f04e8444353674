#include "verify/clean_up.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "core/concat.h"
#include "core/pause.h"
#include "core/percent_encoding.h"

namespace picus::verify {
namespace {

using Clock = Server::Clock;
using std::chrono::milliseconds;

/// One try to delete a key.
struct Removal {
  bool absent = false;  ///< it is not there now
  bool final = false;   ///< trying again is no use
  std::string fault = {};
};

constexpr bool may_pass(unsigned status) { return status >= 500 || status == 408 || status == 429; }

Removal judge(const Asked& answer, const std::string& what) {
  if (!answer) return {.absent = false, .final = false, .fault = answer.error()};
  if (answer->status == 200 || answer->status == 404) return {.absent = true};
  return {.absent = false,
          .final = !may_pass(answer->status),
          .fault = concat(what, " returned ", answer->status)};
}

asio::awaitable<Removal> remove(Server* server, std::string key, std::string run) {
  std::vector<net::RequestHeader> headers;
  if (!key.starts_with(run)) {  // another's, if the server is wrong about the key
    const std::string target = "/picus/get/" + percent_encode(key);
    const auto item = co_await server->send({.method = "GET", .target = target});
    if (!item || item->status != 200) co_return judge(item, "GET " + target);
    if (member_of(item->body, kMark) != run) co_return Removal{.absent = true};
    headers.push_back({"If-Match", std::string(item->header("etag"))});
  }
  const std::string target = "/picus/" + percent_encode(key);
  const auto answer =
      co_await server->send({.method = "DELETE", .target = target, .headers = std::move(headers)});
  co_return judge(answer, "DELETE " + target);
}

/// Learns the key of an item that the server named in an answer that was lost. Empty: it is known
/// by now, or there is none.
asio::awaitable<std::string> learn_name(Server* server, CreatedItems* created) {
  const CreatedItems::Unnamed put = *created->unnamed();
  const auto answer = co_await server->send({.method = "POST",
                                             .target = "/picus/put",
                                             .headers = {{"Idempotency-Key", put.idempotency_key}},
                                             .body = put.body});
  if (!answer) co_return answer.error();
  if (may_pass(answer->status)) {
    co_return "POST /picus/put returned " + std::to_string(answer->status);
  }
  // The first one may still be on its way, and would come after the delete.
  const std::string key = member_of(answer->body, "id");
  if (!key.empty()) created->doubt(key, Clock::now());
  created->named();
  co_return std::string();
}

/// One round. `faults`, by key: what kept it from being deleted.
asio::awaitable<void> try_all(Server* server, CreatedItems* created, std::string run,
                              std::map<std::string, std::string>* faults) {
  constexpr const char* kUnnamed = "an item whose key the server chose";
  if (created->unnamed()) {
    std::string fault = co_await learn_name(server, created);
    faults->erase(kUnnamed);
    if (!fault.empty()) faults->emplace(kUnnamed, std::move(fault));
  }
  const auto keys = created->keys();
  for (const auto& [key, settled] : keys) {
    Removal removal = co_await remove(server, key, run);
    faults->erase(key);
    if (!removal.absent) faults->emplace(key, std::move(removal.fault));
    if (removal.final || (removal.absent && Clock::now() >= settled)) created->gone(key);
  }
}

}  // namespace

asio::awaitable<std::string> clean_up(Server* server, CreatedItems* created, std::string run) {
  constexpr milliseconds kMaxPause{500};
  milliseconds wait{50};
  std::map<std::string, std::string> faults;
  server->ignore_stop();
  for (;;) {
    co_await try_all(server, created, run, &faults);
    if (created->keys().empty() && !created->unnamed()) break;
    if (Clock::now() + wait >= server->deadline()) break;
    co_await pause(wait);
    wait = std::min(wait * 2, kMaxPause);
  }
  std::string told;
  for (const auto& [key, fault] : faults) {
    told.append(told.empty() ? "" : "; ").append(key);
    told.append(" may still exist: ").append(fault);
  }
  co_return told;
}

}  // namespace picus::verify
