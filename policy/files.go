package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	rulesFolder     = "rules"
	directoryFolder = "directory"
	maxFiles        = 500 // per folder
)

// files is the text of a policy directory at one moment.
type files struct {
	names    []string // "rules/chains.yaml", sorted
	data     map[string][]byte
	schemas  map[string][]byte // JSON Schemas beside the rules, by name
	problems Problems          // about the folders and about files that cannot be read
}

// read takes in the policy files of both folders. What it cannot read is a
// problem of the policy, not an error: it stands in the same list as the rest.
func read(fsys fs.FS) files {
	f := files{data: map[string][]byte{}, schemas: map[string][]byte{}}
	for _, folder := range []string{rulesFolder, directoryFolder} {
		entries, err := fs.ReadDir(fsys, folder)
		if err != nil {
			f.problems = append(f.problems, Problem{File: folder, Text: "cannot be read: " + cause(err), Hint: "a policy is a folder with the folders rules and directory in it"})
			continue
		}
		for i, entry := range entries {
			if i == maxFiles {
				f.problems = append(f.problems, Problem{File: folder, Text: fmt.Sprintf("holds more than %d files", maxFiles), Hint: "join files of the same kind"})
				break
			}
			f.take(fsys, path.Join(folder, entry.Name()))
		}
	}
	slices.Sort(f.names)
	return f
}

// take reads one file. Names that begin with a dot are left alone: editors and
// mounted configuration keep their own files under such names.
func (f *files) take(fsys fs.FS, name string) {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") {
		return
	}
	info, err := fs.Stat(fsys, name) // follows links, which mounted configuration uses
	switch {
	case err != nil:
		f.problem(name, "cannot be read: "+cause(err), "mend the link or the permissions, or remove it")
	case info.IsDir():
		f.problem(name, "sub-folders are not read", "move its files one folder up")
	case path.Ext(base) == ".yml":
		f.problem(name, "only files that end in .yaml are read", "rename it to "+strings.TrimSuffix(base, ".yml")+".yaml")
	case f.takeSchema(fsys, name):
	case path.Ext(base) != ".yaml":
		// A README or an editor's backup.
	default:
		data, err := readBounded(fsys, name)
		if err != nil {
			f.problem(name, "cannot be read: "+cause(err), "mend the permissions")
			return
		}
		f.names = append(f.names, name)
		f.data[name] = data
	}
}

// takeSchema reads a JSON Schema that lies beside the rules; false when the file is
// none.
func (f *files) takeSchema(fsys fs.FS, name string) bool {
	schema, is := schemaName(name)
	if !is {
		return false
	}
	data, err := readBounded(fsys, name)
	if err != nil {
		f.problem(name, "cannot be read: "+cause(err), "mend the permissions")
		return true
	}
	f.schemas[schema] = data
	return true
}

func (f *files) problem(name, text, hint string) {
	f.problems = append(f.problems, Problem{File: name, Text: text, Hint: hint})
}

// readBounded reads at most one byte more than a file may have, so that
// parseTree sees that it is too large without holding all of it.
func readBounded(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFileBytes+1))
}

// cause gives an error's reason without the path, which the problem has already.
func cause(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}
