package bundle

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// The most bytes of a file that are read, so that a small bundle cannot fill a
// memory or keep a machine busy for days. Records and proofs are read line by line
// and are bounded by the size of the log that was signed.
const (
	maxManifest = 256 << 20
	maxSigned   = 64 << 10 // a checkpoint or key
	maxReport   = 4 << 30
	maxProof    = 8 << 10 // a line
)

// files is an opened bundle.
type files struct {
	open  map[string]func() (io.ReadCloser, error)
	close func() error
}

// name says whether a bundle may have a file of this name.
func nameOf(name string) bool {
	switch name {
	case ManifestFile, CheckpointFile, KeyFile, RecordsFile, ProofsFile, ConsistencyFile, ReportFile:
		return true
	}
	if digits, ok := strings.CutPrefix(name, anchorPrefix); ok {
		n, err := strconv.ParseUint(digits, 10, 64)
		return err == nil && strconv.FormatUint(n, 10) == digits
	}
	hex, ok := strings.CutPrefix(name, BlobFolder)
	return ok && ledger.IsHex(hex)
}

// openFiles opens a bundle. What is wrong with its form goes to find; an error
// means that there is nothing to verify at that path.
func openFiles(path string, find func(check ledger.Check, format string, args ...any)) (*files, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openFolder(path, find)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for whoever writes to it, and no signal ends that
		return nil, fmt.Errorf("%s is neither a file nor a folder", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b, err := readZip(f, info.Size(), find)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b.close = f.Close
	return b, nil
}

// readZip lists a zip file. Nothing is unpacked: a name that leads elsewhere is a
// finding and leads nowhere.
func readZip(r io.ReaderAt, size int64, find func(check ledger.Check, format string, args ...any)) (*files, error) {
	b := &files{open: map[string]func() (io.ReadCloser, error){}, close: func() error { return nil }}
	z, err := zip.NewReader(r, size)
	if err != nil {
		find(CheckFile, "it is not a whole zip file (%s): it was cut off or altered on its way; get it again", err)
		return b, nil
	}
	for _, f := range z.File {
		switch {
		case !nameOf(f.Name):
			find(CheckFile, "%q is not a file of a bundle: it was added", f.Name)
		case b.open[f.Name] != nil:
			find(CheckFile, "%s is in it twice: programs would not agree which one counts", f.Name)
		case !f.Mode().IsRegular() || f.Flags&1 != 0 || f.Method != zip.Store && f.Method != zip.Deflate:
			find(CheckFile, "%s is not a plain file: a link, encrypted, or packed in another way", f.Name)
		default:
			b.open[f.Name] = f.Open
		}
	}
	return b, nil
}

// openFolder lists an unpacked bundle.
func openFolder(path string, find func(check ledger.Check, format string, args ...any)) (*files, error) {
	if _, err := os.Stat(filepath.Join(path, "log", "checkpoint")); err == nil {
		return nil, fmt.Errorf("%s is an evidence directory, not a bundle; verify it with: starter evidence verify --dir %s", path, path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	b := &files{open: map[string]func() (io.ReadCloser, error){}, close: root.Close}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !nameOf(name):
			find(CheckFile, "%q is not a file of a bundle: it was added", name)
		case !d.Type().IsRegular():
			find(CheckFile, "%s is not a plain file", name)
		default:
			b.open[name] = func() (io.ReadCloser, error) { return root.Open(name) }
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return b, nil
}

// names are the files that can be read, in order.
func (b *files) names() []string {
	var all []string
	for name := range b.open {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// read gives a whole file of at most limit bytes.
func (b *files) read(name string, limit int64) (content []byte, err error) {
	open := b.open[name]
	if open == nil {
		return nil, fs.ErrNotExist
	}
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	content, err = io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("it has more than the %d bytes that it can have", limit)
	}
	return content, err
}

// digest hashes a file of at most limit bytes.
func (b *files) digest(ctx context.Context, name string, limit int64) (_ File, err error) {
	r, err := b.open[name]()
	if err != nil {
		return File{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	sum, chunk, size := sha256.New(), make([]byte, 256<<10), int64(0)
	for {
		n, err := r.Read(chunk)
		sum.Write(chunk[:n])
		if size += int64(n); size > limit {
			return File{}, fmt.Errorf("it has more than the %d bytes that it can have", limit)
		}
		if errors.Is(err, io.EOF) {
			return File{Name: name, Size: size, Digest: "sha256:" + hex.EncodeToString(sum.Sum(nil))}, nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return File{}, err
		}
	}
}
