// For tests: reads lines `SERVICE REGION FIPS DUAL_STACK`, the last two 0 or 1, and writes the
// endpoint of each.

#include <iostream>
#include <string>

#include "aws/endpoint.h"

int main() {
  std::string service;
  std::string region;
  bool fips = false;
  bool dual_stack = false;
  while (std::cin >> service >> region >> fips >> dual_stack) {
    std::cout << picus::aws::aws_endpoint(service, region, {.fips = fips, .dual_stack = dual_stack})
              << '\n';
  }
}
