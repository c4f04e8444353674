#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "api/http.h"
#include "core/metrics.h"

namespace picus::net {

class TlsCertificate;

/// What a server counts besides its requests.
class ServerMetrics {
 public:
  enum class Connection : std::uint8_t {
    accepted,
    refused,  ///< at the limit: closed without a response, or its requests get 503
    cut,      ///< an accepted one, closed to make room, or after the timeout of the drain
  };

  /// A request from the end of its head to the end of its response.
  class ActiveRequest {
   public:
    ActiveRequest(const ServerMetrics& metrics, Method method)
        : active_(metrics.active_), series_(static_cast<std::size_t>(method)) {
      active_.add(series_);
    }
    ~ActiveRequest() { active_.subtract(series_); }
    ActiveRequest(const ActiveRequest&) = delete;
    ActiveRequest& operator=(const ActiveRequest&) = delete;

   private:
    Counters active_;
    std::size_t series_;
  };

  /// nullptr: counts nothing.
  explicit ServerMetrics(Registry* registry);

  void count(Connection what) const { connections_.add(static_cast<std::size_t>(what)); }
  void count_handshake(bool succeeded) const { handshakes_.add(succeeded ? 0 : 1); }
  void opened() const { open_.add(); }
  void closed() const { open_.subtract(); }

 private:
  Counters active_;
  Counters connections_;
  Counters open_;
  Counters handshakes_;
};

/// How long the certificate is valid, as long as there is one.
void add_certificate_metric(Registry& registry, std::weak_ptr<const TlsCertificate> certificate);

}  // namespace picus::net
