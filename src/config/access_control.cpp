#include "config/access_control.h"

#include <chrono>
#include <utility>

#include "core/files.h"

namespace picus {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

void tell(Log& log, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    log.write(Level::warning, "configuration", {{"detail", warning}});
  }
}

}  // namespace

std::expected<std::unique_ptr<AccessControl>, std::string> AccessControl::open(
    AccessOptions options, issuers::IssuerKeys::Options fetching, Log& log) {
  // The first time for the files' names: what is read is at least as new as their state.
  auto access = read_access(options);
  std::string state = access ? state_of(access->files) : std::string();
  if (access) access = read_access(options);
  if (!access) return std::unexpected(access.error());
  tell(log, access->warnings);
  fetching.ca_bundle = options.ca_bundle;
  // The constructor is private, so that there is none without a configuration.
  return std::unique_ptr<AccessControl>(
      new AccessControl(std::move(options), std::move(*access), std::move(state), fetching, log));
}

AccessControl::AccessControl(AccessOptions options, LoadedAccess access, std::string state,
                             const issuers::IssuerKeys::Options& fetching, Log& log)
    : options_(std::move(options)),
      log_(log),
      files_(std::move(access.files)),
      state_(std::move(state)),
      keys_(fetching, log),
      verifier_(access.configuration, keys_, fetching.metrics) {
  keys_.configure(std::move(access.keys), access.fetched);
}

AccessControl::~AccessControl() = default;

void AccessControl::follow() {
  if (files_.empty()) return;
  follower_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void AccessControl::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look();
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, kBetweenLooks, [] { return false; });
  }
}

void AccessControl::look() {
  std::string state = state_of(files_);
  const bool is_changed = state != state_;
  state_ = std::move(state);
  // A file of keys that a faulty configuration names is not among those that are watched.
  if (is_changed || !fault_.empty()) read_again(is_changed);
}

void AccessControl::read_again(bool is_changed) {
  auto access = read_access(options_);
  if (access) {
    // As at the start: what is read is at least as new as the state.
    files_ = std::move(access->files);
    state_ = state_of(files_);
    access = read_access(options_);
  }
  if (!access) {
    const bool is_known = !is_changed && access.error() == fault_;
    fault_ = std::move(access.error());
    if (!is_known) log_.write(Level::error, "access-not-reloaded", {{"detail", fault_}});
    return;
  }
  // If it names other files than a moment ago, the state of those is not known: the next look reads
  // again.
  files_ = std::move(access->files);
  fault_.clear();
  tell(log_, access->warnings);
  keys_.configure(std::move(access->keys), access->fetched);
  verifier_.configure(access->configuration);
  log_.write(Level::info, "access-reloaded",
             {{"tokens", static_cast<std::int64_t>(access->configuration.tokens.size())},
              {"issuers", static_cast<std::int64_t>(access->configuration.issuers.size())}});
}

}  // namespace picus
