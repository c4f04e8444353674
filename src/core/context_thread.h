#pragma once

#include <boost/asio/io_context.hpp>
#include <exception>
#include <thread>

#include "core/log.h"

namespace picus {

/// A thread that runs `context` until it has nothing left to do, and on which all signals are
/// blocked. An exception of a handler is logged as a bug, and the context runs on. Both arguments
/// outlive the thread.
std::thread run_on_thread(boost::asio::io_context& context, Log& log);

/// For the end of a coroutine: logs an exception as a bug; nullptr: there was none.
void log_bug(const std::exception_ptr& thrown, Log& log);

}  // namespace picus
