#include "telemetry/otlp_writer.h"

#include <bit>

#include "json/text.h"

namespace picus::telemetry {
namespace {

// Wire types (Protocol Buffers, "Encoding").
constexpr unsigned kVarintType = 0;
constexpr unsigned kFixed64Type = 1;
constexpr unsigned kBytesType = 2;
constexpr unsigned kFixed32Type = 5;
constexpr unsigned kTypeBits = 3;
constexpr unsigned kVarintBits = 7;
constexpr unsigned kMoreFollows = 0x80;

// Fields of the messages in opentelemetry/proto.
constexpr unsigned kRequestResourceSpans = 1;
constexpr unsigned kResourceSpansResource = 1;
constexpr unsigned kResourceSpansScopeSpans = 2;
constexpr unsigned kScopeSpansScope = 1;
constexpr unsigned kScopeName = 1;
constexpr unsigned kScopeVersion = 2;
constexpr unsigned kResourceAttributes = 1;
constexpr unsigned kKeyValueKey = 1;
constexpr unsigned kKeyValueValue = 2;
constexpr unsigned kAnyString = 1;
constexpr unsigned kAnyBool = 2;
constexpr unsigned kAnyInt = 3;
constexpr unsigned kAnyDouble = 4;
constexpr unsigned kAnyArray = 5;
constexpr unsigned kArrayValues = 1;
constexpr unsigned kResponsePartialSuccess = 1;
constexpr unsigned kPartialRejectedSpans = 1;
constexpr unsigned kPartialMessage = 2;

std::size_t varint_bytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1U)) + kVarintBits - 1) / kVarintBits;
}

constexpr std::size_t kTag = 1;  // of a field with a number below 16

/// A field of bytes: its tag, its length and what it has.
std::size_t field_bytes(std::size_t bytes) { return kTag + varint_bytes(bytes) + bytes; }

/// Writes into room that is there already: an append for each part would cost more than the parts.
class Cursor {
 public:
  explicit Cursor(char* at) : at_(at) {}

  Cursor& varint(std::uint64_t value) {
    while (value >= kMoreFollows) {
      *at_++ = static_cast<char>(value | kMoreFollows);
      value >>= kVarintBits;
    }
    *at_++ = static_cast<char>(value);
    return *this;
  }
  Cursor& tag(unsigned field, unsigned wire_type) { return varint(field << kTypeBits | wire_type); }
  /// The tag and the length of a field of bytes.
  Cursor& head(unsigned field, std::size_t length) { return tag(field, kBytesType).varint(length); }
  Cursor& bytes(unsigned field, std::string_view value) {
    head(field, value.size());
    at_ += value.copy(at_, value.size());
    return *this;
  }
  /// Little-endian.
  template <typename Number>
  Cursor& fixed(Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      *at_++ = static_cast<char>(value >> (8U * i) & 0xFFU);
    }
    return *this;
  }

 private:
  char* at_;
};

/// Room for so many bytes at the end.
Cursor extend(std::string& out, std::size_t bytes) {
  const std::size_t before = out.size();
  const std::size_t after = before + bytes;
  // The operation of libstdc++ 12 gets the capacity, not the size that was asked for.
  out.resize_and_overwrite(after, [after](char*, std::size_t) { return after; });
  return Cursor(out.data() + before);
}

/// Room for a `KeyValue` as an element of `field`, with its key; a value of so many bytes is next.
Cursor begin_attribute(std::string& out, unsigned field, std::string_view key,
                       std::size_t any_bytes) {
  const std::size_t pair_bytes = field_bytes(key.size()) + field_bytes(any_bytes);
  Cursor at = extend(out, field_bytes(pair_bytes));
  at.head(field, pair_bytes).bytes(kKeyValueKey, key).head(kKeyValueValue, any_bytes);
  return at;
}

/// The text, or a copy in `copy` where it is not UTF-8.
std::string_view decodable(std::string_view text, std::string& copy) {
  if (picus::json::is_utf8(text)) return text;
  copy = text;
  for (char& c : copy) {
    if ((static_cast<unsigned char>(c) & 0x80U) != 0) c = '?';
  }
  return copy;
}

/// One field of a message that is read.
struct Field {
  unsigned number = 0;
  std::uint64_t value = 0;      ///< of a varint
  std::string_view bytes = {};  ///< of bytes
};

