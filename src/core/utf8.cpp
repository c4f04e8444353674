#include "core/utf8.h"

#include "json/text.h"

namespace picus {

bool is_utf8(std::string_view text) { return json::is_utf8(text); }

}  // namespace picus
