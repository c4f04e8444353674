#include "cli/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cli/decompressor.h"
#include "cli/output.h"
#include "core/escaped.h"
#include "core/last_error.h"

namespace picus::cli {
namespace {

constexpr std::size_t kPieceBytes = 256UZ * 1024;

std::string name_of(const std::string& name) { return name == "-" ? "standard input" : name; }

}  // namespace

struct Input::State {
  State(std::string used_name, int used_descriptor, const Signals& used_signals)
      : name(std::move(used_name)), descriptor(used_descriptor), signals(used_signals) {}

  std::expected<std::string_view, InputEnd> read_raw();
  std::expected<std::string_view, InputEnd> read_first();
  std::expected<std::string_view, InputEnd> read_decompressed();
  [[nodiscard]] std::unexpected<InputEnd> failed(const std::string& what) const {
    return std::unexpected(InputEnd{false, name + ": " + what});
  }

  std::string name;
  int descriptor;
  const Signals& signals;
  std::uint64_t bytes_read = 0;
  std::optional<std::uint64_t> size;
  std::string raw = std::string(kPieceBytes, '\0');
  bool started = false;
  std::unique_ptr<Decompressor> decompressor;
};

std::expected<std::string_view, InputEnd> Input::State::read_raw() {
  for (;;) {
    if (!signals.wait_readable(descriptor)) return std::unexpected(InputEnd{true, {}});
    const ssize_t bytes = ::read(descriptor, raw.data(), raw.size());
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (bytes < 0) return failed(last_error());
    bytes_read += static_cast<std::uint64_t>(bytes);
    return std::string_view(raw.data(), static_cast<std::size_t>(bytes));
  }
}

/// The first piece, long enough to tell compressed data from text.
std::expected<std::string_view, InputEnd> Input::State::read_first() {
  std::string begin;
  while (begin.size() < Decompressor::kMagicBytes) {
    const auto piece = read_raw();
    if (!piece) return piece;
    if (piece->empty()) break;
    begin += *piece;
  }
  begin.swap(raw);
  const std::size_t bytes = raw.size();
  raw.resize(std::max(bytes, kPieceBytes));
  return std::string_view(raw.data(), bytes);
}

std::expected<std::string_view, InputEnd> Input::State::read_decompressed() {
  for (;;) {
    const auto decoded = decompressor->next();
    if (!decoded) return failed(decoded.error());
    if (!decoded->empty()) return *decoded;
    const auto piece = read_raw();
    if (!piece) return piece;
    if (piece->empty() && !decompressor->is_whole()) {
      return failed("the " + std::string(decompressor->name()) + " data is truncated");
    }
    if (piece->empty()) return *piece;
    decompressor->feed(*piece);
  }
}

Input::Input(std::unique_ptr<State> state) : state_(std::move(state)) {}

Input::~Input() {
  if (state_->descriptor != STDIN_FILENO) close(state_->descriptor);
}

std::expected<std::unique_ptr<Input>, std::string> Input::open(const std::string& name,
                                                               const Signals& signals) {
  const bool standard = name == "-";
  // O_NONBLOCK: only read() waits for the writer of a pipe, since a signal interrupts that.
  const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  const int descriptor = standard ? STDIN_FILENO : ::open(name.c_str(), flags);
  struct stat status{};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    return std::unexpected(without_userinfo(name_of(name)) + ": cannot be read: " + last_error());
  }
  auto state = std::make_unique<State>(name_of(name), descriptor, signals);
  if (S_ISREG(status.st_mode)) state->size = static_cast<std::uint64_t>(status.st_size);
  auto input = std::unique_ptr<Input>(new Input(std::move(state)));
  if (S_ISDIR(status.st_mode)) {
    return std::unexpected(name_of(name) + ": cannot be read: it is a directory");
  }
  return input;
}

std::expected<std::string_view, InputEnd> Input::read() {
  State& state = *state_;
  if (state.decompressor) return state.read_decompressed();
  if (std::exchange(state.started, true)) return state.read_raw();
  const auto first = state.read_first();
  if (!first) return first;
  state.decompressor = Decompressor::of(*first);
  if (!state.decompressor) return first;
  state.decompressor->feed(*first);
  return state.read_decompressed();
}

const std::string& Input::name() const { return state_->name; }
std::uint64_t Input::bytes_read() const { return state_->bytes_read; }
std::optional<std::uint64_t> Input::size() const { return state_->size; }

std::string_view Input::compression() const {
  return state_->decompressor ? state_->decompressor->name() : std::string_view();
}

}  // namespace picus::cli
