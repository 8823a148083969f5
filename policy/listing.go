package policy

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// clockGrain is the coarsest clock a file system in use keeps (FAT: 2 s).
const clockGrain = 2 * time.Second

// listing is what the policy files look like from outside, by name.
type listing map[string]fs.FileInfo

// list looks at every file of both folders. It fails only when a folder cannot
// be read; a link that leads nowhere is listed without information.
func list(fsys fs.FS) (listing, error) {
	l := listing{}
	for _, folder := range []string{rulesFolder, directoryFolder} {
		entries, err := fs.ReadDir(fsys, folder)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if strings.HasPrefix(entry.Name(), ".") {
				continue
			}
			name := path.Join(folder, entry.Name())
			info, err := fs.Stat(fsys, name)
			if err != nil {
				info = nil
			}
			l[name] = info
		}
	}
	return l, nil
}

// same reports whether nothing was added, removed, replaced or written. A nil
// listing is the same as none.
func (l listing) same(other listing) bool {
	return other != nil && maps.EqualFunc(l, other, func(a, b fs.FileInfo) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
	})
}

// youngerThan reports whether some file was written less than age ago. A time
// of writing in the future, from a clock that is wrong, does not count: it
// would keep every edit out until then.
func (l listing) youngerThan(age time.Duration, now time.Time) bool {
	for _, info := range l {
		if info == nil {
			continue
		}
		if since := now.Sub(info.ModTime()); since >= 0 && since < age {
			return true
		}
	}
	return false
}

// digest tells two readings apart by content alone.
func (f files) digest() string {
	var b strings.Builder
	for _, name := range f.names {
		b.WriteString(name + "\x00" + digest(f.data[name]) + "\n")
	}
	for _, name := range sortedKeys(f.schemas) {
		b.WriteString(schemaFile(name) + "\x00" + digest(f.schemas[name]) + "\n")
	}
	for _, p := range slices.Clone(f.problems).sorted() {
		b.WriteString(p.String() + "\n")
	}
	return digest([]byte(b.String()))
}
