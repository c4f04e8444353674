#include "cli/common_settings.h"

#include <algorithm>

namespace picus::cli {
namespace {

Setting url_setting(std::string& to) {
  return {.name = "url",
          .value = text(to, "URL"),
          .help =
              "Use a server instead of the store itself: http://HOST[:PORT], https://HOST[:PORT] "
              "or unix:/PATH.",
          .scope = Scope::flag};
}

/// Whether the setting has its value from the command line.
bool is_given(const Call& call, std::string_view name) {
  const auto value = std::ranges::find(call.values, name, &Effective::name);
  return value != call.values.end() && value->origin.starts_with("--");
}

}  // namespace

Setting data_setting(std::filesystem::path& to) {
  return {.name = "data",
          .value = directory(to),
          .help = "Directory of the store. A server can use it at the same time.",
          .scope = Scope::environment};
}

Setting skip_damaged_setting(bool& to) {
  return {.name = "skip-damaged",
          .value = switched(to),
          .help =
              "Skip damaged items and print their ids instead of stopping at the first one. The "
              "exit code is 1 if there are any.",
          .scope = Scope::flag};
}

Setting config_setting() {
  auto assign = [](std::string_view) { return std::expected<void, std::string>(); };
  return {.name = "config",
          .value = {.assign = assign,
                    .placeholder = "FILE",
                    .preset = {},
                    .choices = {},
                    .kind = Value::Kind::file},
          .help =
              "Configuration file. All commands can share one file: each command reads the "
              "settings that it has.",
          .scope = Scope::environment};
}

std::vector<Setting> settings_of(Place& to) {
  std::vector<Setting> settings{data_setting(to.store.data), url_setting(to.url), config_setting()};
  add_client_token(settings, to.token, Scope::environment);
  add_store_kind(settings, to.store, Scope::environment);
  add_table(settings, to.store.table, Scope::environment);
  return settings;
}

std::expected<void, std::string> settle_place(Place& place, const Call& call) {
  if (!is_given(call, "store")) {
    for (const StoreKind& kind : store_kinds()) {
      if (is_given(call, kind.option)) place.store.kind = &kind;
    }
  }
  // A table that nobody looks at, as a server is asked, is not judged.
  return place.url.empty() ? check(place.store) : check(place.token, place.url);
}

}  // namespace picus::cli
