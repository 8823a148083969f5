package bundle

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
)

// lines reads a file line by line and hashes it on the way.
type lines struct {
	name string
	from io.ReadCloser
	sum  hash.Hash
	size int64
	scan *bufio.Scanner
	n    int
}

// lines opens a file whose lines have at most longest bytes.
func (b *files) lines(name string, longest int) (*lines, error) {
	open := b.open[name]
	if open == nil {
		return nil, fs.ErrNotExist
	}
	r, err := open()
	if err != nil {
		return nil, err
	}
	l := &lines{name: name, from: r, sum: sha256.New()}
	l.scan = bufio.NewScanner(io.TeeReader(r, l))
	l.scan.Buffer(make([]byte, 0, 4096), longest+1)
	l.scan.Split(whole)
	return l, nil
}

// Write counts and hashes what was read.
func (l *lines) Write(p []byte) (int, error) {
	l.size += int64(len(p))
	return l.sum.Write(p)
}

// whole splits at line feeds and wants one at the end of the file.
func whole(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errors.New("its last line is cut off")
	}
	return 0, nil, nil
}

// next is the next line, valid until the one after; false at the end or at what
// cannot be read, which err tells.
func (l *lines) next() ([]byte, bool) {
	if !l.scan.Scan() {
		return nil, false
	}
	l.n++
	return l.scan.Bytes(), true
}

func (l *lines) err() error {
	switch err := l.scan.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("line %d is longer than any of this file", l.n+1)
	default:
		return err
	}
}

// file is what the manifest should say of it, once it was read to its end.
func (l *lines) file() File {
	return File{Name: l.name, Size: l.size, Digest: "sha256:" + hex.EncodeToString(l.sum.Sum(nil))}
}
