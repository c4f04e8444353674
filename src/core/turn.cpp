#include "core/turn.h"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace picus {

asio::awaitable<void> let_others_run() {
  co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
}

}  // namespace picus
