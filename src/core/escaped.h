#pragma once

#include <string>
#include <string_view>

namespace picus {

/// `text` with each control character (C0, DEL and, in UTF-8, C1) other than the end of a line as
/// `\u001b`: names and texts of other people must not steer the terminal that shows them.
std::string escaped_controls(std::string_view text);

/// A URL, or what is given in the place of one, with `***` for what is before its last `@`: a user
/// name and often a password, which must not be repeated in an error.
std::string without_userinfo(std::string_view url);

/// An input, for an error that names it. It may be a secret in a wrong place: only the beginning of
/// a long one is shown, and of a URL no user name and password.
std::string shown_input(std::string_view text);

}  // namespace picus
