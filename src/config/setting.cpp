#include "config/setting.h"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/join.hpp>
#include <charconv>

#include "api/api.h"
#include "api/cors.h"
#include "api/host.h"
#include "config/units.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "net/address.h"

namespace picus {
namespace {

using Assigned = std::expected<void, std::string>;

Assigned assign_switch(bool& to, std::string_view text) {
  constexpr std::array<std::string_view, 4> kOn = {"on", "true", "yes", "1"};
  constexpr std::array<std::string_view, 4> kOff = {"off", "false", "no", "0"};
  const bool on = std::ranges::find(kOn, text) != kOn.end();
  if (!on && std::ranges::find(kOff, text) == kOff.end()) return std::unexpected("on or off");
  to = on;
  return {};
}

std::string word_of(bool on) { return on ? "on" : "off"; }

std::string joined(const std::vector<std::string>& list) {
  return boost::algorithm::join(list, ",");
}

/// What is between the commas, empty texts too.
std::vector<std::string_view> elements_of(std::string_view list) {
  std::vector<std::string_view> elements;
  for (bool more = true; more;) {
    more = list.contains(',');
    elements.push_back(take_until(list, ','));
  }
  return elements;
}

Assigned assign_operations(Operations& to, std::string_view text) {
  Operations found{.get = false, .put = false, .list = false, .remove = false};
  const std::pair<std::string_view, bool&> words[] = {
      {"get", found.get}, {"put", found.put}, {"list", found.list}, {"delete", found.remove}};
  for (const std::string_view given : elements_of(text)) {
    const auto* const word =
        std::ranges::find(words, given, &std::pair<std::string_view, bool&>::first);
    if (word == std::end(words)) {
      return std::unexpected("some of get, put, list and delete, separated by commas");
    }
    word->second = true;
  }
  to = found;
  return {};
}

std::string text_of(const Operations& operations) {
  std::vector<std::string> words;
  if (operations.get) words.emplace_back("get");
  if (operations.put) words.emplace_back("put");
  if (operations.list) words.emplace_back("list");
  if (operations.remove) words.emplace_back("delete");
  return joined(words);
}

/// What is allowed, with an example where only the host is missing.
std::string listen_form(std::string_view address) {
  if (address.starts_with(':')) address.remove_prefix(1);
  if (parse_count(address)) {
    const std::string port(address);
    return "HOST:PORT, as in 127.0.0.1:" + port + " for this machine only, or 0.0.0.0:" + port +
           " for others too";
  }
  return "HOST:PORT with an IP address or localhost, [IPV6]:PORT, one of these after tls:, or "
         "unix:/PATH";
}

/// Values of one kind, separated by commas. `allowed` says what they are.
Assigned assign_list(std::vector<std::string>& to, std::string_view text,
                     bool (*is_value)(std::string_view), std::string_view allowed) {
  std::vector<std::string> found;
  for (const std::string_view value : elements_of(text)) {
    if (!is_value(value)) return std::unexpected(std::string(allowed));
    found.emplace_back(value);
  }
  to = std::move(found);
  return {};
}

bool is_address(std::string_view text) { return net::is_local(std::string(text)).has_value(); }

bool is_host_name(std::string_view text) {
  const auto host = Host::parse(text);
  return host && !host->name.empty() && host->name == text && !text.contains('*');
}

Value path(std::filesystem::path& to, std::string placeholder, Value::Kind kind) {
  auto assign = [&to](std::string_view text) -> Assigned {
    if (text.empty()) return std::unexpected("a path");
    to = text;
    return {};
  };
  return {.assign = assign,
          .placeholder = std::move(placeholder),
          .preset = to.string(),
          .choices = {},
          .kind = kind};
}

}  // namespace

Value duration(std::chrono::milliseconds& to, std::chrono::milliseconds least,
               std::chrono::milliseconds most) {
  auto assign = [&to, least, most](std::string_view text) -> Assigned {
    const auto parsed = parse_duration(text);
    if (!parsed || *parsed < least || *parsed > most) {
      return std::unexpected("a duration from " + format_duration(least) + " to " +
                             format_duration(most) + ", as in 500ms, 75s or 2m");
    }
    to = *parsed;
    return {};
  };
  return {
      .assign = assign, .placeholder = "DURATION", .preset = format_duration(to), .choices = {}};
}

Value duration_or_auto(std::optional<std::chrono::milliseconds>& to,
                       std::chrono::milliseconds least, std::chrono::milliseconds most) {
  auto assign = [&to, least, most](std::string_view text) -> Assigned {
    if (text == "auto") {
      to.reset();
      return {};
    }
    std::chrono::milliseconds parsed{};
    const auto assigned = duration(parsed, least, most).assign(text);
    if (!assigned) return std::unexpected("auto, or " + assigned.error());
    to = parsed;
    return {};
  };
  return {.assign = assign,
          .placeholder = "DURATION",
          .preset = to ? format_duration(*to) : "auto",
          .choices = {"auto"}};
}

Value size(std::size_t& to, std::size_t least, std::size_t most) {
  auto assign = [&to, least, most](std::string_view text) -> Assigned {
    const auto parsed = parse_size(text);
    if (!parsed || *parsed < least || *parsed > most) {
      return std::unexpected("a size from " + format_size(least) + " to " + format_size(most) +
                             ", as in 4096, 16KiB or 1MiB");
    }
    to = *parsed;
    return {};
  };
  return {.assign = assign, .placeholder = "SIZE", .preset = format_size(to), .choices = {}};
}

Value file_mode(std::optional<unsigned>& to) {
  auto assign = [&to](std::string_view text) -> Assigned {
    constexpr unsigned kAll = 0777;
    unsigned mode = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, mode, 8);
    if (error != std::errc() || stop != end || mode > kAll) {
      return std::unexpected("an octal number from 0000 to 0777, as in 0660");
    }
    to = mode;
    return {};
  };
  return {.assign = assign, .placeholder = "MODE", .preset = {}, .choices = {}};
}

