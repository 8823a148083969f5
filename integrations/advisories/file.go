package advisories

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/lowcodex/countersign/compliance"
)

// file reads a document that somebody put on this machine. It has no mark: it is
// read each time.
func (c *Client) file(ctx context.Context, path string) (compliance.FeedDocument, error) {
	if ctx.Err() != nil {
		return compliance.FeedDocument{}, &compliance.Failure{Class: compliance.Unavailable, Op: opFetch, Detail: "the caller gave up", Err: ctx.Err()}
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return compliance.FeedDocument{}, unavailable("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return compliance.FeedDocument{}, blocked("the file may not be read: give this process's user the right")
	case err != nil:
		return compliance.FeedDocument{}, unavailable("the file cannot be opened")
	}
	defer func() { _ = f.Close() }() // only read
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return compliance.FeedDocument{}, invalid("the address is no regular file")
	}
	body, err := io.ReadAll(io.LimitReader(f, c.cfg.MaxDocument+1))
	if err != nil {
		return compliance.FeedDocument{}, unavailable("the file cannot be read to its end")
	}
	data, err := plain(body, c.cfg.MaxDocument)
	return compliance.FeedDocument{Data: data}, err
}

// plain unpacks a document that was published compressed, and refuses what is
// larger than the limit or not complete JSON.
func plain(body []byte, limit int64) ([]byte, error) {
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			body, err = io.ReadAll(io.LimitReader(r, limit+1))
		}
		if err != nil {
			return nil, unavailable("the compressed document is cut off or damaged")
		}
	}
	switch {
	case int64(len(body)) > limit:
		return nil, unavailable(fmt.Sprintf("the document is larger than %d bytes", limit))
	case !json.Valid(body):
		return nil, unavailable("the document is not complete JSON: it is cut off, or something else")
	}
	return body, nil
}
