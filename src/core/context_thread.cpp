#include "core/context_thread.h"

#include "core/signals_blocked.h"

namespace picus {
namespace {

void run_to_end(boost::asio::io_context& context, Log& log) {
  while (true) {
    try {
      context.run();
      return;
    } catch (const std::exception& exception) {
      log.write(Level::error, "bug", {{"what", exception.what()}});
    }
  }
}

}  // namespace

void log_bug(const std::exception_ptr& thrown, Log& log) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    log.write(Level::error, "bug", {{"what", exception.what()}});
  }
}

std::thread run_on_thread(boost::asio::io_context& context, Log& log) {
  const SignalsBlocked blocked;
  return std::thread([&context, &log] { run_to_end(context, log); });
}

}  // namespace picus
