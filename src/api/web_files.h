#pragma once

#include <span>
#include <string_view>

#include "api/http.h"
#include "core/error.h"

/// The console at /, the API page at /docs, and the files under /ui/ that they use.
namespace picus {

/// A file in the form in which it is served.
struct WebFile {
  std::string_view path;  ///< `/docs`, `/ui/console.JKM60hezxlqL.js`
  std::string_view type;  ///< media type
  std::string_view gzip;  ///< the text, compressed
  std::string_view tag;   ///< the ETag without its quotes
};

/// All of them, compiled in.
std::span<const WebFile> web_files();

/// Whether Accept prefers HTML to JSON, as browsers do.
bool prefers_html(const Request& request);

/// The response to a GET or HEAD of the file with this path: the compressed bytes for a client that
/// accepts gzip, otherwise the text. The files under /ui/ have names that change with their
/// content, so browsers may keep them for a year. Errors: not_found, bad_request,
/// precondition_failed.
Result<Response> web_file_response(const Request& request, std::span<const WebFile> files,
                                   std::string_view path);

}  // namespace picus
