package dependency

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// The fields of npm's files are described in docs.npmjs.com: package-lock.json
// (lockfileVersion 2 and 3) and package.json.

// npmName is a name as the registry has them, older ones in capitals included.
var npmName = regexp.MustCompile(`^(@[A-Za-z0-9~._-]+/)?[A-Za-z0-9~._!'()*-]+$`)

// readLock reads a lock file: what will be installed, in exact versions.
func readLock(doc map[string]json.RawMessage) ([]Component, error) {
	version := string(doc["lockfileVersion"])
	if version != "2" && version != "3" {
		return nil, fmt.Errorf("lockfileVersion is %s; 2 and 3 are read: make it anew with npm 7 or later", compliance.Cut(version, 20))
	}
	var packages map[string]map[string]json.RawMessage
	if err := json.Unmarshal(doc["packages"], &packages); err != nil || packages == nil {
		return nil, errors.New("it has no object \"packages\": make the lock file anew with npm 7 or later")
	}
	var out []Component
	for _, at := range slices.Sorted(maps.Keys(packages)) {
		c, ours, err := lockEntry(at, packages[at])
		if err != nil {
			return nil, fmt.Errorf("packages[%q]: %w", compliance.Cut(at, 80), err)
		}
		if !ours {
			out = append(out, c)
		}
	}
	return out, nil
}

// lockEntry reads one entry; ours is set for the change's own code: its root, its
// workspaces and the links to them. Names of fields are taken exactly, as npm does.
func lockEntry(at string, entry map[string]json.RawMessage) (c Component, ours bool, err error) {
	var link bool
	if raw, ok := entry["link"]; ok && json.Unmarshal(raw, &link) != nil {
		return Component{}, false, errors.New("link is neither true nor false")
	}
	if at != "" && path.Clean(at) != at {
		return Component{}, false, errors.New("the path goes astray: make the lock file anew")
	}
	before, name := path.Split(at)
	if parent := path.Base(before); strings.HasPrefix(parent, "@") {
		name = parent + "/" + name
		before = path.Dir(strings.TrimSuffix(before, "/")) + "/"
	}
	if link || path.Base(before) != "node_modules" {
		return Component{}, true, nil
	}
	fields := map[string]string{"name": "", "version": "", "resolved": ""}
	for field := range fields {
		raw, ok := entry[field]
		if !ok {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) != nil || len(text) > 4*maxName {
			return Component{}, false, fmt.Errorf("%s is no text of at most %d bytes", field, 4*maxName)
		}
		fields[field] = text
	}
	if fields["name"] != "" { // an alias: installed under another name than its own
		name = fields["name"]
	}
	switch {
	case !npmName.MatchString(name) || len(name) > maxName:
		return Component{}, false, fmt.Errorf("%q is no name of a package", compliance.Cut(name, 60))
	case fields["version"] == "" || len(fields["version"]) > maxName:
		return Component{}, false, errors.New("it has no version: make the lock file anew")
	}
	c = Component{Package: npm(name), Name: name, Version: fields["version"]}
	c.Source, err = source(name, c.Version, fields["resolved"])
	return c, false, err
}

// publicRegistries serve a package under its own name only, so that an address
// there says which package is fetched whatever the entry is called.
func publicRegistries() []string { return []string{"registry.npmjs.org", "registry.yarnpkg.com"} }

// source is where a package is fetched. An entry that bears one package's name and
// is fetched at another's address is refused: what is installed is the latter.
func source(name, version, resolved string) (string, error) {
	if resolved == "" {
		return "", nil // from the registry that npm is configured with, or inside of another package
	}
	u, err := url.Parse(resolved)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("resolved %q is no address", compliance.Cut(resolved, 60))
	}
	from := host(resolved)
	file := path.Base(name) + "-" + version + ".tgz"
	if slices.Contains(publicRegistries(), from) && u.Path != "/"+name+"/-/"+file {
		return "", fmt.Errorf("it is called %s %s and fetched as %q: make the lock file anew", compliance.Cut(name, 60), compliance.Cut(version, 30), compliance.Cut(u.Path, 80))
	}
	return from, nil
}

// readPackage reads what a package.json asks for.
func readPackage(doc map[string]json.RawMessage) ([]Component, error) {
	var out []Component
	for _, field := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		if !has(doc, field) {
			continue
		}
		var wanted map[string]string
		if err := json.Unmarshal(doc[field], &wanted); err != nil {
			return nil, fmt.Errorf("%s is no object of names and ranges", field)
		}
		for _, name := range slices.Sorted(maps.Keys(wanted)) {
			c, err := asked(name, wanted[name])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", field, err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// asked is one line of package.json: a range, "npm:other@range", or an address.
func asked(name, wanted string) (Component, error) {
	if alias, ok := strings.CutPrefix(wanted, "npm:"); ok {
		name, wanted = alias, ""
		if i := strings.LastIndex(alias, "@"); i > 0 {
			name, wanted = alias[:i], alias[i+1:]
		}
	}
	if !npmName.MatchString(name) || len(name) > maxName {
		return Component{}, fmt.Errorf("%q is no name of a package", compliance.Cut(name, 60))
	}
	c := Component{Package: npm(name), Name: name, Range: compliance.Cut(wanted, maxName)}
	if scheme, _, ok := strings.Cut(wanted, ":"); ok {
		c.Source = compliance.Cut(scheme, 20) + "://"
	} else if strings.Contains(wanted, "/") {
		c.Source = "git://" // "user/repository"
	}
	return c, nil
}
