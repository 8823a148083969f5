// Package kept keeps what a stand-in knows in a file, so that it survives a kill:
// what was answered was saved before.
package kept

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads what Save wrote, as JSON. Without a name, and where there is no file
// yet, into stays as it is. A file that cannot be understood is an error that names
// it: what a stand-in told somebody is never silently forgotten.
func Load(file string, into any) error {
	if file == "" {
		return nil
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("state in %s is damaged; remove the file to start afresh: %w", file, err)
	}
	return nil
}

// Save writes v as JSON; without a name nothing is kept.
func Save(file string, v any) error {
	if file == "" {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return Replace(file, raw)
}

// Replace writes a file under another name and renames it, so that a reader or a
// kill never meets half of it. It is not synced: a stand-in need not survive its
// machine.
func Replace(file string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it says what is wrong already
	}
	return err
}
