// Go's encoding/csv and archive/zip: export DATABASE ORGANISATION QUERIES OUTPUT LEVEL
//
// Records end in LF: with UseCRLF encoding/csv would rewrite the line breaks inside the fields too.
package main

import (
	"archive/zip"
	"compress/flate"
	"database/sql"
	"encoding/csv"
	"io"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

func main() {
	database, organisation, queries, output := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	level, err := strconv.Atoi(os.Args[5])
	check(err)
	connection, err := sql.Open("sqlite3", "file:"+database+"?mode=ro")
	check(err)
	transaction, err := connection.Begin()
	check(err)
	file, err := os.Create(output)
	check(err)
	archive := zip.NewWriter(file)
	archive.RegisterCompressor(zip.Deflate, func(writer io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(writer, level)
	})
	paths, err := filepath.Glob(filepath.Join(queries, "*.sql"))
	check(err)
	for _, path := range paths {
		query, err := os.ReadFile(path)
		check(err)
		rows, err := transaction.Query(string(query), sql.Named("organisation", organisation))
		check(err)
		entry, err := archive.Create(strings.TrimSuffix(filepath.Base(path), ".sql") + ".csv")
		check(err)
		write(rows, entry)
	}
	check(archive.Close())
	check(file.Close())
}

func write(rows *sql.Rows, entry io.Writer) {
	_, err := io.WriteString(entry, "\ufeff")
	check(err)
	columns, err := rows.Columns()
	check(err)
	writer := csv.NewWriter(entry)
	check(writer.Write(columns))
	cells := make([]sql.RawBytes, len(columns))
	places := make([]any, len(columns))
	record := make([]string, len(columns))
	for index := range cells {
		places[index] = &cells[index]
	}
	for rows.Next() {
		check(rows.Scan(places...))
		for index, cell := range cells {
			record[index] = string(cell)
		}
		check(writer.Write(record))
	}
	check(rows.Err())
	writer.Flush()
	check(writer.Error())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
