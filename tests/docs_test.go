package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/compliance/patch"
)

const (
	changePage        = "../docs/processes/change.md"
	certificationPage = "../docs/processes/certification.md"
	patchPage         = "../docs/processes/patch.md"
	incidentPage      = "../docs/processes/incident.md"
	exceptionPage     = "../docs/processes/exception.md"
	observationPage   = "../docs/processes/observation.md"
	drawnFrom         = "<!-- diagram: drawn from compliance/%s.Diagram() by `make diagrams` -->\n```mermaid\n"
	drawnUntil        = "```\n<!-- end of diagram -->"
	drawAgain         = "COUNTERSIGN_DRAW" // set by `make diagrams`
	codeQuoted        = "`"
	cellDivider       = "|"
)

// drawings lists the pages with the picture of each process's machine.
func drawings() map[string]struct{ name, diagram string } {
	return map[string]struct{ name, diagram string }{
		changePage:        {"change", rules.Diagram()},
		certificationPage: {"certification", certification.Diagram()},
		patchPage:         {"patch", patch.Diagram()},
		incidentPage:      {"incident", incident.Diagram()},
		exceptionPage:     {"exception", exception.Diagram()},
		observationPage:   {"observation", observation.Diagram()},
	}
}

// The picture on the page is the edge tables, not somebody's memory of them.
func TestDocs_Diagrams(t *testing.T) {
	for path, d := range drawings() {
		from := fmt.Sprintf(drawnFrom, d.name)
		page := text(t, path)
		before, rest, ok := strings.Cut(page, from)
		require.True(t, ok, "%s lost the marker %q", path, from)
		drawn, after, ok := strings.Cut(rest, drawnUntil)
		require.True(t, ok, "%s lost the marker %q", path, drawnUntil)
		if os.Getenv(drawAgain) != "" {
			require.NoError(t, os.WriteFile(path, []byte(before+from+d.diagram+drawnUntil+after), 0o644))
			continue
		}
		require.Equal(t, d.diagram, drawn, "the states changed: run `make diagrams`")
	}
}

// Links between the pages lead somewhere, also to the heading they name.
func TestDocs_LinksLead(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	checked := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text(t, page), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			checked++
			to := page
			if target != "" {
				to = filepath.Join(filepath.Dir(page), target)
			}
			_, err := os.Stat(to)
			require.NoError(t, err, "%s links to %s", page, m[1])
			if anchor != "" {
				require.Contains(t, headings(text(t, to)), anchor, "%s links to %s", page, m[1])
			}
		}
	}
	require.Greater(t, checked, 20)
}

// Make targets that pages and CI name exist.
func TestDocs_MakeTargetsExist(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(text(t, "../Makefile"), -1) {
		targets[m[1]] = true
	}
	named := regexp.MustCompile("(?m)(?:`|^|--no-print-directory )(?:make )?make ([a-z]+)|--no-print-directory ([a-z]+)")
	found := 0
	for _, page := range append(pages(t), "../.ci/run") {
		for _, m := range named.FindAllStringSubmatch(text(t, page), -1) {
			target := m[1] + m[2]
			require.True(t, targets[target], "%s names make %s", page, target)
			found++
		}
	}
	require.Greater(t, found, 8)
}

// Every decision has the sections that make it one, and stands in the list.
func TestDocs_DecisionsAreWhole(t *testing.T) {
	files, err := filepath.Glob("../docs/adr/[0-9]*.md")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8)
	list := text(t, "../docs/adr/README.md")
	for i, file := range files {
		name := filepath.Base(file)
		require.True(t, strings.HasPrefix(name, fmt.Sprintf("%04d-", i)), "%s: numbers have no gap", name)
		body := text(t, file)
		for _, section := range []string{"Status: ", "## Context", "## Options", "## Decision", "## Consequences", "## Failure modes", "## Evidence produced", "## Effect on running workflows"} {
			require.True(t, strings.Contains(body, section), "%s lacks %q", name, section)
		}
		require.True(t, strings.Contains(list, "("+name+")"), "docs/adr/README.md does not list %s", name)
	}
}

// pages lists every page of the project.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md"}
	require.NoError(t, filepath.WalkDir("../docs", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") {
			found = append(found, path)
		}
		return err
	}))
	return found
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// table reads the rows of every table that has this column, by column.
func table(t *testing.T, page, column string) []map[string]string {
	t.Helper()
	var rows []map[string]string
	var head []string
	for line := range strings.Lines(text(t, page)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, cellDivider) {
			head = nil
			continue
		}
		cells := strings.Split(strings.Trim(line, cellDivider), cellDivider)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case head == nil:
			head = cells
		case strings.HasPrefix(cells[0], "---") || !slices.Contains(head, column):
		default:
			require.Len(t, cells, len(head), "%s: %s", page, line)
			row := map[string]string{}
			for i, name := range head {
				row[name] = cells[i]
			}
			rows = append(rows, row)
		}
	}
	require.NotEmpty(t, rows, "%s has no table with a column %q", page, column)
	return rows
}

// quoted lists what stands in backquotes.
func quoted(cell string) []string {
	var out []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

// headings are the anchors a page offers.
func headings(page string) []string {
	var out []string
	for line := range strings.Lines(page) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			out = append(out, strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "-"))
		}
	}
	return out
}

// testNames maps every test of the module to where it is and what it says.
func testNames(t *testing.T) map[string]testSource {
	t.Helper()
	found := map[string]testSource{}
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, path, body, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			from, until := set.Position(f.Pos()).Offset, set.Position(f.End()).Offset
			if end := strings.IndexByte(string(body[until:]), '\n'); end >= 0 {
				until += end
			}
			found[f.Name.Name] = testSource{folder: filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, "../"))), text: f.Doc.Text() + string(body[from:until])}
		}
		return nil
	}))
	require.Greater(t, len(found), 100)
	return found
}

// testSource is a test's folder, its comment and its text.
type testSource struct{ folder, text string }
