#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "api/budget.h"
#include "api/http.h"
#include "api/item_list.h"
#include "api/store_probe.h"
#include "core/ids.h"
#include "core/store.h"

namespace picus {

/// How much of the process all requests together may take; past it they are overloaded.
struct RequestLimits {
  std::size_t requests = 1024;  ///< that are with the store, their bodies complete
  std::size_t streams = 64;     ///< whole lists under way; as many batches of bulk puts
  std::size_t body_bytes = 64UZ * 1024 * 1024;  ///< of bodies in memory
};

/// The four operations on items, from a routed request to an answer. `store` and `ids` outlive it.
/// Thread-safe. Every error is the client's problem answer; X-Request-Id and such are the Api's.
/// `encoded_key`: as the path has it; empty: the query names the key, as in `?key=a%2Fb`.
class ItemOperations {
 public:
  ItemOperations(Store& store, IdSource& ids, std::size_t max_body_bytes,
                 std::chrono::milliseconds deadline, RequestLimits limits);

  asio::awaitable<Result<Response>> put(Request request);
  asio::awaitable<Result<Response>> get(Request request, std::string_view encoded_key);
  asio::awaitable<Result<Response>> list(Request request);
  asio::awaitable<Result<Response>> remove(Request request, std::string_view encoded_key);
  asio::awaitable<Result<Response>> ready(Request request);
  asio::awaitable<Result<Response>> store_state(Request request);

 private:
  struct Many;

  asio::awaitable<Result<Response>> put_one(Request request);
  asio::awaitable<Result<Response>> store_one(Request request, NewItem item, PutCondition condition,
                                              std::optional<IdempotencyHash> idempotency);
  asio::awaitable<Result<Response>> put_lines(Request request);
  asio::awaitable<Result<Response>> put_many(Many many);
  asio::awaitable<Result<Response>> list_page(ListFormat format, ScanRequest scan, Context context);
  asio::awaitable<Result<Response>> list_all(ListFormat format, Context context);
  [[nodiscard]] Context context(const Request& request, bool eventual = false) const;

  Store& store_;
  IdSource& ids_;
  std::size_t max_body_bytes_;
  std::chrono::milliseconds deadline_;
  Budget requests_;
  Budget lists_;
  Budget batches_;
  Budget body_memory_;
  StoreProbe probe_;
};

}  // namespace picus
