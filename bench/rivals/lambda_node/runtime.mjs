// The Runtime API's loop. AWS's own package for it compiles libcurl when it is installed; this does less, in the
// function's favour.
import { Agent, request } from "node:http";

import { handle } from "./function.mjs";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host, port, method, path: `/2018-06-01/runtime${path}` }, (got) => {
      const pieces = [];
      got.on("data", (piece) => pieces.push(piece));
      got.on("end", () => resolve({ headers: got.headers, body: Buffer.concat(pieces) }));
      got.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function serve() {
  for (;;) {
    const next = await call("GET", "/invocation/next");
    const id = next.headers["lambda-runtime-aws-request-id"];
    process.env._X_AMZN_TRACE_ID = next.headers["lambda-runtime-trace-id"] ?? "";
    try {
      const answer = await handle(JSON.parse(next.body));
      await call("POST", `/invocation/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      const report = { errorType: error.name, errorMessage: error.message };
      await call("POST", `/invocation/${id}/error`, JSON.stringify(report));
    }
  }
}

serve();