Value count(std::size_t& to, std::size_t least, std::size_t most) {
  auto assign = [&to, least, most](std::string_view text) -> Assigned {
    const auto parsed = parse_count(text);
    if (!parsed || *parsed < least || *parsed > most) {
      return std::unexpected(concat("a whole number from ", least, " to ", most));
    }
    to = *parsed;
    return {};
  };
  return {.assign = assign, .placeholder = "NUMBER", .preset = std::to_string(to), .choices = {}};
}

Value threads(unsigned& to, unsigned most) {
  auto assign = [&to, most](std::string_view text) -> Assigned {
    const auto parsed = text == "auto" ? 0 : parse_count(text);
    if (!parsed || *parsed > most || (*parsed == 0 && text != "auto")) {
      return std::unexpected("auto, or a whole number from 1 to " + std::to_string(most));
    }
    to = static_cast<unsigned>(*parsed);
    return {};
  };
  return {.assign = assign,
          .placeholder = "NUMBER",
          .preset = to == 0 ? "auto" : std::to_string(to),
          .choices = {"auto"}};
}

Value on_off(bool& to) {
  auto assign = [&to](std::string_view text) { return assign_switch(to, text); };
  return {
      .assign = assign, .placeholder = "on|off", .preset = word_of(to), .choices = {"on", "off"}};
}

Value switched(bool& to) {
  auto assign = [&to](std::string_view text) { return assign_switch(to, text); };
  return {.assign = assign, .placeholder = {}, .preset = word_of(to), .choices = {}};
}

Value text(std::string& to, std::string placeholder) {
  auto assign = [&to](std::string_view given) -> Assigned {
    if (given.empty()) return std::unexpected("a value that is not empty");
    to = given;
    return {};
  };
  return {.assign = assign, .placeholder = std::move(placeholder), .preset = to, .choices = {}};
}

Value file(std::filesystem::path& to) { return path(to, "FILE", Value::Kind::file); }
Value directory(std::filesystem::path& to) { return path(to, "DIR", Value::Kind::directory); }

Value operations(Operations& to) {
  auto assign = [&to](std::string_view text) { return assign_operations(to, text); };
  return {.assign = assign, .placeholder = "OPERATIONS", .preset = text_of(to), .choices = {}};
}

Value host_names(std::vector<std::string>& to) {
  auto assign = [&to](std::string_view text) {
    return assign_list(to, text, is_host_name,
                       "host names without ports or wildcards, separated by commas");
  };
  return {.assign = assign, .placeholder = "NAME", .preset = joined(to), .choices = {}};
}

Value origins(std::vector<std::string>& to) {
  auto assign = [&to](std::string_view text) {
    return assign_list(to, text, is_origin,
                       "origins as browsers send them, as in https://app.example.com or "
                       "http://localhost:3000, separated by commas: in lower case, without a path, "
                       "a wildcard, or the default port of the scheme");
  };
  return {.assign = assign, .placeholder = "ORIGIN", .preset = joined(to), .choices = {}};
}

Value addresses(std::vector<std::string>& to) {
  auto assign = [&to](std::string_view text) {
    return assign_list(to, text, is_address, listen_form(text));
  };
  return {.assign = assign, .placeholder = "ADDRESS", .preset = joined(to), .choices = {}};
}

std::string variable_of(std::string_view prefix, std::string_view setting) {
  std::string variable(prefix);
  for (const char c : setting) {
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
  }
  return variable;
}

std::string_view Setting::preset() const {
  return is_switch() && scope == Scope::flag ? std::string_view() : value.preset;
}

std::string Setting::flag() const { return "--" + std::string(name); }

std::string Setting::variable() const {
  return scope == Scope::flag ? std::string() : variable_of("PICUS_", name);
}

}  // namespace picus
