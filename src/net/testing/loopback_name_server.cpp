#include "net/testing/loopback_name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <string_view>
#include <utility>

namespace picus::net {

namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxMessageBytes = 512;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;

void append(std::string& out, std::uint32_t number, unsigned bytes) {
  while (bytes-- > 0) out += static_cast<char>(number >> (8 * bytes) & 0xffU);
}

struct Question {
  std::string name;
  std::uint16_t type = 0;
  std::size_t end = 0;  // in the query
};

Question parse_question(std::string_view query) {
  Question question;
  std::size_t at = kHeaderBytes;
  for (std::size_t label = 0; at < query.size(); at += label) {
    label = static_cast<unsigned char>(query[at++]);
    if (label == 0) break;
    if (!question.name.empty()) question.name += '.';
    question.name += query.substr(at, label);
  }
  question.type = static_cast<std::uint16_t>(static_cast<unsigned char>(query.at(at)) << 8U |
                                             static_cast<unsigned char>(query.at(at + 1)));
  question.end = at + 4;
  return question;
}

void append_record(std::string& out, std::uint16_t type, std::uint32_t ttl,
                   const std::string& address) {
  std::array<char, sizeof(in6_addr)> bytes{};
  const bool v6 = type == kTypeAaaa;
  inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data());
  const std::size_t size = v6 ? sizeof(in6_addr) : sizeof(in_addr);
  append(out, 0xc000U | kHeaderBytes, 2);  // the question's name
  append(out, type, 2);
  append(out, 1, 2);  // IN
  append(out, ttl, 4);
  append(out, static_cast<std::uint32_t>(size), 2);
  out.append(bytes.data(), size);
}

}  // namespace

LoopbackNameServer::LoopbackNameServer()
    : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  ::bind(socket_.number(), std::bit_cast<const sockaddr*>(&address), bytes);
  ::getsockname(socket_.number(), std::bit_cast<sockaddr*>(&address), &bytes);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

LoopbackNameServer::~LoopbackNameServer() {
  ::shutdown(socket_.number(), SHUT_RDWR);  // ends recvfrom, though UDP has no connection
  thread_.join();
}

void LoopbackNameServer::set(const std::string& name, Zone zone) {
  const std::scoped_lock lock(mutex_);
  zones_[name] = std::move(zone);
}

std::size_t LoopbackNameServer::asked(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = asked_.find(name);
  return found == asked_.end() ? 0 : found->second;
}

std::string LoopbackNameServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

void LoopbackNameServer::serve() {
  std::array<char, kMaxMessageBytes> space{};
  while (true) {
    sockaddr_in client{};
    socklen_t bytes = sizeof client;
    const auto received = ::recvfrom(socket_.number(), space.data(), space.size(), 0,
                                     std::bit_cast<sockaddr*>(&client), &bytes);
    if (received < static_cast<ssize_t>(kHeaderBytes)) return;
    const auto text = answer({space.data(), static_cast<std::size_t>(received)});
    if (!text) continue;
    ::sendto(socket_.number(), text->data(), text->size(), 0,
             std::bit_cast<const sockaddr*>(&client), bytes);
  }
}

std::optional<std::string> LoopbackNameServer::answer(const std::string& query) {
  constexpr std::uint32_t kAnswerFlags = 0x8180;
  constexpr std::uint32_t kNoSuchName = 3;
  const Question question = parse_question(query);
  const std::scoped_lock lock(mutex_);
  if (question.type == kTypeA) ++asked_[question.name];
  const Zone zone = zones_[question.name];
  if (zone.silent) return std::nullopt;
  static const std::vector<std::string> kNone;
  const auto& addresses = question.type == kTypeA      ? zone.v4
                          : question.type == kTypeAaaa ? zone.v6
                                                       : kNone;
  const bool known = !zone.v4.empty() || !zone.v6.empty();
  std::string text = query.substr(0, 2);
  append(text, kAnswerFlags | (known ? 0U : kNoSuchName), 2);
  append(text, 1, 2);
  append(text, static_cast<std::uint32_t>(addresses.size()), 2);
  append(text, 0, 4);
  text.append(query, kHeaderBytes, question.end - kHeaderBytes);
  for (const std::string& address : addresses) {
    append_record(text, question.type, zone.ttl, address);
  }
  return text;
}

}  // namespace picus::net
