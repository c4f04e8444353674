// DynamoDB's API with answers that are known beforehand: what stands between a server and this is
// the server's own work. Signatures are not looked at.
//
// bench_dynamodb ITEMS ITEM_BYTES [meta]   (meta: the items have the attribute picus:meta)

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "listener.h"
#include "request_server.h"
#include "table.h"

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// The value of a field, whose name is given in lower case with its colon; empty: there is none.
std::string_view field(std::string_view head, std::string_view name) {
  constexpr auto kLower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
  for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string_view::npos;) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() < name.size()) continue;
    bool same = true;
    for (std::size_t i = 0; same && i < name.size(); ++i) same = kLower(line[i]) == name[i];
    if (!same) continue;
    const std::string_view value = line.substr(name.size());
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return {};
}

struct Request {
  std::string_view operation;  ///< `GetItem`
  std::string_view body;
  std::size_t bytes;
};

/// The request that `received` begins with, if all of it is there.
std::optional<Request> whole_request(std::string_view received) {
  const std::size_t end = received.find(kHeadEnd);
  if (end == std::string_view::npos) return {};
  const std::string_view head = received.substr(0, end);
  const std::string_view length = field(head, "content-length:");
  std::size_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  const std::size_t whole = end + kHeadEnd.size() + bytes;
  if (received.size() < whole) return {};
  const std::string_view target = field(head, "x-amz-target:");
  return Request{.operation = target.substr(target.find('.') + 1),
                 .body = received.substr(whole - bytes, bytes),
                 .bytes = whole};
}

class Server final : public bench::RequestServer {
 public:
  explicit Server(bench::Table table) : table_(std::move(table)) {}

 private:
  std::optional<std::size_t> answer(int fd, std::string_view received) override {
    const auto request = whole_request(received);
    if (!request) return 0;
    if (!bench::send_all(fd, table_.answer(request->operation, request->body))) return std::nullopt;
    return request->bytes;
  }

  bench::Table table_;
};

}  // namespace

int main(int argc, char** argv) try {
  const bool with_meta = argc == 4 && argv[3] == std::string_view("meta");
  if (argc != 3 && !with_meta) {
    std::fputs("usage: bench_dynamodb ITEMS ITEM_BYTES [meta]\n", stderr);
    return 2;
  }
  Server(bench::Table(std::stoull(argv[1]), std::stoull(argv[2]), with_meta)).run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_dynamodb: %s\n", error.what());
  return 1;
}