/// Takes a varint off the front; nothing: it is malformed.
std::optional<std::uint64_t> take_varint(std::string_view& text) {
  constexpr unsigned kMaxBytes = 10;
  std::uint64_t value = 0;
  for (unsigned i = 0; i < kMaxBytes && i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    value |= std::uint64_t{byte & (kMoreFollows - 1U)} << (kVarintBits * i);
    if ((byte & kMoreFollows) != 0) continue;
    text.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

std::optional<Field> take_field(std::string_view& text) {
  const auto tag = take_varint(text);
  if (!tag) return std::nullopt;
  Field field{.number = static_cast<unsigned>(*tag >> kTypeBits)};
  const auto type = static_cast<unsigned>(*tag & ((1U << kTypeBits) - 1U));
  std::optional<std::uint64_t> size;
  if (type == kFixed64Type) size = sizeof(std::uint64_t);
  if (type == kFixed32Type) size = sizeof(std::uint32_t);
  if (type == kBytesType) size = take_varint(text);
  if (type == kVarintType) {
    const auto value = take_varint(text);
    if (!value) return std::nullopt;
    field.value = *value;
    return field;
  }
  if (!size || *size > text.size()) return std::nullopt;
  field.bytes = text.substr(0, *size);
  text.remove_prefix(*size);
  return field;
}

}  // namespace

void MessageWriter::varint(unsigned field, std::uint64_t value) {
  const unsigned tag = field << kTypeBits | kVarintType;
  extend(out_, varint_bytes(tag) + varint_bytes(value)).varint(tag).varint(value);
}

void MessageWriter::fixed32(unsigned field, std::uint32_t value) {
  const unsigned tag = field << kTypeBits | kFixed32Type;
  extend(out_, varint_bytes(tag) + sizeof value).varint(tag).fixed(value);
}

void MessageWriter::fixed64(unsigned field, std::uint64_t value) {
  const unsigned tag = field << kTypeBits | kFixed64Type;
  extend(out_, varint_bytes(tag) + sizeof value).varint(tag).fixed(value);
}

void MessageWriter::bytes(unsigned field, std::string_view value) {
  extend(out_, field_bytes(value.size())).bytes(field, value);
}

void MessageWriter::text(unsigned field, std::string_view value) {
  std::string copy;
  bytes(field, decodable(value, copy));
}

void MessageWriter::attribute(unsigned field, std::string_view key, std::string_view value) {
  std::string copy;
  begin_attribute(out_, field, key, field_bytes(value.size()))
      .bytes(kAnyString, decodable(value, copy));
}

void MessageWriter::attribute(unsigned field, std::string_view key, std::int64_t value) {
  const auto number = static_cast<std::uint64_t>(value);
  begin_attribute(out_, field, key, kTag + varint_bytes(number))
      .tag(kAnyInt, kVarintType)
      .varint(number);
}

void MessageWriter::attribute(unsigned field, std::string_view key, double value) {
  begin_attribute(out_, field, key, kTag + sizeof value)
      .tag(kAnyDouble, kFixed64Type)
      .fixed(std::bit_cast<std::uint64_t>(value));
}

void MessageWriter::attribute(unsigned field, std::string_view key, bool value) {
  begin_attribute(out_, field, key, kTag + 1).tag(kAnyBool, kVarintType).varint(value ? 1 : 0);
}

void MessageWriter::attribute(unsigned field, std::string_view key,
                              std::span<const std::string_view> values) {
  std::size_t array_bytes = 0;
  for (const std::string_view value : values) {
    array_bytes += field_bytes(field_bytes(value.size()));
  }
  Cursor at = begin_attribute(out_, field, key, field_bytes(array_bytes));
  at.head(kAnyArray, array_bytes);
  for (const std::string_view value : values) {
    std::string copy;
    at.head(kArrayValues, field_bytes(value.size())).bytes(kAnyString, decodable(value, copy));
  }
}

std::string otlp_resource(std::span<const std::pair<std::string, std::string>> attributes) {
  std::string resource;
  MessageWriter writer(resource);
  for (const auto& [name, value] : attributes) {
    writer.attribute(kResourceAttributes, name, std::string_view(value));
  }
  return resource;
}

std::string otlp_request(std::string_view resource, std::string_view version,
                         std::span<const std::string> spans) {
  std::string scope;
  MessageWriter(scope).bytes(kScopeName, "picus");
  MessageWriter(scope).bytes(kScopeVersion, version);
  std::string scope_spans;
  MessageWriter(scope_spans).bytes(kScopeSpansScope, scope);
  std::size_t bytes = scope_spans.size();
  for (const std::string& span : spans) bytes += span.size();
  scope_spans.reserve(bytes);
  for (const std::string& span : spans) scope_spans += span;
  std::string resource_spans;
  MessageWriter(resource_spans).bytes(kResourceSpansResource, resource);
  MessageWriter(resource_spans).bytes(kResourceSpansScopeSpans, scope_spans);
  std::string request;
  MessageWriter(request).bytes(kRequestResourceSpans, resource_spans);
  return request;
}

std::optional<PartialSuccess> read_otlp_response(std::string_view response) {
  PartialSuccess partial;
  while (!response.empty()) {
    const auto field = take_field(response);
    if (!field) return std::nullopt;
    if (field->number != kResponsePartialSuccess) continue;
    for (std::string_view inside = field->bytes; !inside.empty();) {
      const auto part = take_field(inside);
      if (!part) return std::nullopt;
      if (part->number == kPartialRejectedSpans) partial.rejected_spans = part->value;
      if (part->number == kPartialMessage) partial.message = part->bytes;
    }
  }
  return partial;
}

}  // namespace picus::telemetry
