#include "cli/interruption.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "core/concat.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/write_lock.h"

namespace picus::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(1000);
constexpr int kMostLooks = 10;

bool is_readable_within(int descriptor, std::chrono::milliseconds time) {
  pollfd polled{descriptor, POLLIN, 0};
  return poll(&polled, 1, static_cast<int>(time.count())) > 0;
}

[[noreturn]] void interrupt(const std::string& reason) {
  write_error("picus: interrupted: " + reason + "; run the command again to continue\n");
  _exit(static_cast<int>(ExitCode::interrupted));
}

}  // namespace

Interruption::Interruption(std::filesystem::path data, const Signals& signals)
    : data_(std::move(data)), signals_(signals), ended_(eventfd(0, EFD_CLOEXEC)) {
  if (!ended_) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread(&Interruption::run, this);
}

Interruption::~Interruption() {
  eventfd_write(ended_.number(), 1);
  thread_.join();
}

void Interruption::run() const {
  if (signals_.wait_readable(ended_.number())) return;
  const WriteLockReader lock(items_file(data_));
  for (int look = 0; look < kMostLooks; ++look) {
    if (is_readable_within(ended_.number(), kBetweenLooks)) return;
    if (const auto holder = lock.other_holder()) {
      interrupt(concat("process ", *holder, " holds the write lock of the store"));
    }
  }
  interrupt("the last write did not end");
}

}  // namespace picus::cli
