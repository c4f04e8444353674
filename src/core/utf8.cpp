#include "core/utf8.h"

#include <boost/nowide/utf/utf.hpp>

namespace picus {

bool is_utf8(std::string_view text) {
  namespace utf = boost::nowide::utf;
  const char* position = text.data();
  const char* const end = position + text.size();
  while (position != end) {
    const utf::code_point point = utf::utf_traits<char>::decode(position, end);
    if (point == utf::illegal || point == utf::incomplete) return false;
  }
  return true;
}

}  // namespace picus
