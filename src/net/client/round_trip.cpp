#include "net/client/round_trip.h"

#include <string_view>
#include <utility>

#include "net/client/answer_reader.h"

namespace picus::net {

using boost::system::error_code;
using Clock = Channel::Clock;
using Outcome = Channel::Outcome;

namespace {

std::unexpected<TransportError> fail(Outcome outcome, const Channel& channel, bool sent) {
  const bool overdue = outcome == Outcome::overdue;
  return std::unexpected(
      TransportError{.kind = overdue ? TransportError::Kind::timeout : TransportError::Kind::broken,
                     .sent = sent,
                     .message = overdue                      ? "no response in time"
                                : outcome == Outcome::failed ? channel.fault()
                                                             : "the server closed the connection"});
}

std::unexpected<TransportError> refuse(const error_code& error) {
  return std::unexpected(TransportError{.kind = TransportError::Kind::broken,
                                        .sent = true,
                                        .message = "incomplete response: " + error.message()});
}

}  // namespace

asio::awaitable<std::expected<Exchanged, TransportError>> round_trip(ExchangeRoom room,
                                                                     const HttpRequest* request,
                                                                     Clock::time_point deadline) {
  const std::string head = head_of(*request, room.authority);
  const Outcome sent = co_await room.channel.send(head, request->body, deadline);
  if (sent != Outcome::done) co_return fail(sent, room.channel, false);
  using Excess = AnswerReader::Excess;
  AnswerReader reader(room.max_body_bytes, request->method == "HEAD",
                      request->cut_body ? Excess::is_dropped : Excess::is_error);
  while (!reader.is_done()) {
    std::size_t bytes = 0;
    const Outcome outcome = co_await room.channel.receive(room.scratch, &bytes, deadline);
    if (outcome != Outcome::done && outcome != Outcome::ended) {
      co_return fail(outcome, room.channel, true);
    }
    const bool ended = outcome == Outcome::ended;
    const error_code error = ended ? reader.end() : reader.take({room.scratch.data(), bytes});
    if (error) co_return refuse(error);
    if (ended) co_return Exchanged{.response = std::move(reader.answer()), .reusable = false};
  }
  const bool reusable = reader.is_reusable();
  co_return Exchanged{.response = std::move(reader.answer()), .reusable = reusable};
}

}  // namespace picus::net
