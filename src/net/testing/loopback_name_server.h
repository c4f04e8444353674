#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/file_descriptor.h"

namespace picus::net {

/// For tests: a name server (RFC 1035) on a free UDP port of loopback.
class LoopbackNameServer {
 public:
  /// What is said about a name. Without addresses: there is no such name.
  struct Zone {
    std::vector<std::string> v4 = {};
    std::vector<std::string> v6 = {};
    std::uint32_t ttl = 60;
    bool silent = false;  ///< no answer at all
  };

  LoopbackNameServer();
  ~LoopbackNameServer();
  LoopbackNameServer(const LoopbackNameServer&) = delete;
  LoopbackNameServer& operator=(const LoopbackNameServer&) = delete;

  void set(const std::string& name, Zone zone);
  /// Questions for IPv4 addresses of this name.
  [[nodiscard]] std::size_t asked(const std::string& name) const;
  /// `127.0.0.1:port`
  [[nodiscard]] std::string address() const;

 private:
  void serve();
  std::optional<std::string> answer(const std::string& query);

  FileDescriptor socket_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, Zone> zones_;         // under mutex_
  std::map<std::string, std::size_t> asked_;  // under mutex_
  std::thread thread_;
};

}  // namespace picus::net
