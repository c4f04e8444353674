// Deletes an item that a load balancer asks to delete: the job of Picus's function, with the AWS SDK.
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";

const PREFIX = "/picus/";
const dynamodb = new DynamoDBClient({});

export async function handle(event) {
  if (event.httpMethod !== "DELETE" || !event.path.startsWith(PREFIX)) {
    return answer(404, { detail: "there is nothing here" });
  }
  const id = decodeURIComponent(event.path.slice(PREFIX.length));
  try {
    await dynamodb.send(
      new DeleteItemCommand({
        TableName: process.env.TABLE,
        Key: { id: { S: id } },
        ConditionExpression: "attribute_exists(id)",
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return answer(404, { detail: "there is no item with this id" });
  }
  return answer(200, { id, deleted: true });
}

function answer(statusCode, body) {
  return {
    statusCode,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}
