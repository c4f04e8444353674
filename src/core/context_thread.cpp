#include "core/context_thread.h"

#include <exception>

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

std::thread run_on_thread(boost::asio::io_context& context, Log& log) {
  const SignalsBlocked blocked;
  return std::thread([&context, &log] { run_to_end(context, log); });
}

}  // namespace picus
