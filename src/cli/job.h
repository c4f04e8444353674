#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

namespace asio = boost::asio;

/// The effect of a signal on a job: none by itself (the job checks its Signals between steps), or
/// it cancels the operation that the job waits for.
enum class OnSignal : bool { look, cancel };

/// Runs a job to its end in `context` on this thread. A job that a signal cancels ends as
/// `interrupted`; other exceptions are propagated.
ExitCode run_job(asio::io_context& context, asio::awaitable<ExitCode> job, const Signals& signals,
                 OnSignal on_signal);

}  // namespace picus::cli
