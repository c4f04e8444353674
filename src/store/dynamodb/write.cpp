#include "store/dynamodb/write.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "core/pause.h"
#include "core/unix_time.h"
#include "store/dynamodb/answer.h"
#include "store/dynamodb/state.h"

// How one item is put or removed so that no repetition undoes what somebody else was promised.
namespace picus {
namespace {

using Kind = aws::CallError::Kind;
using Found = std::optional<ItemMeta>;

/// Each round but the first begins because another write was quicker. The second one at once, those
/// after it later and later, so that of many writers of one item each gets its turn.
asio::awaitable<bool> next_round(unsigned* round, std::chrono::steady_clock::time_point deadline) {
  constexpr unsigned kMostDoublings = 7;
  thread_local std::minstd_rand random(std::random_device{}());
  if (std::chrono::steady_clock::now() >= deadline) co_return false;
  const unsigned longest_ms = 1U << std::min(*round, kMostDoublings);
  if (++*round > 2) {
    co_await pause(
        std::chrono::milliseconds(std::uniform_int_distribution(0U, longest_ms)(random)));
  }
  co_return true;
}

/// A missing permission may appear: a role and what uses it are deployed side by side.
constexpr std::chrono::minutes kDeniedFor{1};

std::unexpected<Error> taken() {
  return failure(ErrorCode::already_exists, "An item with this key exists.");
}

std::unexpected<Error> changed() {
  return failure(ErrorCode::precondition_failed, "The item has changed: its ETag is different.");
}

/// A client that sends the request again finds out: the key then has a state that is known.
std::unexpected<Error> unknown() {
  return failure(ErrorCode::store_unavailable,
                 "It is unknown whether the request took effect: the response of the store was "
                 "lost, and another request changed the item in between. Read the item and retry.");
}

std::unexpected<Error> contended() {
  return failure(ErrorCode::deadline_exceeded, "Other requests kept changing this item; retry.");
}

bool has_one_of(const ItemMeta& meta, const std::vector<Etag>& tags) {
  return meta.etag && std::ranges::find(tags, *meta.etag) != tags.end();
}

/// What a put answers that meets an item of its own Idempotency-Key.
std::optional<Result<PutOutcome>> replay(const Found& found, const ItemMeta& own) {
  if (!found || own.idempotency.empty() || found->idempotency != own.idempotency) {
    return std::nullopt;
  }
  if (found->etag == own.etag) return PutOutcome{.created = found->created, .replayed = true};
  return failure(ErrorCode::idempotency_mismatch,
                 "This Idempotency-Key was used with another item.");
}

/// What a put answers without writing; nothing: it writes.
std::optional<Result<PutOutcome>> answer_to_put(const Found& found, const PutCondition& condition,
                                                const ItemMeta& own) {
  if (auto replayed = replay(found, own)) return replayed;
  if (std::holds_alternative<Always>(condition)) return std::nullopt;
  if (std::holds_alternative<IfAbsent>(condition)) {
    if (found) return taken();
    return std::nullopt;
  }
  if (!found) {
    return failure(ErrorCode::precondition_failed, "There is no item with this key to replace.");
  }
  const auto* tagged = std::get_if<IfEtag>(&condition);
  if (tagged != nullptr && !has_one_of(*found, tagged->tags)) return changed();
  return std::nullopt;
}

std::optional<Result<void>> answer_to_removal(const Found& found,
                                              const RemoveCondition& condition) {
  if (!found) return failure(ErrorCode::not_found, "There is no item with this key.");
  const auto* tagged = std::get_if<IfEtag>(&condition);
  if (tagged != nullptr && !has_one_of(*found, tagged->tags)) return changed();
  return std::nullopt;
}

}  // namespace

asio::awaitable<Result<std::optional<ItemMeta>>> DynamoDbStore::State::look(Key key, bool to_remove,
                                                                            Context context,
                                                                            Share share) {
  if (std::chrono::steady_clock::now() >= reads_denied_until.load()) {
    const auto read = co_await call("GetItem", requests.get_meta(key.text()), context, share);
    if (read) co_return read_met_item(read->body, "Item");
    if (read.error().kind != Kind::access_denied) {
      co_return std::unexpected(dynamodb_error(read.error()));
    }
    reads_denied_until = std::chrono::steady_clock::now() + kDeniedFor;
  }
  std::string body =
      to_remove ? requests.delete_item(key, Pin::nothing()) : requests.impossible_put(key);
  const auto refused = co_await call(to_remove ? "DeleteItem" : "PutItem", std::move(body),
                                     std::move(context), share);
  if (!refused && refused.error().kind == Kind::condition_failed) {
    co_return read_met_item(refused.error().body, "Item");
  }
  if (!refused) co_return std::unexpected(dynamodb_error(refused.error()));
  co_return failure(ErrorCode::internal, "The store refused the request.",
                    "a write whose condition never holds succeeded");
}

asio::awaitable<Result<PutOutcome>> DynamoDbStore::State::put(OneWrite* write, const NewItem* item,
                                                              PutCondition condition,
                                                              std::string idempotency,
                                                              Context context) {
  ItemMeta own{.etag = item->etag, .write = write->name, .idempotency = std::move(idempotency)};
  if (!write->found && std::holds_alternative<IfAbsent>(condition)) write->found.emplace();
  unsigned round = 0;
  while (co_await next_round(&round, context.deadline)) {
    if (!write->found) {
      auto looked = co_await look(item->key, /*to_remove=*/false, context, write->share);
      if (!looked) co_return std::unexpected(std::move(looked.error()));
      write->found = std::move(*looked);
    }
    const Found& found = *write->found;
    if (!write->uncertain) {
      if (auto answer = answer_to_put(found, condition, own)) co_return std::move(*answer);
    }
    own.created = !found;
    auto body = requests.put_item(*item, Pin::on(found), own, unix_time().count());
    if (!body) co_return std::unexpected(std::move(body.error()));
    const auto answer = co_await call("PutItem", std::move(*body), context, write->share);
    if (answer) co_return PutOutcome{.created = own.created};
    write->uncertain = write->uncertain || answer.error().uncertain;
    if (answer.error().kind != Kind::condition_failed) {
      co_return std::unexpected(dynamodb_error(answer.error()));
    }
    auto met = read_met_item(answer.error().body, "Item");
    if (!met) co_return std::unexpected(std::move(met.error()));
    if (*met && (*met)->write == own.write) co_return PutOutcome{.created = own.created};
    if (auto replayed = replay(*met, own)) co_return std::move(*replayed);
    if (write->uncertain) {
      write->lost = true;
      co_return unknown();
    }
    const bool is_hidden = !found && !*met;  // not every service shows the item that is there
    if (is_hidden && std::holds_alternative<IfAbsent>(condition)) co_return taken();
    write->found = std::move(*met);
    if (is_hidden) write->found.reset();
  }
  co_return contended();
}

asio::awaitable<Result<void>> DynamoDbStore::State::remove(Key key, RemoveCondition condition,
                                                           Context context) {
  auto found = co_await look(key, /*to_remove=*/true, context, Share::single);
  unsigned round = 0;
  while (co_await next_round(&round, context.deadline)) {
    if (!found) co_return std::unexpected(std::move(found.error()));
    if (auto answer = answer_to_removal(*found, condition)) co_return std::move(*answer);
    const auto answer =
        co_await call("DeleteItem", requests.delete_item(key, Pin::on(*found)), context);
    if (answer) co_return Result<void>();
    if (answer.error().kind != Kind::condition_failed) {
      co_return std::unexpected(dynamodb_error(answer.error()));
    }
    auto met = read_met_item(answer.error().body, "Item");
    if (answer.error().uncertain && met) {
      // Of two removals that lost their responses, both may have been the one.
      if (!*met) co_return Result<void>();
      co_return unknown();
    }
    found = std::move(met);
  }
  co_return contended();
}

}  // namespace picus
