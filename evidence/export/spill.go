package export

import (
	"bufio"
	"errors"
	"hash"
	"io"
	"os"
)

type counted struct {
	sum  hash.Hash
	size int64
}

func (c *counted) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return c.sum.Write(p)
}

// spill is a temporary file.
type spill struct {
	f    *os.File
	w    *bufio.Writer
	size int64
}

func newSpill(dir string) (*spill, error) {
	f, err := os.CreateTemp(dir, ".export-*")
	if err != nil {
		return nil, err
	}
	return &spill{f: f, w: bufio.NewWriterSize(f, 256<<10)}, nil
}

func (s *spill) write(p []byte) error {
	n, err := s.w.Write(p)
	s.size += int64(n)
	return err
}

// all reads it from its beginning.
func (s *spill) all() (io.Reader, error) {
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	return io.NewSectionReader(s.f, 0, s.size), nil
}

func (s *spill) remove() error { return errors.Join(s.f.Close(), os.Remove(s.f.Name())) }
