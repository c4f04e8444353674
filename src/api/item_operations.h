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

/// Limits of all requests together; requests over the limits fail as overloaded.
struct RequestLimits {
  std::size_t max_in_flight = 1024;  ///< requests in the store, whose bodies are complete
  /// Whole lists in progress, and as many batches of bulk puts.
  std::size_t max_streams = 64;
  std::size_t max_body_memory = 64UZ * 1024 * 1024;
};

/// The four operations on items, from a routed request to a response. `store` and `ids` outlive it,
/// `request` outlives the call. Thread-safe. Every error becomes a problem response; the Api adds
/// headers such as X-Request-Id. `encoded_key`: the key as in the path; empty: the key is in the
/// query, as in `?key=a%2Fb`.
class ItemOperations {
 public:
  ItemOperations(Store& store, IdSource& ids, std::chrono::milliseconds deadline,
                 RequestLimits limits);

  asio::awaitable<Result<Response>> put(const Request* request);
  asio::awaitable<Result<Response>> get(const Request* request, std::string_view encoded_key);
  asio::awaitable<Result<Response>> list(const Request* request);
  asio::awaitable<Result<Response>> remove(const Request* request, std::string_view encoded_key);
  asio::awaitable<Result<Response>> ready(const Request* request);
  asio::awaitable<Result<Response>> store_state(const Request* request);

 private:
  struct Many;

  asio::awaitable<Result<Response>> put_one(const Request* request);
  Result<NewItem> read_one(const Request& request, std::string_view text,
                           const std::optional<std::string>& fallback_id);
  asio::awaitable<Result<Response>> store_one(const Request* request, NewItem item,
                                              PutCondition condition,
                                              std::optional<IdempotencyHash> idempotency);
  asio::awaitable<Result<Response>> put_lines(const Request* request);
  asio::awaitable<Result<Response>> put_many(const Many* many);
  asio::awaitable<Result<Response>> list_page(ListFormat format, ScanRequest scan, Context context);
  asio::awaitable<Result<Response>> list_all(ListFormat format, Context context);
  [[nodiscard]] Context context(const Request& request, bool eventual = false) const;

  Store& store_;
  IdSource& ids_;
  std::chrono::milliseconds deadline_;
  Budget requests_;
  Budget lists_;
  Budget batches_;
  Budget body_memory_;
  StoreProbe probe_;
};

}  // namespace picus
