#include "client.h"

#include <algorithm>
#include <functional>
#include <thread>
#include <utility>

namespace rehearsal {

namespace {

constexpr std::string_view kFirstPage = "/picus/list?limit=20";
constexpr std::size_t kTextBytes = 160;
// Behind by more than this, a client does not make up for what it has missed.
constexpr std::chrono::milliseconds kMostBehind{500};
// A tenth of what Retry-After says at least: in the rehearsal minutes are seconds.
constexpr std::chrono::milliseconds kUnavailablePause{100};

std::string header(std::string_view name, std::string_view value) {
  return std::string(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Client::Client(std::string name, unsigned number, std::uint16_t port,
               std::chrono::microseconds pause, bool keeps, const std::string& token,
               Records& records)
    : name_(std::move(name) + "-" + std::to_string(number)),
      authorization_(token.empty() ? "" : header("Authorization", "Bearer " + token)),
      connection_(port),
      pause_(pause),
      keeps_(keeps),
      records_(records),
      random_(std::hash<std::string>{}(name_)),
      page_(kFirstPage) {}

void Client::work(const std::stop_token& stop) {
  due_ = Clock::now() + pause_ * below(100) / 100;  // not all at the same time
  while (!stop.stop_requested()) act();
}

std::string Client::request(std::string_view method, std::string_view target,
                            std::string_view headers, std::string_view body) const {
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: rehearsal\r\n");
  text.append(authorization_).append(headers);
  if (!body.empty()) text.append("Content-Length: ").append(std::to_string(body.size()) + "\r\n");
  return text.append("\r\n").append(body);
}

void Client::act() {
  const std::size_t choice = below(100);
  if (choice < 12 || items_.empty()) return put();
  if (choice < 14) return replay();
  if (choice < 22) return replace();
  if (choice < 24) return replace_stale();
  if (choice < 27) return remove();
  if (choice < 31) return list();
  if (choice < 36) return get_unchanged(items_[below(items_.size())]);
  if (choice < 39 && !removed_.empty()) return get_removed(removed_[below(removed_.size())]);
  get(items_[below(items_.size())]);
}

void Client::put() {
  const std::string key = name_ + "-" + std::to_string(++count_);
  const std::string text = new_text(key);
  if (ask({.operation = "put", .status = 201},
          request("POST", "/picus/put", header("Idempotency-Key", key), text))) {
    items_.push_back({.key = key, .text = text, .etag = answer_.etag});
  }
}

/// Puts the same again, as a client does that has lost the answer.
void Client::replay() {
  const std::string key = name_ + "-" + std::to_string(++count_);
  const std::string text = new_text(key);
  const std::string again = request("POST", "/picus/put", header("Idempotency-Key", key), text);
  if (!ask({.operation = "put", .status = 201}, again)) return;
  Item item{.key = key, .text = text, .etag = answer_.etag};
  if (ask({.operation = "replay", .status = 201, .replayed = true}, again)) {
    items_.push_back(std::move(item));
  }
}

void Client::replace() {
  Item item = take_item();  // an answer that does not come leaves open what is there
  item.text = new_text(item.key);
  if (ask({.operation = "replace"},
          request("POST", "/picus/put", header("If-Match", item.etag), item.text))) {
    item.etag = answer_.etag;
    items_.push_back(std::move(item));
  }
}

void Client::replace_stale() {
  const std::string& key = items_[below(items_.size())].key;
  ask({.operation = "replace-stale", .status = 412},
      request("POST", "/picus/put", header("If-Match", "\"stale\""), new_text(key)));
}

void Client::remove() {
  std::string key = take_item().key;
  if (ask({.operation = "delete"}, request("DELETE", "/picus/" + key))) {
    removed_.push_back(std::move(key));
  }
}

void Client::get(const Item& item) {
  ask({.operation = "get", .body = item.text}, request("GET", "/picus/get/" + item.key));
}

void Client::get_unchanged(const Item& item) {
  ask({.operation = "get-unchanged", .status = 304},
      request("GET", "/picus/get/" + item.key, header("If-None-Match", item.etag)));
}

void Client::get_removed(const std::string& key) {
  ask({.operation = "get-removed", .status = 404}, request("GET", "/picus/get/" + key));
}

/// One page after another to the end, and again from the beginning, whichever server answers.
void Client::list() {
  if (!ask({.operation = "list"}, request("GET", page_))) return;
  page_ = answer_.next.empty() ? std::string(kFirstPage) : answer_.next;
}

std::uint64_t Client::read_back() {
  pause_ = {};
  std::uint64_t lost = 0;
  for (const Item& item : items_) {
    lost +=
        ask({.operation = "read-back", .body = item.text}, request("GET", "/picus/get/" + item.key))
            ? 0
            : 1;
  }
  for (const std::string& key : removed_) {
    lost +=
        ask({.operation = "read-back", .status = 404}, request("GET", "/picus/get/" + key)) ? 0 : 1;
  }
  return lost;
}

bool Client::ask(const Wanted& wanted, const std::string& request) {
  wait_until_due();
  Record record{.begin = pause_.count() > 0 ? due_ : Clock::now(), .operation = wanted.operation};
  std::string why;
  try {
    answer_ = connection_.exchange(request);
    const bool right = answer_.status == wanted.status && answer_.replayed == wanted.replayed &&
                       (wanted.body.empty() || answer_.body == wanted.body);
    if (!right) why = "status " + std::to_string(answer_.status) + " " + answer_.body;
  } catch (const LostAnswer& error) {
    answer_ = {};
    why = error.what();
  }
  if (!keeps_) connection_.close();
  record.end = Clock::now();
  record.target = answer_.target;
  record.failed = !why.empty();
  record.unavailable = record.failed && answer_.status == 503 && answer_.retry_after;
  record.late = record.failed && answer_.status == 504 && !answer_.target.empty();
  records_.add(record);
  if (record.failed) records_.explain(record, why);
  if (record.unavailable) std::this_thread::sleep_for(kUnavailablePause);
  return !record.failed;
}

void Client::wait_until_due() {
  if (pause_.count() == 0) return;
  due_ = std::max(due_ + pause_, Clock::now() - kMostBehind);
  std::this_thread::sleep_until(due_);
}

std::string Client::new_text(const std::string& key) {
  std::string value = std::to_string(++count_) + "-";
  value.resize(kTextBytes, 'x');
  return R"({"id":")" + key + R"(","value":")" + value + R"("})";
}

Client::Item Client::take_item() {
  std::swap(items_[below(items_.size())], items_.back());
  Item item = std::move(items_.back());
  items_.pop_back();
  return item;
}

std::size_t Client::below(std::size_t bound) { return random_() % bound; }

}  // namespace rehearsal
