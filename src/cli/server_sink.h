#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cli/item_sink.h"
#include "config/client_token.h"
#include "net/client/http_client.h"

namespace picus::cli {

/// Puts through a Picus server. A batch that the server has no room for just then, or that a broken
/// connection cut, is sent again a few times.
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
    std::uint64_t failed = 0;  // more than outcome.refused where the server listed only the first
  };
  asio::awaitable<Result<Answer>> send(std::string target, std::string text);
  asio::awaitable<Result<Answer>> send_once(std::string target, std::string_view text);
  asio::awaitable<Result<bool>> holds(Key key, Etag etag);
  asio::awaitable<Result<BatchOutcome>> sort_out(std::vector<NewItem> batch, Answer answer);

  asio::awaitable<Result<net::ClientResponse>> ask(net::ClientRequest request);

  std::unique_ptr<net::HttpClient> client_;
  ClientToken token_;
  bool has_answered_ = false;
  std::chrono::seconds retry_after_{};  // of the last request that failed; 0: it is of no use
};

/// Adds the header that proves who asks. Errors: store_unavailable, for the user.
Result<void> authorize(net::ClientRequest& request, const ClientToken& token);

/// Reads an answer's body of at most `most` bytes; `body` outlives the call. Errors: as of the
/// body; store_unavailable where it is longer.
asio::awaitable<Result<std::string>> read_all(ByteStream* body, std::size_t most);

/// What an answer that is no success says, for a person.
Error refusal(unsigned status, std::string_view body);

}  // namespace picus::cli
