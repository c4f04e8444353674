#include "aws/service.h"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/concat.h"
#include "net/client/server_url.h"

namespace picus::aws {

ServiceEndpoint::ServiceEndpoint(const Service& service, std::string endpoint, std::string path,
                                 std::string region)
    : service_(service),
      endpoint_(std::move(endpoint)),
      path_(std::move(path)),
      signer_(std::move(region), std::string(service.signing_name)) {
  if (const auto server = net::ServerUrl::parse(endpoint_)) host_ = server->authority;
}

net::HttpRequest ServiceEndpoint::request(std::string_view operation, std::string_view body,
                                          const Credentials* credentials,
                                          std::chrono::system_clock::time_point now) {
  net::HttpRequest request{
      .origin = endpoint_, .method = "POST", .target = path_, .headers = {}, .body = body};
  std::vector<net::RequestHeader>& headers = request.headers;
  headers.reserve(9);
  headers.push_back({"Content-Type", std::string(service_.content_type)});
  std::array<SignableHeader, 3> signable{
      {{"content-type", service_.content_type}, {"host", host_}, {"x-amz-target", {}}}};
  if (service_.is_json()) {
    headers.push_back({"X-Amz-Target", concat(service_.target_prefix, operation)});
    signable.back().value = headers.back().value;
  }
  if (credentials != nullptr) {
    const std::span<const SignableHeader> signed_headers(signable.data(),
                                                         service_.is_json() ? 3 : 2);
    Signature signature = signer_.sign(
        {.method = "POST", .path = path_, .query = {}, .headers = signed_headers, .body = body},
        *credentials, now);
    headers.push_back({"X-Amz-Date", std::move(signature.amz_date)});
    const std::string& token = credentials->session_token;
    if (!token.empty()) headers.push_back({"X-Amz-Security-Token", token});
    headers.push_back({"Authorization", std::move(signature.authorization)});
  }
  // A checksum (x-amz-crc32) is that of the bytes on the wire.
  headers.push_back({"Accept-Encoding", "identity"});
  return request;
}

}  // namespace picus::aws
