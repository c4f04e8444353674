#include "net/server/body_stream.h"

#include <algorithm>
#include <array>
#include <utility>

namespace picus::net {

namespace {

constexpr std::uint64_t kMaxDrainedBytes = 64UZ * 1024;
/// What a piece takes besides its bytes: a chunk may have one byte.
constexpr std::size_t kWorkOfAPiece = 256;

}  // namespace

BodyStream::BodyStream(const RequestHead& head, std::size_t head_bytes, InputBuffer& input,
                       Transport& transport, WaitingRoom::Seat& seat, ThreadBuffers& buffers,
                       const ServerOptions& options)
    : input_(input),
      transport_(transport),
      seat_(seat),
      buffers_(buffers),
      options_(options),
      head_bytes_(head_bytes),
      length_(head.content_length),
      left_(head.content_length.value_or(0)),
      pace_(options.body_timeout, options.body_min_rate),
      expects_continue_(head.expects_continue) {
  const std::size_t early = input.bytes().size() - head_bytes;
  received_ = length_ ? std::min<std::uint64_t>(early, left_) : early;
}

BodyStream::~BodyStream() {
  if (buffer_) buffers_.give_back(std::move(buffer_));
}

bool BodyStream::complete() const {
  return length_ ? left_ == 0 : chunks_.state() == ChunkDecoder::State::complete;
}

asio::awaitable<Result<std::string_view>> BodyStream::read() {
  while (true) {
    if (failure_) co_return std::unexpected(*failure_);
    if (complete()) co_return std::string_view();
    const std::string_view piece = decode();
    if (turn_.spend(piece.size() + kWorkOfAPiece)) co_await let_others_run();
    if (!piece.empty()) co_return piece;
    if (complete()) continue;
    if (chunks_.state() == ChunkDecoder::State::malformed) {
      failure_.emplace(ErrorCode::bad_request,
                       "The body is not valid in the chunked transfer coding.");
      continue;
    }
    auto received = co_await receive();
    if (!received) failure_ = std::move(received.error());
  }
}

/// The next piece of what has arrived, or nothing if there is none in it.
std::string_view BodyStream::decode() {
  std::string_view raw = input_.bytes().substr(head_bytes_ + taken_);
  const bool early = !raw.empty();
  if (!early) raw = unread_;
  if (raw.empty()) return {};
  ChunkDecoder::Step step;
  if (length_) {
    step.data = raw.substr(0, std::min<std::uint64_t>(left_, raw.size()));
    step.consumed = step.data.size();
    left_ -= step.consumed;
  } else {
    step = chunks_.step(raw);
  }
  if (early) {
    taken_ += step.consumed;
  } else {
    unread_.remove_prefix(step.consumed);
  }
  return step.data;
}

/// Where the next bytes go: behind the head if the rest fits there, else into a buffer of its own.
std::span<char> BodyStream::space() {
  if (!buffer_ && length_ && left_ <= input_.space().size()) {
    return input_.space().first(static_cast<std::size_t>(left_));
  }
  if (!buffer_) buffer_ = buffers_.take_body_buffer();
  const std::uint64_t wanted = length_ ? left_ : ThreadBuffers::kBodyBytes;
  return {buffer_.get(),
          static_cast<std::size_t>(std::min<std::uint64_t>(wanted, ThreadBuffers::kBodyBytes))};
}

asio::awaitable<Result<void>> BodyStream::receive() {
  const bool told = co_await send_continue();
  if (!told) co_return failure(ErrorCode::bad_request, "The client closed the connection.");
  while (true) {
    std::size_t bytes = 0;
    const auto outcome = transport_.receive(space(), bytes);
    if (outcome == Socket::Received::some) {
      keep(bytes);
      co_return Result<void>();
    }
    if (outcome != Socket::Received::nothing_yet) {
      co_return failure(ErrorCode::bad_request,
                        "The connection ended before the body of the request was complete.");
    }
    // A client that is silent keeps no buffer.
    if (buffer_) buffers_.give_back(std::move(buffer_));
    const auto begin = Socket::Clock::now();
    buffers_.waiting().enter(seat_, WaitingRoom::For::body);
    const auto wake = co_await transport_.readable(pace_.deadline(begin, received_));
    seat_.leave();
    pace_.count(Socket::Clock::now() - begin);
    if (wake == Socket::Wake::overdue) {
      co_return failure(ErrorCode::request_timeout,
                        "The body of the request did not arrive in time.");
    }
    if (wake == Socket::Wake::cut) {
      co_return failure(ErrorCode::bad_request, "The connection was closed.");
    }
  }
}

/// What space() had room for has arrived.
void BodyStream::keep(std::size_t bytes) {
  received_ += bytes;
  if (buffer_) {
    unread_ = {buffer_.get(), bytes};
  } else {
    input_.commit(bytes);
  }
}

/// RFC 9110, 10.1.1: asked for, and of use only while nothing of the body is here.
asio::awaitable<bool> BodyStream::send_continue() {
  if (!std::exchange(expects_continue_, false) || received_ > 0) co_return true;
  std::array<iovec, 1> parts{part("HTTP/1.1 100 Continue\r\n\r\n")};
  Pace pace(options_.write_timeout);
  co_return co_await transport_.send(parts, &pace, transport_.bytes_sent());
}

bool BodyStream::can_finish() {
  if (failure_) return false;
  // How much is left of chunks is known only where their end is here already.
  while (!length_ && !decode().empty()) continue;
  if (complete()) return true;
  if (!length_) return false;
  // A client that waits for the 100 decides for itself whether it sends the body now: nobody can
  // tell what comes next.
  if (expects_continue_ && received_ == 0) return false;
  return left_ <= kMaxDrainedBytes;
}

asio::awaitable<bool> BodyStream::finish() {
  expects_continue_ = false;
  std::uint64_t dropped = 0;
  while (!complete()) {
    const auto piece = co_await read();
    if (!piece) co_return false;
    dropped += piece->size();
    if (dropped > kMaxDrainedBytes) co_return false;
  }
  co_return true;
}

void BodyStream::leave() {
  input_.consume(head_bytes_ + taken_);
  if (!unread_.empty()) input_.append(unread_);
  unread_ = {};
}

}  // namespace picus::net
