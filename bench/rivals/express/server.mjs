// The routes of Picus in JavaScript, as one would write them with Express and the AWS SDK.
import { randomUUID } from "node:crypto";
import { Agent } from "node:http";

import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateScan,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import express from "express";

const TableName = process.env.TABLE;
const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 256 }) },
  }),
);

/** Sends a conditional write; false: its condition did not hold. */
async function write(command) {
  try {
    await dynamodb.send(command);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function problem(response, status, detail) {
  response.status(status).json({ status, detail });
}

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "1mb", type: () => true }));

app.post("/picus/put", async (request, response) => {
  const item = request.body;
  if (item === null || typeof item !== "object" || Array.isArray(item)) {
    return problem(response, 422, "the body is not a JSON object");
  }
  item.id ??= randomUUID();
  if (typeof item.id !== "string" || item.id === "") {
    return problem(response, 422, "id is not a string");
  }
  const created = await write(
    new PutCommand({ TableName, Item: item, ConditionExpression: "attribute_not_exists(id)" }),
  );
  if (!created) return problem(response, 409, "there is an item with this id");
  response.location(`/picus/get/${encodeURIComponent(item.id)}`);
  response.status(201).json({ id: item.id });
});

app.get("/picus/get/:key", async (request, response) => {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName, Key: { id: request.params.key }, ConsistentRead: true }),
  );
  if (!Item) return problem(response, 404, "there is no item with this id");
  response.json(Item);
});

app.get("/picus/list", async (request, response) => {
  const items = [];
  const pages = paginateScan({ client: dynamodb }, { TableName, ConsistentRead: true });
  for await (const page of pages) items.push(...page.Items);
  response.json(items);
});

app.delete("/picus/:key", async (request, response) => {
  const id = request.params.key;
  const removed = await write(
    new DeleteCommand({ TableName, Key: { id }, ConditionExpression: "attribute_exists(id)" }),
  );
  if (!removed) return problem(response, 404, "there is no item with this id");
  response.json({ id, deleted: true });
});

app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  problem(response, error.status ?? 503, error.expose ? error.message : "the table cannot be reached");
});

const server = app.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
