#include "api/gunzip.h"

#include <zlib.h>

#include <array>
#include <new>

namespace picus {
namespace {

constexpr uLong kMagicBytes = 2;

}  // namespace

struct Gunzip::State {
  static constexpr std::size_t kTextBytes = 16UZ * 1024;

  bool begin_member();
  [[nodiscard]] Fault no_member() const { return had_member ? Fault::trailing : Fault::no_gzip; }

  z_stream stream{};
  bool in_member = false;
  bool had_member = false;
  Fault fault = Fault::none;
  std::array<char, kTextBytes> text;
};

/// False: there is no data, or it is not a member's.
bool Gunzip::State::begin_member() {
  constexpr Bytef kMagicByte = 0x1f;
  while (had_member && stream.avail_in > 0 && *stream.next_in == 0) {
    ++stream.next_in;
    --stream.avail_in;
  }
  if (stream.avail_in == 0) return false;
  in_member = *stream.next_in == kMagicByte;
  if (!in_member) fault = no_member();
  return in_member;
}

Gunzip::Gunzip() : state_(std::make_unique<State>()) {
  constexpr int kGzipOnly = 15 + 16;
  if (inflateInit2(&state_->stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
}

Gunzip::~Gunzip() { inflateEnd(&state_->stream); }

void Gunzip::feed(std::string_view piece) {
  // zlib's interface is from before const; it does not write to its input.
  state_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  state_->stream.avail_in = static_cast<uInt>(piece.size());
}

std::string_view Gunzip::next() {
  State& state = *state_;
  z_stream& stream = state.stream;
  stream.next_out = reinterpret_cast<Bytef*>(state.text.data());
  stream.avail_out = static_cast<uInt>(state.text.size());
  while (state.fault == Fault::none && stream.avail_out > 0) {
    if (!state.in_member && !state.begin_member()) break;
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      state.in_member = false;
      state.had_member = true;
      inflateReset(&stream);
    } else if (status == Z_BUF_ERROR) {  // it needs more data, or has no room
      break;
    } else if (status != Z_OK) {
      state.fault = stream.total_in > kMagicBytes ? Fault::damaged : state.no_member();
    }
  }
  return {state.text.data(), state.text.size() - stream.avail_out};
}

Gunzip::Fault Gunzip::fault() const { return state_->fault; }

bool Gunzip::complete() const {
  return state_->fault == Fault::none && state_->had_member && !state_->in_member;
}

}  // namespace picus
