#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "verify/leftovers.h"
#include "verify/server.h"

namespace picus::verify {

/// Deletes what a run left in the store, and tries again until the server's deadline. Where an
/// answer to a put was lost, the item may come late: it goes on until none can come any more. An
/// item whose key the server chose is deleted only if it bears the mark of this run.
/// `leftovers` and `server` outlive the call. What comes back says what may still be there, and
/// why; empty: nothing.
asio::awaitable<std::string> clean_up(Server* server, Leftovers* leftovers, std::string run);

/// The member of each item that a run makes; its value is the run.
inline constexpr std::string_view kMark = "picus_verify";

}  // namespace picus::verify
