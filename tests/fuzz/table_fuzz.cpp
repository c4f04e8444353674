#include "fuzzing.h"
#include "json/text.h"
#include "store/dynamodb/answer.h"

// What comes from a table: attributes of other programs, answers of what is not DynamoDB.
namespace picus::fuzzing {

void look_at(std::string_view text) {
  const auto got = read_get_item(text, "id");
  if (got && *got)
    expect((*got)->json.starts_with(R"({"id":)") && picus::json::is_utf8((*got)->json));
  const auto met = read_met_item(text, "Item");
  if (!met) expect(met.error().code() == ErrorCode::store_unavailable);
  Page page;
  constexpr PageLimits kLimits{.max_items = 3, .max_bytes = 1024, .separator = ','};
  if (append_scan(page, text, kLimits, "id"))
    expect(page.count <= 3 && picus::json::is_utf8(page.text));
}

}  // namespace picus::fuzzing
