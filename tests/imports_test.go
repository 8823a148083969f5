package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/lowcodex/countersign"

// listed is what `go list -json` tells about a package, tests excluded.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	Imports    []string
	Standard   bool
}

// folder is the package's place in the repository, "" for its root.
func (p listed) folder() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// arrow is one row of "who may import whom". Patterns are folders; "x/..." is x
// and everything below it, "x/*" everything one level below. The first row that
// matches a package counts; a package that no row matches is a violation, so
// that a new folder gets its row with the first file.
type arrow struct {
	from string
	may  []string
	// never lists imports from outside the product, with everything below them.
	never []string
	why   string
}

// own stands for the first two elements of the importing package's folder.
const own = "<own>/..."

func arrows() []arrow {
	pure := []string{"go.temporal.io", "net", "os", "database/sql", "log", "log/slog"}
	engine := []string{"go.temporal.io"}
	steps := []string{module + "/workflows/steps"} // a contract is what a process exports, not how it works
	world := []string{"net", "os", "database/sql", "sync", "math/rand", "crypto/rand", "github.com/google/uuid", "log", "log/slog"}
	return []arrow{
		{"compliance/...", []string{"compliance/..."}, pure, "the vocabulary knows neither the engine, I/O nor anybody else"},
		{"evidence/...", []string{"evidence/..."}, engine, "the log must be usable and verifiable without the rest"},
		{"cmd/verify", []string{"evidence/bundle", "evidence/ledger"}, append(engine, "net", "database/sql"), "the auditor's program is small and asks nobody"},
		{"timeline", []string{"compliance/...", "evidence"}, append(engine, "net", "os"), "it tells what is on record, and looks nowhere else"},
		{"policy/...", []string{"compliance/...", "policy/..."}, append(engine, "net"), "what an organisation configures rests on the vocabulary only"},
		{"integrations/httpcall", []string{"compliance/..."}, engine, "the transport classifies, and knows no vendor"},
		{"integrations/integrationtest/...", []string{"compliance/...", "integrations/httpcall", own}, engine, "the conformance suite is given its subject"},
		{"integrations/...", []string{"compliance/...", "policy", "integrations/httpcall", "integrations/integrationtest/...", own}, engine, "a vendor's package never meets another vendor, a process or an activity"},
		{"activities/...", []string{"activities/...", "compliance/...", "evidence", "policy"}, nil, "activities reach vendors through ports that app satisfies"},
		{"workflows/steps", []string{"activities", "compliance/...", "evidence"}, world, "steps are the only callers of activities"},
		{"workflows", []string{"workflows/...", "compliance/..."}, world, "register.go names what a worker runs"},
		{"workflows/...", []string{"workflows/...", "compliance/...", "evidence"}, world, "a process is deterministic and calls activities through steps"},
		{"stepup", []string{"compliance"}, append(engine, "net", "log", "log/slog"), "what gateway and judge agree upon about a sign-in, without I/O"},
		{"gateway", []string{"compliance/...", "workflows/*", "connect", "stepup"}, steps, "the gateway routes; vendors' handlers are mounted by app"},
		{"connect", []string{"compliance"}, nil, "dialling knows nothing of the product's processes"},
		{"starter/...", []string{"starter/...", "compliance/...", "workflows/*", "connect", "policy/...", "evidence/...", "timeline"}, steps, "the command line reaches vendors only through processes"},
		{"sandbox/engine", nil, nil, "the embedded server is nobody's dependency and depends on nobody"},
		{"sandbox/console", []string{"compliance/...", "workflows/*", "connect"}, steps, "what people do at the command line, by the processes' contracts"},
		{"docs", nil, append(engine, "net", "os"), "pages, carried for whoever shows them"},
		{"sandbox/...", []string{"sandbox/...", "docs", "app/...", "connect", "compliance/...", "policy/...", "evidence/...", "timeline", "integrations/...", "workflows/*"}, steps, "the sandbox composes the product with stand-ins; its demo reads the contracts' answers"},
		{"app/...", []string{"app/...", "compliance/...", "evidence", "policy/...", "integrations/...", "activities/...", "workflows/...", "gateway", "stepup", "connect"}, nil, "the only composition root"},
		{"worker", []string{"app"}, nil, "mains are a dozen lines"},
		{"cmd/gateway", []string{"app"}, nil, "mains are a dozen lines"},
		{"cmd/sandbox", []string{"app", "connect", "sandbox/..."}, nil, "mains are a dozen lines"},
		{"tests/...", []string{"..."}, nil, "tests see everything"},
	}
}

// confined lists what only some folders may import at all.
func confined() []arrow {
	return []arrow{
		{"go.temporal.io/server", []string{"sandbox/engine", "tests/..."}, nil, "it brings 190 modules and is the sandbox's business"},
		{"github.com/temporalio/ui-server", []string{"sandbox/engine", "tests/..."}, nil, "as above"},
		{"github.com/slack-go/slack", []string{"integrations/slack/...", "tests/..."}, nil, "one vendor, one folder"},
		{"github.com/andygrunwald/go-jira", []string{"integrations/jira/...", "tests/..."}, nil, "one vendor, one folder"},
		{"github.com/coreos/go-oidc", []string{"integrations/oidc/...", "tests/..."}, nil, "one vendor, one folder"},
		{"github.com/PagerDuty/go-pagerduty", []string{"integrations/pagerduty/...", "tests/..."}, nil, "one vendor, one folder"},
		{"github.com/wneessen/go-mail", []string{"integrations/mail/...", "tests/..."}, nil, "one vendor, one folder"},
		{"github.com/yuin/goldmark", []string{"sandbox/pages", "tests/..."}, nil, "the sandbox shows the pages"},
		{"github.com/emersion/go-smtp", []string{"integrations/mail/mailtest", "tests/..."}, nil, "a mail server is the stand-in's business"},
		{"testing", []string{"tests/..."}, nil, "test support is kept apart from what ships"},
		{module + "/sandbox", []string{"cmd/sandbox", "sandbox/...", "tests/..."}, nil, "only cmd/sandbox and tests reach the sandbox"},
	}
}

