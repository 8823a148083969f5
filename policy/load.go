// Package policy reads what an organisation configures: rules, which a change
// pins when it is submitted, and the directory of people, which is live. It
// checks all of it at once, hashes it, and turns calendars into instants.
//
// A policy directory holds rules/*.yaml and directory/*.yaml; what a file is
// about is said by its kind, not by its name.
package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gowebpki/jcs"
)

// Load reads the policy directory dir. A policy with anything wrong in it is
// refused with an error of type Problems that lists all of it; no part of it
// is then in force.
func Load(dir string) (*Rules, *Directory, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, nil, fmt.Errorf("policy directory: %w", err)
	} else if !info.IsDir() {
		return nil, nil, fmt.Errorf("policy directory: %s is a file; give the folder that holds rules and directory", dir)
	}
	return LoadFS(os.DirFS(dir))
}

// LoadFS is Load for any file system, such as an embedded one.
func LoadFS(fsys fs.FS) (*Rules, *Directory, error) {
	rules, directory, problems := read(fsys).load()
	if len(problems) > 0 {
		return nil, nil, problems
	}
	return rules, directory, nil
}

// load turns files into the two halves of a policy. Either half is nil when
// something in it is wrong: the rules are only as good as the directory they
// refer to, the directory stands by itself.
func (f files) load() (*Rules, *Directory, Problems) { return f.follow(nil, time.Time{}) }

// follow is load for an edit, made now, of a directory that was in force: what has
// happened under it may not be edited away.
func (f files) follow(before *Directory, now time.Time) (*Rules, *Directory, Problems) {
	c := newCheck(f)
	c.before, c.at = before, now
	people := c.directory()
	rules := c.rules(people)
	var r *Rules
	var d *Directory
	var err error
	if !c.broken("directory/") {
		if d, err = compileDirectory(people); err != nil {
			c.add(Problem{File: "directory", Text: err.Error(), Hint: "check the values of the directory's files"})
			d = nil
		}
	}
	if len(c.problems) == 0 {
		if r, err = compileRules(rules); err != nil {
			c.add(Problem{File: "rules", Text: err.Error(), Hint: "check the values of the rules' files"})
			r = nil
		} else if c.unrouted(r) {
			r = nil
		}
	}
	return r, d, c.problems.sorted()
}

// canonical gives a value's canonical JSON (RFC 8785) and its SHA-256 in hex.
func canonical(v any) ([]byte, string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, "", fmt.Errorf("canonical form: %w", err)
	}
	if data, err = jcs.Transform(data); err != nil {
		return nil, "", fmt.Errorf("canonical form: %w", err)
	}
	return data, digest(data), nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// shortLength is how many hex digits of a hash make a version.
const shortLength = 12
