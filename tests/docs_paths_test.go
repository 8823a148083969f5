package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Files and folders of the repository that pages name are there. `<vendor>` stands for
// any one that is.
func TestDocs_NamedPathsExist(t *testing.T) {
	checked := 0
	for _, page := range pages(t) {
		if strings.HasSuffix(page, "CHANGELOG.md") || strings.HasPrefix(page, "../docs/adr/") {
			continue // they tell of their day
		}
		for _, named := range quoted(withoutBlocks(text(t, page))) {
			if pattern, ok := ofRepository(t, named); ok {
				found, err := filepath.Glob(pattern)
				require.NoError(t, err)
				require.NotEmpty(t, found, "%s names `%s`, which is not there", page, named)
				checked++
			}
		}
	}
	require.Greater(t, checked, 60)
}

// Whoever opens the repository finds each folder in the README.
func TestDocs_EveryFolderIsExplained(t *testing.T) {
	var told []string
	for _, row := range table(t, "../README.md", "folder") {
		for _, name := range quoted(row["folder"]) {
			told = append(told, strings.TrimSuffix(name, "/"))
		}
	}
	entries, err := os.ReadDir("..")
	require.NoError(t, err)
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || e.Name() == "bin" {
			continue
		}
		require.True(t, slices.ContainsFunc(told, func(name string) bool { return strings.Split(name, "/")[0] == e.Name() }), "README.md does not explain %s/", e.Name())
	}
	for _, name := range told {
		require.DirExists(t, filepath.Join("..", name))
	}
}

// What CONTRIBUTING tells an engineer to use is declared somewhere.
func TestDocs_ContributingNamesWhatExists(t *testing.T) {
	declared := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type |\s+|const |var )([A-Z]\w*)`)
	for _, pattern := range []string{"../*/*.go", "../*/*/*.go", "../*/*/*/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			for _, m := range declaration.FindAllStringSubmatch(text(t, file), -1) {
				declared[m[1]] = true
			}
		}
	}
	checked := 0
	for _, named := range quoted(withoutBlocks(text(t, "../CONTRIBUTING.md"))) {
		m := regexp.MustCompile(`^(?:\*?[a-z]+\.)?([A-Z][A-Za-z]+)$`).FindStringSubmatch(named)
		if m == nil || strings.HasPrefix(named, "workflow.") || strings.HasPrefix(named, "env.") { // the SDK's
			continue
		}
		require.True(t, declared[m[1]], "CONTRIBUTING.md names `%s`, which nothing declares", named)
		checked++
	}
	require.Greater(t, checked, 5)
}

// ofRepository makes a pattern of a name that looks like a path in the repository.
func ofRepository(t *testing.T, named string) (string, bool) {
	t.Helper()
	named = regexp.MustCompile(`\.[A-Z]\w*(\(\))?$`).ReplaceAllString(named, "") // what a package declares
	named = strings.TrimSuffix(named, "/...")
	if !regexp.MustCompile(`^[A-Za-z0-9_.<>*-]+(/[A-Za-z0-9_.<>*-]*)+$`).MatchString(named) {
		return "", false
	}
	first := strings.Split(named, "/")[0]
	if info, err := os.Stat(filepath.Join("..", first)); err != nil || !info.IsDir() {
		return "", false // an address, a media type, a folder of somebody else
	}
	return filepath.Join("..", regexp.MustCompile(`<[a-z]+>`).ReplaceAllString(named, "*")), true
}

// withoutBlocks is a page without its blocks of code.
func withoutBlocks(page string) string {
	return regexp.MustCompile("(?s)```.*?```").ReplaceAllString(page, "")
}
