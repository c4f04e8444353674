#include "aws/service.h"

#include <array>
#include <utility>

#include "net/client/server_url.h"

namespace picus::aws {

ServiceEndpoint::ServiceEndpoint(const Service& service, std::string endpoint, std::string region)
    : service_(service),
      endpoint_(std::move(endpoint)),
      signer_(std::move(region), std::string(service.signing_name)) {
  if (const auto server = net::ServerUrl::parse(endpoint_)) host_ = server->authority;
}

net::PooledRequest ServiceEndpoint::request(std::string_view operation, std::string_view body,
                                            const Credentials& credentials,
                                            std::chrono::system_clock::time_point now) {
  std::string target(service_.target_prefix);
  target += operation;
  const std::array<SignableHeader, 3> signable{
      {{"content-type", service_.content_type}, {"host", host_}, {"x-amz-target", target}}};
  Signature signature =
      signer_.sign({.method = "POST", .path = "/", .query = {}, .headers = signable, .body = body},
                   credentials, now);
  net::PooledRequest request{
      .origin = endpoint_, .method = "POST", .target = "/", .headers = {}, .body = body};
  const std::string& token = credentials.session_token;
  request.headers.reserve(9);
  request.headers.push_back({"Content-Type", std::string(service_.content_type)});
  request.headers.push_back({"X-Amz-Target", std::move(target)});
  request.headers.push_back({"X-Amz-Date", std::move(signature.amz_date)});
  if (!token.empty()) request.headers.push_back({"X-Amz-Security-Token", token});
  request.headers.push_back({"Authorization", std::move(signature.authorization)});
  // A checksum (x-amz-crc32) is that of the bytes on the wire.
  request.headers.push_back({"Accept-Encoding", "identity"});
  return request;
}

}  // namespace picus::aws
