#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "verify/created_items.h"
#include "verify/server.h"

namespace picus::verify {

/// Deletes the items that a run left in the store, and retries until the deadline of the server. If
/// a response to a put was lost, the item may appear late: it continues until that is impossible.
/// An item whose key the server chose is deleted only if it has the mark of this run. `created`
/// and `server` outlive the call. Returns which items may still exist, and why; empty: none.
asio::awaitable<std::string> clean_up(Server* server, CreatedItems* created, std::string run);

/// The member that marks the items of a run; its value is the run.
inline constexpr std::string_view kMark = "picus_verify";

}  // namespace picus::verify
