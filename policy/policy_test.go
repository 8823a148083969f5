package policy_test

import (
	"io/fs"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
)

// example returns the example policy's files, free to be changed.
func example(t require.TestingT) fstest.MapFS {
	out := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(policy.ExampleFS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(policy.ExampleFS(), name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	}))
	return out
}

// with replaces files of the example; an empty text removes one.
func with(t require.TestingT, files map[string]string) fstest.MapFS {
	out := example(t)
	for name, text := range files {
		if text == "" {
			delete(out, name)
			continue
		}
		out[name] = mapFile(text)
	}
	return out
}

func mapFile(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func load(t require.TestingT, fsys fs.FS) (*policy.Rules, *policy.Directory) {
	rules, directory, err := policy.LoadFS(fsys)
	require.NoError(t, err)
	return rules, directory
}

func problems(t require.TestingT, fsys fs.FS) policy.Problems {
	rules, directory, err := policy.LoadFS(fsys)
	var out policy.Problems
	require.ErrorAs(t, err, &out)
	require.NotEmpty(t, out)
	require.Nil(t, rules)
	require.Nil(t, directory)
	return out
}

// calendars is a calendars file whose calendar "production" holds the given entries.
func calendars(zone, entries string) string {
	return "apiVersion: countersign/v1\nkind: calendars\ncalendars:\n" +
		"  - name: yard\n    zone: UTC\n    freezes: [{name: x, start: \"2030-01-01T00:00\", end: \"2030-01-02T00:00\"}]\n" +
		"  - name: production\n    zone: " + zone + "\n" + entries
}
