#include "cli/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cli/output.h"
#include "core/last_error.h"

namespace picus::cli {
namespace {

constexpr std::size_t kPieceBytes = 256UZ * 1024;
constexpr std::string_view kGzipMagic = "\x1f\x8b";

std::string name_of(const std::string& name) { return name == "-" ? "standard input" : name; }

}  // namespace

struct Input::State {
  State(std::string used_name, int used_descriptor, const Signals& used_signals)
      : name(std::move(used_name)), descriptor(used_descriptor), signals(used_signals) {}

  std::expected<std::string_view, InputEnd> read_raw();
  std::expected<std::string_view, InputEnd> read_first();
  std::expected<std::string_view, InputEnd> read_inflated();
  std::expected<bool, InputEnd> refill();
  [[nodiscard]] std::unexpected<InputEnd> failed(const std::string& what) const {
    return std::unexpected(InputEnd{false, name + ": " + what});
  }

  std::string name;
  int descriptor;
  const Signals& signals;
  std::uint64_t bytes_read = 0;
  std::optional<std::uint64_t> size;
  std::string raw = std::string(kPieceBytes, '\0');
  std::string inflated;
  z_stream zip{};
  bool started = false;
  bool is_gzip = false;
  bool in_member = false;
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

/// The first piece, long enough to tell gzip from text.
std::expected<std::string_view, InputEnd> Input::State::read_first() {
  std::string begin;
  while (begin.size() < kGzipMagic.size()) {
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

/// More of the compressed bytes for inflate; false: there are none.
std::expected<bool, InputEnd> Input::State::refill() {
  if (zip.avail_in > 0) return true;
  const auto piece = read_raw();
  if (!piece) return std::unexpected(piece.error());
  zip.next_in = reinterpret_cast<Bytef*>(raw.data());
  zip.avail_in = static_cast<uInt>(piece->size());
  return !piece->empty();
}

std::expected<std::string_view, InputEnd> Input::State::read_inflated() {
  for (;;) {
    const auto filled = refill();
    if (!filled) return std::unexpected(filled.error());
    if (!*filled && in_member) return failed("the gzip data ends too early");
    if (!*filled) return std::string_view();
    in_member = true;
    zip.next_out = reinterpret_cast<Bytef*>(inflated.data());
    zip.avail_out = static_cast<uInt>(inflated.size());
    const int status = inflate(&zip, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      in_member = false;
      inflateReset(&zip);
    } else if (status != Z_OK) {
      return failed("the gzip data is damaged");
    }
    const std::size_t bytes = inflated.size() - zip.avail_out;
    if (bytes > 0) return std::string_view(inflated.data(), bytes);
  }
}

Input::Input(std::unique_ptr<State> state) : state_(std::move(state)) {}

Input::~Input() {
  if (state_->is_gzip) inflateEnd(&state_->zip);
  if (state_->descriptor != STDIN_FILENO) close(state_->descriptor);
}

std::expected<std::unique_ptr<Input>, std::string> Input::open(const std::string& name,
                                                               const Signals& signals) {
  const bool standard = name == "-";
  const int descriptor = standard ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    return std::unexpected(name_of(name) + ": cannot be read: " + last_error());
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
  if (state.is_gzip) return state.read_inflated();
  if (std::exchange(state.started, true)) return state.read_raw();
  const auto first = state.read_first();
  if (!first || !first->starts_with(kGzipMagic)) return first;
  constexpr int kGzipOnly = 15 + 16;
  if (inflateInit2(&state.zip, kGzipOnly) != Z_OK) return state.failed("no memory for gzip");
  state.is_gzip = true;
  state.inflated.resize(kPieceBytes);
  state.zip.next_in = reinterpret_cast<Bytef*>(state.raw.data());
  state.zip.avail_in = static_cast<uInt>(first->size());
  return state.read_inflated();
}

const std::string& Input::name() const { return state_->name; }
std::uint64_t Input::bytes_read() const { return state_->bytes_read; }
std::optional<std::uint64_t> Input::size() const { return state_->size; }

std::expected<std::optional<LineReader::Line>, InputEnd> LineReader::next() {
  if (std::exchange(handed_out_, false)) partial_.clear();
  for (;;) {
    if (piece_.empty()) {
      const auto piece = input_.read();
      if (!piece) return std::unexpected(piece.error());
      if (piece->empty() && partial_.empty() && !too_long_) return std::nullopt;
      if (piece->empty()) return take({});
      piece_ = *piece;
    }
    const std::size_t end = piece_.find('\n');
    const std::string_view part = piece_.substr(0, end);
    too_long_ = too_long_ || partial_.size() + part.size() > max_bytes_;
    if (end != std::string_view::npos) {
      piece_.remove_prefix(end + 1);
      return take(part);
    }
    if (too_long_) {
      partial_.clear();
    } else {
      partial_ += part;
    }
    piece_ = {};
  }
}

/// The line that ends with `end`.
LineReader::Line LineReader::take(std::string_view end) {
  ++number_;
  if (std::exchange(too_long_, false)) {
    partial_.clear();
    return {.text = {}, .too_long = true};
  }
  if (partial_.empty()) return {.text = end};
  partial_ += end;
  handed_out_ = true;
  return {.text = partial_};
}

}  // namespace picus::cli
