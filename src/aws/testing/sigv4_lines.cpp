// For tests: reads requests, a JSON object a line, and writes the `Authorization` of each.

#include <boost/json.hpp>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aws/sigv4.h"

namespace picus::aws {
namespace {

using boost::json::object;

std::string_view text_of(const object& line, std::string_view name) {
  const boost::json::string& text = line.at(name).as_string();
  return {text.data(), text.size()};
}

/// One for each region and service, so that keys are kept from line to line.
Signer& signer_for(std::string_view region, std::string_view service) {
  static std::map<std::pair<std::string, std::string>, Signer> signers;
  return signers
      .try_emplace({std::string(region), std::string(service)}, std::string(region),
                   std::string(service))
      .first->second;
}

std::string sign(const object& line) {
  std::vector<SignableHeader> headers;
  for (const boost::json::value& header : line.at("headers").as_array()) {
    headers.push_back({text_of(header.as_object(), "name"), text_of(header.as_object(), "value")});
  }
  const SignableRequest request{.method = text_of(line, "method"),
                                .path = text_of(line, "path"),
                                .query = text_of(line, "query"),
                                .headers = headers,
                                .body = text_of(line, "body")};
  const Credentials credentials{.access_key_id = std::string(text_of(line, "access_key_id")),
                                .secret_access_key = std::string(text_of(line, "secret")),
                                .session_token = std::string(text_of(line, "token")),
                                .expires = {}};
  const std::chrono::system_clock::time_point now{std::chrono::seconds(line.at("now").as_int64())};
  return signer_for(text_of(line, "region"), text_of(line, "service"))
      .sign(request, credentials, now)
      .authorization;
}

}  // namespace
}  // namespace picus::aws

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << picus::aws::sign(boost::json::parse(line).as_object()) << '\n';
  }
}
