#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "config/setting.h"
#include "store/dynamodb/table_options.h"

namespace picus {

// The settings; they assign to `to`, which outlives them.
// `table` also takes the environment, for credentials.
void add_table(std::vector<Setting>& settings, TableOptions& to, Scope scope);
void add_ca_bundle(std::vector<Setting>& settings, std::filesystem::path& to, Scope scope);
void add_list_segments(std::vector<Setting>& settings, TableOptions& to, Scope scope);

/// A warning if https_proxy, no_proxy and similar variables specify a proxy for the endpoint of the
/// table: Picus uses no proxy. Otherwise empty.
std::string proxy_warning(const TableOptions& options);

/// Checks that involve several settings: a table needs a valid name, a region and an endpoint. The
/// error is for the operator, with advice.
std::expected<void, std::string> check(const TableOptions& options);

}  // namespace picus
