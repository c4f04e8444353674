#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/item_sink.h"
#include "cli/retries.h"
#include "config/client_token.h"
#include "net/client/http_client.h"

namespace picus::cli {

/// Puts items through a Picus server. Once it has responded, requests and items that fail
/// temporarily are sent again, as long as one succeeds within `Retries::kPatience`.
class ServerSink final : public ItemSink {
 public:
  /// `token`: the source of the token that the requests have.
  ServerSink(std::unique_ptr<net::HttpClient> client, ClientToken token)
      : client_(std::move(client)), authorization_(std::move(token)) {}
  asio::awaitable<std::expected<BatchOutcome, std::string>> put(std::vector<NewItem> batch,
                                                                OnConflict on_conflict) override;
  [[nodiscard]] bool was_reached() const override { return was_reached_; }

 private:
  using Clock = Retries::Clock;
  struct Answer {
    BatchOutcome outcome;
    // May be more than outcome.refused, because the server lists only the first errors.
    std::uint64_t failed = 0;
  };
  /// What the server has under the key of an item.
  enum class Held : std::uint8_t { nothing, equal, other };
  /// A batch on its way: what became of its items, and those to send again.
  struct Progress {
    BatchOutcome outcome;
    std::vector<RefusedItem> left;
    bool has_to_wait = false;  // before they are sent again
  };

  asio::awaitable<std::expected<Answer, std::string>> send(std::string target, std::string text,
                                                           std::size_t lines);
  asio::awaitable<std::expected<Answer, std::string>> send_once(std::string target,
                                                                std::string_view text,
                                                                std::size_t lines);
  asio::awaitable<std::expected<Held, std::string>> held(Key key, Etag etag);
  asio::awaitable<std::expected<Held, std::string>> held_once(Key key, Etag etag);
  asio::awaitable<std::optional<std::string>> sort_out(const std::vector<NewItem>* batch,
                                                       Answer answer, Progress* progress);
  asio::awaitable<std::optional<std::string>> take(const std::vector<NewItem>* batch,
                                                   OnConflict on_conflict, Answer answer,
                                                   Progress* progress);
  asio::awaitable<std::expected<std::vector<bool>, std::string>> stored_of(
      const std::vector<NewItem>* batch, const std::vector<RefusedItem>* sent, std::size_t known,
      OnConflict on_conflict, const Answer* answer);
  static std::uint64_t stored_after(std::size_t known, const Answer& answer);

  std::unique_ptr<net::HttpClient> client_;
  Authorization authorization_;
  Retries retries_;
  bool was_reached_ = false;
};

/// Sends the request with the token, if there is one. `client` and `authorization` outlive the
/// call. The error is for the user.
asio::awaitable<std::expected<net::ResponseHead, std::string>> ask(net::HttpClient* client,
                                                                   Authorization* authorization,
                                                                   net::HttpRequest request);

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
