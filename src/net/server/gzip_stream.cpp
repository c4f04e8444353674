#include "net/server/gzip_stream.h"

#include <zlib.h>

#include <new>
#include <utility>

namespace picus::net {

namespace {

constexpr int kLevel = 4;             // beyond it zlib takes twice the time for a few per cent
constexpr int kWindowBits = 15 + 16;  // + 16: gzip's header and trailer
constexpr int kMemoryLevel = 8;
constexpr std::size_t kGrowBytes = 16UZ * 1024;

}  // namespace

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
