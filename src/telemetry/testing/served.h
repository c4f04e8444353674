#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/log.h"

namespace picus {

/// For tests: what a front served, which the record of it refers to.
struct Served {
  unsigned status = 200;
  std::string request_id;
  TraceContext trace;
  std::string_view route;
  std::optional<Error> error;

  [[nodiscard]] AccessRecord record() const {
    return {.route = route,
            .status = status,
            .request_id = request_id,
            .trace = trace.is_none() ? nullptr : &trace,
            .error = error ? &*error : nullptr};
  }
};

}  // namespace picus
