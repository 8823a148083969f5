package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The evidence directory. log/ has the C2SP tlog-tiles layout and can be read
// by other tools as it is.
const (
	logDir     = "log"
	blobsDir   = "blobs"
	indexFile  = "index.sqlite"
	lockFile   = "LOCK"
	keyFile    = "checkpoint.key"
	keyPubFile = "checkpoint.pub"
)

// mkdirSync creates a folder and its missing parents; each new name is synced
// into its parent, because a file in a folder that a power cut removes is lost.
func mkdirSync(dir string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", dir)
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := mkdirSync(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// ownDir creates the evidence directory where there is none, and returns where it
// really is: an administrator may have put a link to another disk in its place,
// which the log's library does not follow.
func ownDir(dir string) (string, error) {
	if err := mkdirSync(dir); err != nil {
		return "", fmt.Errorf("evidence: open: %w", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", refuse(ErrNotFound, "%s is a link that leads nowhere; bring back what it leads to, for example by mounting the disk", dir)
	case err != nil:
		return "", fmt.Errorf("evidence: follow the link %s: %w", dir, err)
	}
	if info, err := os.Lstat(filepath.Join(real, logDir)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", refuse(ErrInvalid, "%s is a link; the log's own folder cannot be one. Move the folder back, and make the whole evidence directory the link instead", filepath.Join(real, logDir))
	}
	return real, nil
}

// writeFileSync replaces a file as one step: readers and a crash see the old
// content or the new, never a part. It is durable on return.
func writeFileSync(path string, content []byte, mode os.FileMode) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
