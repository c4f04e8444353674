#include "core/ids.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <utility>

#include "core/base64.h"
#include "core/digest.h"
#include "core/unix_time.h"

namespace picus {
namespace {

using Uuid = std::array<std::uint8_t, 16>;

std::string format(Uuid uuid, std::uint8_t version) {
  constexpr std::string_view kHex = "0123456789abcdef";
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0FU) | static_cast<unsigned>(version) << 4U);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3FU) | 0x80U);
  std::string text(36, '-');
  auto place = text.begin();
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++place;
    *place++ = kHex[uuid[i] >> 4U];
    *place++ = kHex[uuid[i] & 15U];
  }
  return text;
}

void system_random(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

struct IdSource::State {
  Clock clock;
  Random random;
  std::mutex mutex;
  std::uint64_t last_ms = 0;
  std::uint16_t counter = 0;
  std::array<std::uint8_t, 4096> pool{};  // a system call for each id would cost more than the id
  std::size_t used = sizeof(pool);

  void take(std::span<std::uint8_t> out) {
    if (pool.size() - used < out.size()) {
      random(pool);
      used = 0;
    }
    std::memcpy(out.data(), pool.data() + used, out.size());
    used += out.size();
  }

  /// The next (time, counter): larger than the last one, unless the clock was set back. A counter
  /// starts again, at random in its lower half.
  std::pair<std::uint64_t, std::uint16_t> tick() {
    constexpr std::uint16_t kCounterMax = 0x0FFF;
    // A clock before 1970 has no time that an id can hold.
    const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock().count()));
    // A clock that was ahead by more is right now: its wrong time is left behind.
    if (now + static_cast<std::uint64_t>(kMostStepBack.count()) < last_ms) last_ms = 0;
    if (now <= last_ms && counter < kCounterMax) return {last_ms, ++counter};
    last_ms = std::max(now, last_ms + 1);
    std::array<std::uint8_t, 2> seed{};
    take(seed);
    counter = static_cast<std::uint16_t>((seed[0] << 8U | seed[1]) & (kCounterMax >> 1U));
    return {last_ms, counter};
  }
};

IdSource::IdSource() : IdSource(unix_time, system_random) {}

IdSource::IdSource(Clock clock, Random random) : state_(std::make_unique<State>()) {
  state_->clock = std::move(clock);
  state_->random = std::move(random);
}

IdSource::~IdSource() = default;

std::string IdSource::uuid7() {
  Uuid uuid{};
  {
    const std::scoped_lock lock(state_->mutex);
    const std::pair<std::uint64_t, std::uint16_t> stamp = state_->tick();
    for (unsigned i = 0; i < 6; ++i) {
      uuid[i] = static_cast<std::uint8_t>(stamp.first >> (40U - 8U * i));
    }
    uuid[6] = static_cast<std::uint8_t>(stamp.second >> 8U);
    uuid[7] = static_cast<std::uint8_t>(stamp.second);
    state_->take(std::span(uuid).subspan<8>());
  }
  return format(uuid, 7);
}

std::string IdSource::token() {
  std::array<std::uint8_t, 16> bytes{};
  {
    const std::lock_guard lock(state_->mutex);
    state_->take(bytes);
  }
  std::string text;
  append_base64url(text, bytes);
  return text;
}

IdempotencyHash idempotency_hash(std::string_view caller, std::string_view idempotency_key) {
  // The length keeps ("a", "bc") and ("ab", "c") apart.
  const auto digest = sha256({std::to_string(caller.size()), ":", caller, idempotency_key});
  IdempotencyHash hash{};
  std::ranges::copy(std::span(digest).first<16>(), hash.begin());
  return hash;
}

std::string uuid8(const IdempotencyHash& hash) { return format(hash, 8); }

}  // namespace picus
