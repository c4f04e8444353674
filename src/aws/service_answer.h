#pragma once

#include <string>
#include <string_view>

#include "aws/service.h"
#include "net/client/http_pool.h"

namespace picus::aws {

/// Why a response with a 2xx status is not a response of the operation; empty: it is one. It is one
/// if its status is 200, its Content-Type is that of the JSON protocols of AWS, which web servers,
/// proxies and other APIs do not send, and its body is one JSON object that has the members that
/// the operation always returns, and has not only members that the operation never returns. `{}` is
/// a response to GetItem. DynamoDB, DynamoDB Local, LocalStack, ministack, moto, dynalite and
/// ScyllaDB Alternator all send this Content-Type; not all of them send `x-amz-crc32` or
/// `x-amzn-RequestId`. Of the Query protocol, only the status is checked.
std::string fault_of_answer(const AskedService& asked, const net::HttpResponse& response);

/// `The service at https://example.com is not DynamoDB: reason.`
std::string impostor_message(const AskedService& asked, std::string_view reason);

/// `a response with the status 404 and the Content-Type text/html`
std::string response_in_words(const net::HttpResponse& response);

}  // namespace picus::aws
