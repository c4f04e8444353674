#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

namespace asio = boost::asio;

/// What a signal does to a job: nothing by itself (the job looks at its Signals between two steps),
/// or it cancels what the job waits for.
enum class OnSignal : bool { look, cancel };

/// Runs a job to its end in `context` on this thread. A job that a signal cancelled ends as
/// `interrupted`; other exceptions are passed on.
ExitCode run_job(asio::io_context& context, asio::awaitable<ExitCode> job, const Signals& signals,
                 OnSignal on_signal);

}  // namespace picus::cli
