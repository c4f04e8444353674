#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The few messages of OTLP (opentelemetry-proto 1.x) that Picus sends and receives, in the wire
/// format of Protocol Buffers.
namespace picus::telemetry {

/// Appends fields of a message. `out` outlives it.
class MessageWriter {
 public:
  explicit MessageWriter(std::string& out) : out_(out) {}

  void varint(unsigned field, std::uint64_t value);
  void fixed32(unsigned field, std::uint32_t value);
  void fixed64(unsigned field, std::uint64_t value);
  /// Bytes, or a message that is already encoded.
  void bytes(unsigned field, std::string_view value);
  /// Bytes that are not UTF-8 are replaced, one by one: otherwise decoders refuse the message.
  void text(unsigned field, std::string_view value);

  // A `KeyValue` as an element of `field`.
  void attribute(unsigned field, std::string_view key, std::string_view value);
  void attribute(unsigned field, std::string_view key, std::int64_t value);
  void attribute(unsigned field, std::string_view key, double value);
  void attribute(unsigned field, std::string_view key, bool value);
  void attribute(unsigned field, std::string_view key, std::span<const std::string_view> values);

 private:
  std::string& out_;
};

/// A `Resource` with these attributes.
std::string otlp_resource(std::span<const std::pair<std::string, std::string>> attributes);

/// An `ExportTraceServiceRequest`. `spans`: each the field `spans` of a `ScopeSpans`, as Span makes
/// it.
std::string otlp_request(std::string_view resource, std::string_view version,
                         std::span<const std::string> spans);

/// What a receiver did not accept, of its `ExportTraceServiceResponse`.
struct PartialSuccess {
  std::uint64_t rejected_spans = 0;
  std::string message;
};

/// Nothing: the response is malformed. An empty response accepts everything.
std::optional<PartialSuccess> read_otlp_response(std::string_view response);

}  // namespace picus::telemetry
