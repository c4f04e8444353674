#include "table.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <limits>

namespace bench {

namespace {

constexpr std::size_t kPageBytes = 1024UZ * 1024;
constexpr std::string_view kMeta =
    R"("picus:meta":{"M":{"etag":{"S":"q83vEjRWeJCrze8SNFZ4kA"},"created":{"BOOL":true},)"
    R"("write":{"S":"AZq5TQx2c2OBv3mPEjRWeA"},"updated":{"N":"1795428000000"}}},)";
constexpr std::string_view kDescription =
    R"({"Table":{"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
    R"("TableName":"items","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],)"
    R"("TableStatus":"ACTIVE","CreationDateTime":1.795428E9,"ItemCount":0,"TableSizeBytes":0,)"
    R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"}}})";

/// The SDKs compare the date with their own clocks; the server lives for minutes only.
std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const std::size_t bytes =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), bytes};
}

std::string with_head(std::string_view body) {
  const auto* bytes = reinterpret_cast<const Bytef*>(body.data());
  std::string text = "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: " + date();
  text += "\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: ";
  text += std::to_string(body.size());
  text += "\r\nConnection: keep-alive\r\nx-amzn-RequestId: ";
  text += "QF4T2LB7MHDCN0R5S1VE8K3JUNVV4KQNSO5AEMVJF66Q9ASUAAJG\r\nx-amz-crc32: ";
  text += std::to_string(::crc32_z(0, bytes, body.size()));
  text += "\r\n\r\n";
  text += body;
  return text;
}

/// The number after `name` in JSON without white space; `otherwise` where it is not there.
std::uint64_t number_of(std::string_view json, std::string_view name, std::uint64_t otherwise) {
  const std::size_t at = json.find(name);
  if (at == std::string_view::npos) return otherwise;
  json.remove_prefix(at + name.size());
  json.remove_prefix(std::min(json.find_first_not_of("\": "), json.size()));
  std::uint64_t number = otherwise;
  std::from_chars(json.data(), json.data() + json.size(), number);
  return number;
}

}  // namespace

Table::Table(std::uint64_t items, std::size_t item_bytes, bool with_meta)
    : items_(item_bytes),
      count_(items),
      with_meta_(with_meta),
      got_(with_head(R"({"Item":)" + attributes(0) + "}")),
      written_(with_head("{}")),
      described_(with_head(kDescription)) {}

std::string_view Table::answer(std::string_view operation, std::string_view parameters) {
  if (operation == "GetItem") return got_;
  if (operation == "DescribeTable") return described_;
  if (operation == "Scan") return scanned_ = with_head(scan(parameters));
  return written_;
}

std::string Table::attributes(std::uint64_t number) const {
  std::string text = items_.attributes(number);
  if (with_meta_) text.insert(1, kMeta);
  return text;
}

std::string Table::scan(std::string_view parameters) const {
  constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t segments = number_of(parameters, "TotalSegments", 1);
  const std::uint64_t segment = number_of(parameters, "\"Segment\"", 0);
  const std::uint64_t limit = number_of(parameters, "Limit", kUnlimited);
  const std::uint64_t end = count_ * (segment + 1) / segments;
  // Where a page begins is the number of the id behind which it does, plus one.
  const std::size_t key = parameters.find("ExclusiveStartKey");
  std::uint64_t number = count_ * segment / segments;
  if (key != std::string_view::npos) number = number_of(parameters.substr(key), "item-", 0) + 1;
  std::string body = R"({"Items":[)";
  body.reserve(std::min(limit, kPageBytes / 512) * 1024);
  std::uint64_t found = 0;
  for (; number < end && found < limit && body.size() < kPageBytes; ++number, ++found) {
    if (found > 0) body += ',';
    body += attributes(number);
  }
  const std::string counted = std::to_string(found);
  body += R"(],"Count":)" + counted + R"(,"ScannedCount":)" + counted;
  if (number < end || found == limit) {
    body += R"(,"LastEvaluatedKey":{"id":{"S":")" + item_id(number - 1) + R"("}})";
  }
  return body += "}";
}

}  // namespace bench