func TestWhoMayImportWhom(t *testing.T) {
	packages := goList(t, "./...")
	require.NotEmpty(t, packages)
	require.Empty(t, violations(packages), "the import rules are in arrows() above; they hold architecture, so change the code first")
}

// Mains that ship must not carry the embedded server.
func TestShippedProgramsDoNotLinkTheServer(t *testing.T) {
	for _, main := range []string{"worker", "starter", "cmd/gateway"} {
		t.Run(main, func(t *testing.T) {
			require.Empty(t, linked(goList(t, "-deps", "./"+main), main))
		})
	}
}

// The auditor's program holds nothing of the product but the rules between records
// and the form of a bundle, and cannot ask a network (E7).
func TestTheVerifierIsSmall(t *testing.T) {
	for _, p := range goList(t, "-deps", "./cmd/verify") {
		rest, ours := strings.CutPrefix(p.ImportPath, module+"/")
		require.False(t, ours && rest != "cmd/verify" && rest != "evidence/bundle" && rest != "evidence/ledger", "it links %s", p.ImportPath)
		require.False(t, below("net", p.ImportPath) && !parsesOnly(p.ImportPath), "it links %s", p.ImportPath)
	}
}

// linked lists what a shipped program must not contain.
func linked(deps []listed, main string) []string {
	var out []string
	for _, p := range deps {
		for _, c := range []string{"go.temporal.io/server", "github.com/temporalio/ui-server", module + "/sandbox"} {
			if below(c, p.ImportPath) {
				out = append(out, fmt.Sprintf("%s links %s: find the way with `go mod why` or `go list -deps`", main, p.ImportPath))
			}
		}
	}
	return out
}

// violations says, in one line each, what is imported against the rules.
func violations(packages []listed) []string {
	var out []string
	for _, p := range packages {
		row, ok := rowOf(p.folder())
		if !ok {
			out = append(out, fmt.Sprintf("%s has no import rule: add a row for it to arrows() in tests/imports_test.go", p.folder()))
			continue
		}
		for _, imported := range p.Imports {
			out = append(out, against(p, row, imported)...)
		}
	}
	return out
}

func against(p listed, row arrow, imported string) []string {
	var out []string
	if rest, ours := strings.CutPrefix(imported, module+"/"); ours {
		if !mayImport(p.folder(), row, rest) {
			out = append(out, fmt.Sprintf("%s imports %s, which its rule %q does not allow: %s", p.folder(), rest, row.from, row.why))
		}
		if standIn(rest) && !standIn(p.folder()) && !matches("sandbox/...", p.folder()) && !matches("tests/...", p.folder()) {
			out = append(out, fmt.Sprintf("%s imports %s: stand-ins are for tests and the sandbox only", p.folder(), rest))
		}
	}
	for _, banned := range row.never {
		if below(banned, imported) && !parsesOnly(imported) {
			out = append(out, fmt.Sprintf("%s imports %s, which nothing in %q may: %s", p.folder(), imported, row.from, row.why))
		}
	}
	for _, c := range confined() {
		if below(c.from, imported) && !slices.ContainsFunc(c.may, func(m string) bool { return matches(m, p.folder()) }) &&
			!(c.from == "testing" && standIn(p.folder())) {
			out = append(out, fmt.Sprintf("%s imports %s, which only %s may: %s", p.folder(), imported, strings.Join(c.may, ", "), c.why))
		}
	}
	return out
}

// parsesOnly reports whether a package below net takes addresses apart and reaches nobody.
func parsesOnly(imported string) bool { return imported == "net/url" || imported == "net/netip" }

func mayImport(folder string, row arrow, imported string) bool {
	return slices.ContainsFunc(row.may, func(pattern string) bool {
		if pattern == own {
			elements := strings.SplitN(folder, "/", 3)
			pattern = strings.Join(elements[:min(2, len(elements))], "/") + "/..."
		}
		return matches(pattern, imported)
	})
}

// standIn reports whether a folder is test support: one of its elements says so.
func standIn(folder string) bool {
	return slices.ContainsFunc(strings.Split(folder, "/"), func(e string) bool { return strings.HasSuffix(e, "test") })
}

func rowOf(folder string) (arrow, bool) {
	for _, row := range arrows() {
		if matches(row.from, folder) {
			return row, true
		}
	}
	return arrow{}, false
}

func matches(pattern, folder string) bool {
	if pattern == "..." {
		return true
	}
	if parent, ok := strings.CutSuffix(pattern, "/..."); ok {
		return below(parent, folder)
	}
	if parent, ok := strings.CutSuffix(pattern, "/*"); ok {
		return path.Dir(folder) == parent
	}
	return folder == pattern
}

// below reports whether p is parent or lies beneath it.
func below(parent, p string) bool { return p == parent || strings.HasPrefix(p, parent+"/") }

// goList runs go list from the repository's root.
func goList(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Name,Dir,GoFiles,Imports,Standard"}, args...)...)
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%v: %s", cmd.Args, stderr.String())
	var packages []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			require.NoError(t, err)
		}
		packages = append(packages, p)
	}
}
