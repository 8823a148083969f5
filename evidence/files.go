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
