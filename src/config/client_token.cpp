#include "config/client_token.h"

#include <algorithm>
#include <fstream>

#include "core/last_error.h"
#include "net/address.h"
#include "net/client/server_url.h"

namespace picus {

void add_client_token(std::vector<Setting>& settings, ClientToken& to, Scope scope) {
  settings.push_back({.name = "token-file",
                      .value = file(to.file),
                      .help = "File with the token for the server. It is read for each request. "
                              "The variable PICUS_TOKEN has the token itself instead of a file.",
                      .scope = scope});
  settings.push_back({.name = "insecure-http",
                      .value = switched(to.insecure_http),
                      .help = "Send the token to another machine over plain http, although others "
                              "can read it in the network.",
                      .scope = Scope::flag});
}

void take_variable(const Environment& environment, ClientToken& to) {
  const auto found = environment.find(kTokenVariable);
  if (found != environment.end()) to.text = found->second;
}

std::expected<void, std::string> check(const ClientToken& token, const std::string& url) {
  if (!token.file.empty() && !token.text.empty()) {
    return std::unexpected("--token-file or PICUS_TOKEN, not both");
  }
  if (!token.is_given()) return {};
  if (const auto usable = authorization(token); !usable) return std::unexpected(usable.error());
  if (token.insecure_http || !url.starts_with("http://")) return {};
  const auto server = net::ServerUrl::parse(url);
  if (!server) return {};  // whoever connects says what is wrong
  const auto literal = server->literal_address();
  if (literal && net::is_local(*literal).value_or(false)) return {};
  return std::unexpected(
      "the token would be sent unencrypted: give an https URL, or --insecure-http to allow it");
}

std::expected<std::optional<std::string>, std::string> authorization(const ClientToken& token) {
  if (!token.is_given()) return std::nullopt;
  std::string text = token.text;
  const std::string origin =
      token.file.empty() ? std::string(kTokenVariable) : "--token-file: " + token.file.string();
  if (!token.file.empty()) {
    std::ifstream stream(token.file, std::ios::binary);
    if (!stream) return std::unexpected(origin + ": " + last_error());
    constexpr std::streamsize kMost = 16L * 1024;
    text.resize(kMost);
    stream.read(text.data(), kMost);
    text.resize(static_cast<std::size_t>(stream.gcount()));
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  const auto is_visible = [](char c) { return c > ' ' && c <= '~'; };
  if (text.empty() || !std::ranges::all_of(text, is_visible)) {
    return std::unexpected(origin + ": not a token: one line of visible ASCII is expected");
  }
  return "Bearer " + text;
}

}  // namespace picus
