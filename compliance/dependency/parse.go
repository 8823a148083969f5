package dependency

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/lowcodex/countersign/compliance"
)

// The most that is read of a manifest. Lock files of large applications have a
// few megabytes and some thousand packages.
const (
	maxManifest   = 10 << 20 // bytes, which is the largest blob
	maxNesting    = 100
	maxComponents = 20_000
	maxName       = 300 // characters of a name, a version or a range
)

// ParseError says why a file cannot be used as a manifest and how to mend it.
type ParseError struct {
	Name   string // of the file
	Detail string
}

// Error is one sentence.
func (e *ParseError) Error() string { return compliance.Cut(e.Name, 100) + ": " + e.Detail }

// Parse reads a manifest. What it is, is seen from its content; the name is for
// people. The bytes come from outside: anything that could be read in two ways,
// or is larger than real files are, is refused. The error is a *ParseError.
func Parse(name string, data []byte) (Manifest, error) {
	sum := sha256.Sum256(data)
	m := Manifest{Name: compliance.Cut(name, 100), Digest: "sha256:" + hex.EncodeToString(sum[:])}
	components, kind, err := read(data)
	if err != nil {
		return Manifest{}, &ParseError{Name: name, Detail: err.Error()}
	}
	if len(components) > maxComponents {
		return Manifest{}, &ParseError{Name: name, Detail: fmt.Sprintf("it names %d packages; at most %d are read", len(components), maxComponents)}
	}
	m.Kind, m.Components = kind, sorted(components)
	return m, nil
}

func read(data []byte) ([]Component, Kind, error) {
	// Paths of packages may differ in case only, so names are compared exactly here;
	// what is decoded into structs is compared again without case.
	if err := (compliance.JSONBounds{Bytes: maxManifest, Nesting: maxNesting, Exact: true}).Unambiguous(data); err != nil {
		return nil, "", err
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, "", fmt.Errorf("it is no JSON object: give package-lock.json, package.json or a CycloneDX inventory")
	}
	switch {
	case has(doc, "bomFormat"):
		components, err := readSBOM(data)
		return components, SBOM, err
	case has(doc, "lockfileVersion"):
		components, err := readLock(doc)
		return components, LockFile, err
	case has(doc, "dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "version", "private"):
		components, err := readPackage(doc)
		return components, PackageFile, err
	}
	return nil, "", fmt.Errorf("it is neither a lock file of npm, a package.json nor a CycloneDX inventory as JSON: give one of these")
}

func has(doc map[string]json.RawMessage, names ...string) bool {
	for _, n := range names {
		if _, ok := doc[n]; ok {
			return true
		}
	}
	return false
}
