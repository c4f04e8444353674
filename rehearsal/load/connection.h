#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rehearsal {

/// The connection ended, or what came is no answer. The request may have had its effect.
class LostAnswer : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An answer, with the headers that the load looks at.
struct Answer {
  unsigned status = 0;
  std::string etag;
  std::string target;  ///< which target group answered, as the balancer says; empty: none did
  std::string next;    ///< the next page of a list: path and query
  bool replayed = false;
  bool retry_after = false;  ///< whether it says when to ask again
  bool closes = false;
  std::string body;
};

/// A blocking HTTP/1.1 connection to 127.0.0.1, for one thread. It connects with the first request,
/// and again after one that was lost or closed it.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : port_(port) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends a whole request and reads the whole answer. Throws LostAnswer, also after half a minute
  /// of silence.
  Answer exchange(std::string_view request);

  void close();
  /// How often it connected.
  [[nodiscard]] std::uint64_t connects() const { return connects_; }

 private:
  void connect();
  void send(std::string_view bytes) const;
  void receive();
  std::string take(std::size_t bytes);
  std::string take_line();
  std::string take_chunks();

  std::uint16_t port_;
  int fd_ = -1;
  std::uint64_t connects_ = 0;
  std::string buffer_;
};

}  // namespace rehearsal
