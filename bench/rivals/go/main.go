// The routes of Picus in Go, as one would write them with net/http and the AWS SDK.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const maxBodyBytes = 1 << 20

type item = map[string]any

type server struct {
	db    *dynamodb.Client
	table *string
}

func main() {
	ctx := context.Background()
	// The default keeps 10 idle connections for a host; every request in flight needs one.
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = 256
	})
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client))
	if err != nil {
		log.Fatal(err)
	}
	s := &server{db: dynamodb.NewFromConfig(cfg), table: aws.String(os.Getenv("TABLE"))}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /picus/put", s.put)
	mux.HandleFunc("GET /picus/get/{key}", s.get)
	mux.HandleFunc("GET /picus/list", s.list)
	mux.HandleFunc("DELETE /picus/{key}", s.delete)
	listener, err := net.Listen("tcp", os.Getenv("LISTEN"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal((&http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}).Serve(listener))
}

func (s *server) put(w http.ResponseWriter, r *http.Request) {
	var value item
	body := http.MaxBytesReader(w, r.Body, maxBodyBytes)
	if err := json.NewDecoder(body).Decode(&value); err != nil || value == nil {
		problem(w, http.StatusBadRequest, "the body is not a JSON object")
		return
	}
	if _, given := value["id"]; !given {
		value["id"] = newID()
	}
	id, isText := value["id"].(string)
	if !isText || id == "" {
		problem(w, http.StatusUnprocessableEntity, "id is not a string")
		return
	}
	attributes, err := attributevalue.MarshalMap(value)
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	_, err = s.db.PutItem(r.Context(), &dynamodb.PutItemInput{
		TableName:           s.table,
		Item:                attributes,
		ConditionExpression: aws.String("attribute_not_exists(id)"),
	})
	if taken(err) {
		problem(w, http.StatusConflict, "there is an item with this id")
		return
	}
	if failed(w, err) {
		return
	}
	w.Header().Set("Location", "/picus/get/"+id)
	answer(w, http.StatusCreated, item{"id": id})
}

func (s *server) get(w http.ResponseWriter, r *http.Request) {
	out, err := s.db.GetItem(r.Context(), &dynamodb.GetItemInput{
		TableName:      s.table,
		Key:            key(r),
		ConsistentRead: aws.Bool(true),
	})
	if failed(w, err) {
		return
	}
	if out.Item == nil {
		problem(w, http.StatusNotFound, "there is no item with this id")
		return
	}
	var value item
	if failed(w, attributevalue.UnmarshalMap(out.Item, &value)) {
		return
	}
	answer(w, http.StatusOK, value)
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	items := []item{}
	pages := dynamodb.NewScanPaginator(s.db, &dynamodb.ScanInput{
		TableName:      s.table,
		ConsistentRead: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.Context())
		if failed(w, err) {
			return
		}
		var more []item
		if failed(w, attributevalue.UnmarshalListOfMaps(page.Items, &more)) {
			return
		}
		items = append(items, more...)
	}
	answer(w, http.StatusOK, items)
}

func (s *server) delete(w http.ResponseWriter, r *http.Request) {
	_, err := s.db.DeleteItem(r.Context(), &dynamodb.DeleteItemInput{
		TableName:           s.table,
		Key:                 key(r),
		ConditionExpression: aws.String("attribute_exists(id)"),
	})
	if taken(err) {
		problem(w, http.StatusNotFound, "there is no item with this id")
		return
	}
	if failed(w, err) {
		return
	}
	answer(w, http.StatusOK, item{"id": r.PathValue("key"), "deleted": true})
}

func key(r *http.Request) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"id": &types.AttributeValueMemberS{Value: r.PathValue("key")},
	}
}

func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// taken tells whether the condition of a write did not hold.
func taken(err error) bool {
	var condition *types.ConditionalCheckFailedException
	return errors.As(err, &condition)
}

// failed answers 503 where there is an error.
func failed(w http.ResponseWriter, err error) bool {
	if err != nil {
		log.Print(err)
		problem(w, http.StatusServiceUnavailable, "the table cannot be reached")
	}
	return err != nil
}

func problem(w http.ResponseWriter, status int, detail string) {
	answer(w, status, item{"status": status, "detail": detail})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}
