// Collect writes the licences of all modules that are linked into the binary, of this one and of
// Go's standard library to licenses.txt.gz in the working directory. With -check it changes
// nothing, and fails if the file is not up to date.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/anteroom-go/anteroom/server/internal/licenses"
)

const file = "licenses.txt.gz"

func main() {
	if err := run(context.Background(), slices.Contains(os.Args[1:], "-check")); err != nil {
		fmt.Fprintln(os.Stderr, "collect:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, check bool) error {
	text, err := collect(ctx)
	if err != nil {
		return err
	}
	if check {
		return compare(text)
	}
	var compressed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = writer.Write(text)
	if err := errors.Join(err, writer.Close()); err != nil {
		return err
	}
	return os.WriteFile(file, compressed.Bytes(), 0o644)
}

// compare compares a text with the one that is embedded. How it is compressed may differ.
func compare(text []byte) error {
	var embedded bytes.Buffer
	if err := licenses.Write(&embedded); err != nil {
		return err
	}
	if !bytes.Equal(embedded.Bytes(), text) {
		return errors.New(file + " is not up to date: go generate ./server/internal/licenses")
	}
	return nil
}
