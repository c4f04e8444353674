#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cli/item_sink.h"
#include "config/client_token.h"
#include "net/client/http_client.h"

namespace picus::cli {

/// Puts items through a Picus server. A batch that fails because the server is overloaded or the
/// connection breaks is sent again a few times.
class ServerSink final : public ItemSink {
 public:
  /// `token`: what the requests bring.
  ServerSink(std::unique_ptr<net::HttpClient> client, ClientToken token)
      : client_(std::move(client)), token_(std::move(token)) {}
  asio::awaitable<Result<BatchOutcome>> put(std::vector<NewItem> batch,
                                            OnConflict on_conflict) override;

 private:
  struct Answer {
    BatchOutcome outcome;
    std::uint64_t failed =
        0;  // may be more than outcome.refused, because the server lists only the first errors
  };
  asio::awaitable<Result<Answer>> send(std::string target, std::string text);
  asio::awaitable<Result<Answer>> send_once(std::string target, std::string_view text);
  asio::awaitable<Result<bool>> holds(Key key, Etag etag);
  asio::awaitable<Result<BatchOutcome>> sort_out(std::vector<NewItem> batch, Answer answer);

  asio::awaitable<Result<net::ClientResponse>> ask(net::ClientRequest request);

  std::unique_ptr<net::HttpClient> client_;
  ClientToken token_;
  bool has_answered_ = false;
  std::chrono::seconds retry_after_{};  // of the last request that failed; 0: do not retry
};

/// Adds the header that proves who asks. Errors: store_unavailable, for the user.
Result<void> authorize(net::ClientRequest& request, const ClientToken& token);

/// Reads the body of a response, at most `most` bytes; `body` outlives the call. Errors: those of
/// the body; store_unavailable if it is longer.
asio::awaitable<Result<std::string>> read_all(ByteStream* body, std::size_t most);

/// The error for the user from a response that is not a success.
Error refusal(unsigned status, std::string_view body);

}  // namespace picus::cli
