#include "net/server/tls_certificate.h"

#include <array>
#include <utility>

#include "core/files.h"
#include "core/time_text.h"

namespace picus::net {

namespace {

using std::chrono::system_clock;

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::hours kBetweenExpiryWarnings{24};

std::string state_of(const TlsFiles& files) {
  const std::array<std::filesystem::path, 2> both{files.cert, files.key};
  return picus::state_of(both);
}

}  // namespace

std::expected<std::unique_ptr<TlsCertificate>, std::string> TlsCertificate::open(TlsFiles files,
                                                                                 Log& log) {
  // Before they are read: what is read is at least as new as this state.
  std::string state = state_of(files);
  auto context = TlsContext::load(files);
  if (!context) return std::unexpected(context.error());
  // The constructor is private, so that there is none without a certificate.
  return std::unique_ptr<TlsCertificate>(
      new TlsCertificate(std::move(files), std::move(state), std::move(*context), log));
}

TlsCertificate::TlsCertificate(TlsFiles files, std::string state,
                               std::shared_ptr<const TlsContext> context, Log& log)
    : files_(std::move(files)), state_(std::move(state)), log_(log), context_(std::move(context)) {
  warn_of_key();
  warn_of_end();
}

TlsCertificate::~TlsCertificate() = default;

std::shared_ptr<const TlsContext> TlsCertificate::current() const {
  const std::scoped_lock lock(mutex_);
  return context_;
}

void TlsCertificate::follow() {
  follower_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void TlsCertificate::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look();
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, kBetweenLooks, [] { return false; });
  }
}

void TlsCertificate::look() {
  read_if_changed();
  warn_of_end();
}

void TlsCertificate::read_if_changed() {
  std::string state = state_of(files_);
  if (state == state_) return;
  auto context = TlsContext::load(files_);
  if (!context) {
    // A renewal replaces two files: they may fit at the next look.
    const bool stays = std::exchange(failed_state_, state) == state;
    if (!stays) return;
    log_.write(Level::error, "certificate-not-reloaded", {{"detail", context.error()}});
    state_ = std::move(state);
    return;
  }
  state_ = std::move(state);
  const std::string expires = iso8601((*context)->expires());
  {
    const std::scoped_lock lock(mutex_);
    context_ = std::move(*context);
  }
  next_warning_ = {};
  warn_of_key();
  log_.write(Level::info, "certificate-reloaded", {{"expires", expires}});
}

void TlsCertificate::warn_of_key() const {
  const std::string warning = warning_of_mode(files_.key);
  if (!warning.empty()) log_.write(Level::warning, "configuration", {{"detail", warning}});
}

void TlsCertificate::warn_of_end() {
  const auto now = system_clock::now();
  const auto context = current();
  const auto left = context->expires() - now;
  if (left > context->renewal_time() || now < next_warning_) return;
  next_warning_ = now + kBetweenExpiryWarnings;
  const bool has_ended = left.count() <= 0;
  const std::string expires = iso8601(context->expires());
  log_.write(has_ended ? Level::error : Level::warning, "certificate-expires",
             {{"expires", expires},
              {"days", std::int64_t{std::chrono::floor<std::chrono::days>(left).count()}},
              {"certificate", files_.cert.native()}});
}

}  // namespace picus::net
