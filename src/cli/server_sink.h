#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/item_sink.h"
#include "config/client_token.h"
#include "net/client/http_client.h"

namespace picus::cli {

/// Puts items through a Picus server. A batch that fails because the server is overloaded or the
/// connection breaks is sent again a few times.
class ServerSink final : public ItemSink {
 public:
  /// `token`: the source of the token that the requests have.
  ServerSink(std::unique_ptr<net::HttpClient> client, ClientToken token)
      : client_(std::move(client)), authorization_(std::move(token)) {}
  asio::awaitable<std::expected<BatchOutcome, std::string>> put(std::vector<NewItem> batch,
                                                                OnConflict on_conflict) override;

 private:
  struct Answer {
    BatchOutcome outcome;
    // May be more than outcome.refused, because the server lists only the first errors.
    std::uint64_t failed = 0;
  };
  asio::awaitable<std::expected<Answer, std::string>> send(std::string target, std::string text);
  asio::awaitable<std::expected<Answer, std::string>> send_once(std::string target,
                                                                std::string_view text);
  asio::awaitable<std::expected<bool, std::string>> holds(Key key, Etag etag);
  asio::awaitable<std::expected<BatchOutcome, std::string>> sort_out(std::vector<NewItem> batch,
                                                                     Answer answer);

  asio::awaitable<std::expected<net::ResponseHead, std::string>> ask(net::HttpRequest request);

  std::unique_ptr<net::HttpClient> client_;
  Authorization authorization_;
  bool has_answered_ = false;
  std::chrono::seconds retry_after_{};  // of the last request that failed; 0: do not retry
};

/// Reads the body of a response, at most `most` bytes; `client` outlives the call. The error is for
/// the user.
asio::awaitable<std::expected<std::string, std::string>> read_all(net::HttpClient* client,
                                                                  std::size_t most);

/// The error for the user from a response that no Picus server sends.
inline constexpr std::string_view kForeign = "The response is not from a Picus server.";

/// The error for the user from a response that is not a success.
std::string refusal(unsigned status, std::string_view body);
/// The error of a request that got no response, with what helps against it.
std::string with_advice(std::string error);

}  // namespace picus::cli
