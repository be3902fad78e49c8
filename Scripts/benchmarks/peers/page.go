// The page of page.c with Go's net/http/fcgi: page SOCKET DATABASE STATEMENTS BODY THREADS
package main

import (
	"context"
	"database/sql"
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"strconv"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

// A connection with its prepared statements; a request takes one and gives it back.
type reader []*sql.Stmt

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	check(err)
	database, err := sql.Open("sqlite3", "file:"+os.Args[2]+"?mode=ro")
	check(err)
	statements, err := os.ReadFile(os.Args[3])
	check(err)
	body, err := os.ReadFile(os.Args[4])
	check(err)
	count, err := strconv.Atoi(os.Args[5])
	check(err)
	readers := make(chan reader, count)
	for index := 0; index < count; index++ {
		readers <- prepare(database, string(statements))
	}
	check(fcgi.Serve(listener, http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		reader := <-readers
		size := 0
		for _, statement := range reader {
			size += run(statement)
		}
		readers <- reader
		if size == 0 {
			log.Fatal("the statements found nothing")
		}
		response.Header().Set("Content-Type", "text/html; charset=utf-8")
		response.Header().Set("Cache-Control", "no-store")
		response.Write(body)
	})))
}

func prepare(database *sql.DB, statements string) reader {
	connection, err := database.Conn(context.Background())
	check(err)
	reader := reader{}
	for _, statement := range strings.Split(strings.TrimSuffix(statements, "\x00"), "\x00") {
		prepared, err := connection.PrepareContext(context.Background(), statement)
		check(err)
		reader = append(reader, prepared)
	}
	return reader
}

func run(statement *sql.Stmt) int {
	rows, err := statement.Query()
	check(err)
	defer rows.Close()
	columns, err := rows.Columns()
	check(err)
	cells := make([]sql.RawBytes, len(columns))
	places := make([]any, len(columns))
	for index := range cells {
		places[index] = &cells[index]
	}
	size := 0
	for rows.Next() {
		check(rows.Scan(places...))
		for _, cell := range cells {
			size += len(cell)
		}
	}
	check(rows.Err())
	return size
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
