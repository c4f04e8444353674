#include "json/member_writer.h"

#include <functional>
#include <utility>

#include "json/error_position.h"
#include "json/text.h"

namespace picus::json {
namespace {

constexpr std::string_view kReservedPrefix = "picus:";

std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

// The parser wants a code; the breach says what it was.
bool fail(boost::json::error_code& ec) {
  ec = boost::json::error::input_error;
  return false;
}

}  // namespace

void MemberWriter::begin(std::string_view text, bool is_object) {
  text_ = text;
  syntax_only_ = !is_object;
  takes_id_ = false;
  id_.reset();
  breach_.reset();
  names_.clear();
  if (arena_used_) arena_.release();
  arena_used_ = false;
  dynamodb_bytes_ = 0;
  members_.clear();
  members_.reserve(text.size() + 1);
}

bool MemberWriter::on_object_begin(error_code& ec) {
  if (syntax_only_) return true;
  if (takes_id_) return wrong_id("an object", ec);
  if (names_.depth() > 0) members_ += '{';
  names_.open();
  return true;
}

bool MemberWriter::on_object_end(std::size_t count, error_code&) {
  if (syntax_only_) return true;
  names_.close();
  if (names_.depth() > 0) {
    close('}', count);
  } else if (!members_.empty()) {
    members_.pop_back();
  }
  return true;
}

bool MemberWriter::on_array_begin(error_code& ec) {
  if (syntax_only_) return true;
  if (takes_id_) return wrong_id("an array", ec);
  members_ += '[';
  return true;
}

bool MemberWriter::on_array_end(std::size_t count, error_code&) {
  if (!syntax_only_) close(']', count);
  return true;
}

bool MemberWriter::on_key_part(string_view part, std::size_t total, error_code&) {
  if (syntax_only_) return true;
  if (part.size() == total) name_.clear();
  name_.append(part.data(), part.size());
  return true;
}

bool MemberWriter::on_key(string_view part, std::size_t total, error_code& ec) {
  if (syntax_only_) return true;
  const bool as_it_is = verbatim(part, total);
  const std::string_view name = as_it_is ? view(part) : unescaped_name(part, total);
  if (!accept(name)) return fail(ec);
  if (names_.depth() == 1 && name == "id") {
    takes_id_ = true;
    return true;
  }
  dynamodb_bytes_ += name.size();
  if (as_it_is) {
    members_.append(part.data() - 1, part.size() + 2);
  } else {
    members_ += '"';
    append_escaped(members_, name);
    members_ += '"';
  }
  members_ += ':';
  return true;
}

bool MemberWriter::on_string_part(string_view part, std::size_t total, error_code&) {
  if (!syntax_only_) add_to_string(part, total);
  return true;
}

bool MemberWriter::on_string(string_view part, std::size_t total, error_code&) {
  if (syntax_only_) return true;
  if (takes_id_) {
    add_to_string(part, total);
    takes_id_ = false;
    return true;
  }
  if (verbatim(part, total)) {
    members_.append(part.data() - 1, part.size() + 2);
  } else {
    add_to_string(part, total);
    members_ += '"';
  }
  members_ += ',';
  dynamodb_bytes_ += total;
  return true;
}

bool MemberWriter::on_bool(bool value, error_code& ec) {
  if (syntax_only_) return true;
  if (takes_id_) return wrong_id("a boolean", ec);
  return add_literal(value ? "true," : "false,");
}

bool MemberWriter::on_null(error_code& ec) {
  if (syntax_only_) return true;
  if (takes_id_) return wrong_id("null", ec);
  return add_literal("null,");
}

bool MemberWriter::on_number(string_view text, error_code& ec) {
  if (syntax_only_) return true;
  if (takes_id_) return wrong_id("a number", ec);
  const Number measured = measure(view(text));
  if (text.size() > kMaxNumberBytes || measured.significant_digits > kMaxSignificantDigits ||
      measured.magnitude < kMinMagnitude || measured.magnitude > kMaxMagnitude) {
    return wrong_number(view(text), measured, ec);
  }
  dynamodb_bytes_ += measured.dynamodb_bytes();
  members_.append(measured.zero() && measured.negative ? "0" : view(text));
  members_ += ',';
  return true;
}

// Whether a whole string can be copied from the input, its quotes included: the parser hands out a
// run without escapes where it lies, and what it has unescaped from a buffer of its own.
bool MemberWriter::verbatim(string_view part, std::size_t total) const {
  return part.size() == total && std::greater<>()(part.data(), text_.data()) &&
         std::less<>()(part.data(), text_.data() + text_.size());
}

std::string_view MemberWriter::unescaped_name(string_view last_part, std::size_t total) {
  if (last_part.size() == total) name_.clear();
  name_.append(last_part.data(), last_part.size());
  auto* kept = static_cast<char*>(arena_.allocate(name_.size(), 1));
  arena_used_ = true;
  name_.copy(kept, name_.size());
  return {kept, name_.size()};
}

bool MemberWriter::accept(std::string_view name) {
  if (name.empty()) {
    breach_ = {Fault::invalid_name, "a member name is empty; it needs at least 1 character"};
  } else if (name.size() > kMaxNameBytes) {
    breach_ = {Fault::invalid_name, "a member name has " + std::to_string(name.size()) +
                                        " bytes; the limit is " + std::to_string(kMaxNameBytes)};
  } else if (names_.depth() == 1 && name.starts_with(kReservedPrefix)) {
    breach_ = {Fault::reserved_name,
               "the member name " + quoted(name) +
                   " is reserved: names of an item's own members must not begin with \"picus:\""};
  } else if (!names_.add(name)) {
    breach_ = {Fault::duplicate_name,
               "the member name " + quoted(name) + " occurs twice in one object"};
  }
  return !breach_;
}

void MemberWriter::add_to_string(string_view part, std::size_t total) {
  if (takes_id_) {
    if (!id_) id_.emplace();
    id_->append(part.data(), part.size());
    return;
  }
  if (part.size() == total) members_ += '"';
  append_escaped(members_, view(part));
}

bool MemberWriter::add_literal(std::string_view text_and_comma) {
  dynamodb_bytes_ += 1;
  members_.append(text_and_comma);
  return true;
}

void MemberWriter::close(char bracket, std::size_t count) {
  if (count > 0) members_.pop_back();
  members_ += bracket;
  members_ += ',';
  dynamodb_bytes_ += 3 + count;
}

bool MemberWriter::wrong_id(std::string_view found, error_code& ec) {
  breach_ = {Fault::invalid_id,
             "the member \"id\" is " + std::string(found) + "; it must be a string"};
  return fail(ec);
}

bool MemberWriter::wrong_number(std::string_view text, const Number& measured, error_code& ec) {
  std::string message = "the number in member " + quoted(names_.last());
  if (measured.significant_digits > kMaxSignificantDigits) {
    message += " has " + std::to_string(measured.significant_digits) +
               " significant digits; at most " + std::to_string(kMaxSignificantDigits) +
               " can be stored";
  } else if (text.size() > kMaxNumberBytes) {
    message += " has " + std::to_string(text.size()) + " characters; at most " +
               std::to_string(kMaxNumberBytes) + " are allowed";
  } else if (measured.magnitude > kMaxMagnitude) {
    message += " is too large; its magnitude must be under 1E+126";
  } else {
    message += " is too close to zero; its magnitude must be at least 1E-130";
  }
  breach_ = {Fault::invalid_number, std::move(message)};
  return fail(ec);
}

}  // namespace picus::json
