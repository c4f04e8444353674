#include "net/server/gzip_stream.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <new>

#include "core/ascii.h"

namespace picus::net {

namespace {

constexpr int kLevel = 4;             // beyond it zlib takes twice the time for a few per cent
constexpr int kWindowBits = 15 + 16;  // + 16: gzip's header and trailer
constexpr int kMemoryLevel = 8;
constexpr std::size_t kGrowBytes = 16UZ * 1024;

/// What the client thinks of the codings that matter here, in thousandths.
struct Weights {
  std::optional<unsigned> gzip;
  std::optional<unsigned> identity;
  std::optional<unsigned> any;
};

/// RFC 9110, 12.4.2: `q=0.5`, up to three decimals. A malformed weight is taken as 0: the plain
/// answer is always right.
unsigned weight(std::string_view parameters) {
  const auto parameter = trimmed(parameters);
  if (parameter.empty()) return 1000;
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return 0;
  double value = 0;
  const auto text = parameter.substr(2);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || stop != end) return 0;
  if (!(value >= 0 && value <= 1)) return 0;  // neither holds for `nan`, which parses
  return static_cast<unsigned>(value * 1000);
}

void note_coding(std::string_view element, Weights& weights) {
  const auto coding = take_until(element, ';');
  const auto value = weight(element);
  if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip"))
    weights.gzip = value;
  if (equals_ignoring_case(coding, "identity")) weights.identity = value;
  if (coding == "*") weights.any = value;
}

}  // namespace

bool admits_gzip(std::span<const HeaderView> headers) {
  Weights weights;
  for (const auto& header : headers) {
    if (!equals_ignoring_case(header.name, "accept-encoding")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) note_coding(take_until(rest, ','), weights);
  }
  const auto gzip = weights.gzip ? weights.gzip : weights.any;
  return gzip.value_or(0) > 0 && *gzip >= weights.identity.value_or(0);
}

struct GzipStream::State {
  z_stream stream{};
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {
  const int result = deflateInit2(&state_->stream, kLevel, Z_DEFLATED, kWindowBits, kMemoryLevel,
                                  Z_DEFAULT_STRATEGY);
  if (result != Z_OK) throw std::bad_alloc();
}

GzipStream::~GzipStream() {
  if (state_) deflateEnd(&state_->stream);
}

GzipStream::GzipStream(GzipStream&&) noexcept = default;

GzipStream& GzipStream::operator=(GzipStream&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void GzipStream::reset() { deflateReset(&state_->stream); }

void GzipStream::write(std::string_view piece, std::string& out) {
  if (!piece.empty()) run(piece, Z_NO_FLUSH, out);
}

void GzipStream::finish(std::string& out) { run({}, Z_FINISH, out); }

void GzipStream::run(std::string_view piece, int flush, std::string& out) {
  z_stream& stream = state_->stream;
  // zlib's interface is from before const; it does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream.avail_in = static_cast<uInt>(piece.size());
  do {
    const std::size_t used = out.size();
    out.resize(used + kGrowBytes);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = kGrowBytes;
    deflate(&stream, flush);
    out.resize(used + kGrowBytes - stream.avail_out);
  } while (stream.avail_out == 0);
}

}  // namespace picus::net
