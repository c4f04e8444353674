#include "store/dynamodb/table_options.h"

#include "aws/endpoint.h"

namespace picus {

std::string endpoint_of(const TableOptions& options) {
  if (options.endpoint_url.empty()) {
    return aws::aws_endpoint("dynamodb", options.region,
                             aws::EndpointKind::of(options.environment));
  }
  std::string url = options.endpoint_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace picus
