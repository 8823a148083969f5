package policy

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed example
var exampleFiles embed.FS

// ExampleFS returns the policy of a made-up organisation, laid out like a
// policy directory. It loads without problems.
func ExampleFS() fs.FS {
	sub, err := fs.Sub(exampleFiles, "example")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// WriteExample writes the example policy into dir, which is made if need be.
// It never overwrites: when any of its files is there already it writes
// nothing and returns an error for which errors.Is(err, fs.ErrExist) holds.
func WriteExample(dir string) error {
	var names []string
	err := fs.WalkDir(ExampleFS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		names = append(names, name)
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("example policy: %s: %w", filepath.Join(dir, name), fs.ErrExist)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("example policy: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := fs.ReadFile(ExampleFS(), name)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return fmt.Errorf("example policy: %w", err)
		}
		if err := os.WriteFile(target, data, 0o644); err != nil {
			return fmt.Errorf("example policy: %w", err)
		}
	}
	return nil
}
