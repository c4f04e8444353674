#include "api/web_files.h"

#include <algorithm>
#include <string>

#include "api/accept.h"
#include "api/conditions.h"
#include "api/gunzip.h"
#include "api/item_response.h"

namespace picus {
namespace {

/// The page runs only scripts of this server, and nothing in it is ever parsed as HTML. It sends
/// requests to this server only, and no other page may frame it.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

constexpr std::string_view kForAYear = "public, max-age=31536000, immutable";

std::string text_of(const WebFile& file) {
  Gunzip gunzip;
  gunzip.feed(file.gzip);
  std::string text;
  for (auto piece = gunzip.next(); !piece.empty(); piece = gunzip.next()) text += piece;
  return text;
}

}  // namespace

bool prefers_html(const Request& request) {
  // Some browsers accept everything else with the same weight.
  const unsigned html = named_weight(request, "text/html");
  return html > named_weight(request, "application/json") &&
         html >= accepted_weight(request, "application/json");
}

Result<Response> web_file_response(const Request& request, std::span<const WebFile> files,
                                   std::string_view path) {
  const auto file = std::ranges::find(files, path, &WebFile::path);
  if (file == files.end()) {
    return failure(ErrorCode::not_found,
                   "There is no such file; the console at / names those that exist.");
  }
  Response response;
  response.set("Content-Type", std::string(file->type));
  response.set("Cache-Control", std::string(path.starts_with("/ui/") ? kForAYear : "no-cache"));
  response.set("Content-Security-Policy", std::string(kPolicy));
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Opener-Policy", "same-origin");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.vary("Accept-Encoding");
  response.has_coding = true;
  const auto tag = Etag::parse(file->tag);
  const auto unmodified = is_unmodified(request, tag);
  if (!unmodified) return std::unexpected(unmodified.error());
  response.set("ETag", quoted(*tag));
  if (*unmodified) {
    response.status = 304;
    response.without_body = true;
  } else if (accepts_gzip(request.headers)) {
    response.set("Content-Encoding", "gzip");
    response.body = std::string(file->gzip);
  } else {
    response.body = text_of(*file);
  }
  return response;
}

}  // namespace picus
