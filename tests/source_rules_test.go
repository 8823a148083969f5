package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is one parsed file that ships.
type source struct {
	folder string // of its package, e.g. "workflows/change"
	name   string
	set    *token.FileSet
	file   *ast.File
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s/%s:%d", s.folder, s.name, s.set.Position(n.Pos()).Line)
}

func TestSourceRules(t *testing.T) {
	var found []string
	for _, p := range goList(t, "./...") {
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			require.NoError(t, err)
			s, err := parse(p.folder(), name, text)
			require.NoError(t, err)
			found = append(found, s.offences()...)
		}
	}
	require.Empty(t, found)
}

func parse(folder, name string, text []byte) (source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	return source{folder, name, set, file}, err
}

// offences applies every rule about what a file may say.
func (s source) offences() []string {
	out := slices.Concat(s.emptyName(), s.initFunctions())
	if matches("workflows/...", s.folder) || matches("activities/...", s.folder) || matches("compliance/...", s.folder) {
		out = append(out, s.vendorNames()...)
	}
	if matches("workflows/...", s.folder) {
		out = append(out, s.nondeterminism()...)
	}
	return out
}

// emptyName refuses package names that say nothing about what is inside.
func (s source) emptyName() []string {
	switch strings.TrimSuffix(s.file.Name.Name, "s") {
	case "util", "common", "helper", "type", "model", "misc", "shared", "base", "lib":
		return []string{fmt.Sprintf("%s: package %s: name it after what it holds", s.at(s.file.Name), s.file.Name.Name)}
	}
	return nil
}

// initFunctions refuses init: what it does happens before anybody can configure
// or test it.
func (s source) initFunctions() []string {
	var out []string
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			out = append(out, s.at(f)+": init function: construct it in app and hand it in")
		}
	}
	return out
}

// vendorNames refuses a vendor in identifiers and strings of what must work
// with any vendor. Comments may give examples.
func (s source) vendorNames() []string {
	var out []string
	check := func(n ast.Node, text string) {
		for _, vendor := range []string{"slack", "jira", "pagerduty", "nodered", "node-red"} {
			if strings.Contains(strings.ToLower(text), vendor) {
				out = append(out, fmt.Sprintf("%s: %s names a vendor: say message surface, tracker, pager or platform", s.at(n), text))
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			check(n, n.Name)
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				check(n, n.Value)
			}
		}
		return true
	})
	return out
}

// nondeterminism refuses what would make a workflow's replay differ, where the
// analyser workflowcheck is known to miss it.
func (s source) nondeterminism() []string {
	banned := map[string][]string{
		"time":    {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "LoadLocation", "Local"},
		"context": {"WithTimeout", "WithDeadline"},
	}
	whole := []string{"os", "sync", "sync/atomic", "math/rand", "math/rand/v2", "crypto/rand", "github.com/google/uuid", "net/http", "log", "log/slog"}
	names := map[string]string{} // local name → path
	var out []string
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = p
		if slices.Contains(whole, p) {
			out = append(out, fmt.Sprintf("%s: imports %s: not deterministic in a workflow; use the SDK's workflow package or a step", s.at(spec), p))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			out = append(out, s.at(n)+": go statement in a workflow: use workflow.Go")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && slices.Contains(banned[names[x.Name]], n.Sel.Name) {
				out = append(out, fmt.Sprintf("%s: %s.%s is not deterministic in a workflow: use the SDK's workflow package or a step", s.at(n), x.Name, n.Sel.Name))
			}
		}
		return true
	})
	return out
}

// Each source rule is able to fail, and leaves what is fine alone.
func TestPlantedSourceIsFound(t *testing.T) {
	for name, c := range map[string]struct{ folder, text, says string }{
		"util":                  {"gateway/util", "package util", "name it after"},
		"helpers":               {"gateway/helpers", "package helpers", "name it after"},
		"types":                 {"gateway/types", "package types", "name it after"},
		"models":                {"gateway/models", "package models", "name it after"},
		"common":                {"gateway/common", "package common", "name it after"},
		"init":                  {"gateway", "package gateway\nfunc init() {}", "init function"},
		"vendor in identifier":  {"workflows/change", "package change\nfunc postToSlack() {}", "names a vendor"},
		"vendor in string":      {"activities", "package activities\nconst s = \"open in Jira\"", "names a vendor"},
		"vendor in struct tag":  {"compliance", "package compliance\ntype T struct { A string `json:\"pagerduty_id\"` }", "names a vendor"},
		"vendor in import":      {"activities", "package activities\nimport _ \"github.com/slack-go/slack\"", "names a vendor"},
		"time.Now":              {"workflows/change", "package change\nimport \"time\"\nvar t = time.Now()", "time.Now"},
		"time.Now renamed":      {"workflows/change", "package change\nimport clock \"time\"\nvar t = clock.Now()", "clock.Now"},
		"uuid":                  {"workflows/change", "package change\nimport \"github.com/google/uuid\"\nvar u = uuid.NewString()", "google/uuid"},
		"os.Getenv":             {"workflows/steps", "package steps\nimport \"os\"\nvar e = os.Getenv(\"X\")", "imports os"},
		"sync.Mutex":            {"workflows/change", "package change\nimport \"sync\"\nvar m sync.Mutex", "imports sync"},
		"go statement":          {"workflows/change", "package change\nfunc f() { go f() }", "workflow.Go"},
		"fine: comment":         {"workflows/change", "package change\n// f posts to Slack, for example.\nfunc f() {}", ""},
		"fine: method now":      {"workflows/change", "package change\nimport \"time\"\nfunc f(t time.Time) time.Time { return t.UTC() }", ""},
		"fine: vendor's folder": {"integrations/slack", "package slack\nconst s = \"slack\"", ""},
		"fine: init method":     {"gateway", "package gateway\ntype t struct{}\nfunc (t) init() {}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(c.folder, "planted.go", []byte(c.text))
			require.NoError(t, err)
			found := s.offences()
			if c.says == "" {
				require.Empty(t, found)
				return
			}
			require.NotEmpty(t, found)
			require.Contains(t, strings.Join(found, "\n"), c.says)
			require.Contains(t, found[0], c.folder+"/planted.go:")
		})
	}
}
