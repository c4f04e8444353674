#include "cli/job.h"

#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <exception>

namespace picus::cli {

ExitCode run_job(asio::io_context& context, asio::awaitable<ExitCode> job, const Signals& signals,
                 OnSignal on_signal) {
  asio::cancellation_signal cancel;
  asio::posix::stream_descriptor watch(context);
  std::exception_ptr thrown;
  auto code = ExitCode::failed;
  asio::co_spawn(context, std::move(job),
                 asio::bind_cancellation_slot(cancel.slot(),
                                              [&](std::exception_ptr error, ExitCode ended_with) {
                                                thrown = error;
                                                code = ended_with;
                                                watch.close();
                                              }));
  if (on_signal == OnSignal::cancel) {
    watch.assign(dup(signals.descriptor()));
    watch.async_wait(asio::posix::stream_descriptor::wait_read,
                     [&](const boost::system::error_code& error) {
                       if (!error) cancel.emit(asio::cancellation_type::terminal);
                     });
  }
  context.run();
  if (thrown && signals.pending()) return ExitCode::interrupted;
  if (thrown) std::rethrow_exception(thrown);
  return code;
}

}  // namespace picus::cli
