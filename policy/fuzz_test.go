package policy

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseFile feeds one file to the whole loader: whatever it holds, the
// loader ends, names every problem with a file and a text, and gives a policy
// exactly when there is no problem.
func FuzzParseFile(f *testing.F) {
	err := fs.WalkDir(ExampleFS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(ExampleFS(), name)
		f.Add(name, data)
		return err
	})
	require.NoError(f, err)
	for _, text := range []string{
		"", "\xff", "a: &x [*x]", "? a\n: b", "- - - -", "{{{{[[[[", "a: |\n  b\nc: >-\n  d", "a: .inf", "a: 0x1F\nb: 1e999",
		"apiVersion: countersign/v1\nkind: calendars\ncalendars: [{name: a, zone: ../../etc/passwd}]",
		"apiVersion: countersign/v1\nkind: people\npeople: [{id: a, name: a, zone: UTC, accounts: {a: a}, deputies: [{person: a, from: 0000-01-01, until: 9999-12-31}]}]",
	} {
		f.Add("rules/calendars.yaml", []byte(text))
		f.Add("directory/people.yaml", []byte(text))
	}
	base := read(ExampleFS())
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if len(data) > 1<<16 || !(strings.HasPrefix(name, "rules/") || strings.HasPrefix(name, "directory/")) {
			t.Skip()
		}
		edited := files{data: map[string][]byte{name: data}, names: []string{name}}
		for _, n := range base.names {
			if n != name {
				edited.names = append(edited.names, n)
				edited.data[n] = base.data[n]
			}
		}
		rules, directory, problems := edited.load()
		for _, p := range problems {
			require.NotEmpty(t, p.File)
			require.NotEmpty(t, p.Text)
			require.GreaterOrEqual(t, p.Line, 0)
		}
		if len(problems) == 0 {
			require.NotNil(t, rules)
			require.NotNil(t, directory)
			restored, err := Restore(rules.Canonical())
			require.NoError(t, err)
			require.Equal(t, rules.Hash, restored.Hash)
		} else {
			require.Nil(t, rules)
		}
	})
}
