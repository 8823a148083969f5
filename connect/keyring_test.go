package connect_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/connect"
)

// key returns a valid key in base64, a different one for each letter.
func key(letter byte) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(letter), 32)))
}

func ring(t testing.TB, ids ...string) *connect.KeyRing {
	t.Helper()
	entries := make([]string, len(ids))
	for i, id := range ids {
		entries[i] = id + ":" + key(id[0])
	}
	r, err := connect.ParseKeyRing(strings.Join(entries, ","))
	require.NoError(t, err)
	return r
}

func TestParseKeyRing(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		ids  []string
		err  string
	}{
		"one":                 {"a:" + key('a'), []string{"a"}, ""},
		"first encrypts":      {"new.2026-01:" + key('n') + ",old:" + key('o'), []string{"new.2026-01", "old"}, ""},
		"a file with lines":   {"a:" + key('a') + "\r\n  b:" + key('b') + "\n\n", []string{"a", "b"}, ""},
		"nothing":             {"", nil, "no key is given"},
		"only separators":     {" ,\n,", nil, "no key is given"},
		"no id":               {key('a'), nil, "entry 1 is not of the form id:key"},
		"empty id":            {":" + key('a'), nil, "entry 1"},
		"id with a space":     {"a:" + key('a') + ",my key:" + key('b'), nil, "entry 2"},
		"id too long":         {strings.Repeat("i", 33) + ":" + key('a'), nil, "entry 1"},
		"twice":               {"a:" + key('a') + ",a:" + key('b'), nil, `"a" is given twice`},
		"not base64":          {"a:" + strings.Repeat("!", 44), nil, `key "a" is not 32 bytes`},
		"AES-128":             {"a:" + base64.StdEncoding.EncodeToString(make([]byte, 16)), nil, `key "a" is not 32 bytes`},
		"too long":            {"a:" + base64.StdEncoding.EncodeToString(make([]byte, 33)), nil, `key "a" is not 32 bytes`},
		"without its padding": {"a:" + strings.TrimRight(key('a'), "="), nil, `key "a" is not 32 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := connect.ParseKeyRing(test.text)
			if test.err == "" {
				require.NoError(t, err)
				require.Equal(t, test.ids, got.IDs())
				require.True(t, got.Encrypts())
				return
			}
			require.ErrorContains(t, err, test.err)
			require.NotContains(t, err.Error(), key('a'))
			require.NotContains(t, err.Error(), key('b'))
		})
	}
}

func TestKeyRingFrom(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "keys")
	require.NoError(t, os.WriteFile(file, []byte("f:"+key('f')+"\n"), 0o600))
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for name, test := range map[string]struct {
		env map[string]string
		ids []string
		err string
	}{
		"unset":        {nil, nil, ""},
		"variable":     {map[string]string{connect.EnvKeys: "v:" + key('v')}, []string{"v"}, ""},
		"file":         {map[string]string{connect.EnvKeysFile: file}, []string{"f"}, ""},
		"both":         {map[string]string{connect.EnvKeys: "v:" + key('v'), connect.EnvKeysFile: file}, nil, "both set"},
		"set to empty": {map[string]string{connect.EnvKeys: ""}, nil, "no key is given"},
		"empty file":   {map[string]string{connect.EnvKeysFile: empty}, nil, empty},
		"no file":      {map[string]string{connect.EnvKeysFile: file + "x"}, nil, connect.EnvKeysFile},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := connect.KeyRingFrom(func(name string) (string, bool) { v, ok := test.env[name]; return v, ok })
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.ids, got.IDs())
			require.Equal(t, test.ids != nil, got.Encrypts())
		})
	}
}

func TestKeyRing_PrintsNoKey(t *testing.T) {
	r := ring(t, "a", "b")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		require.Equal(t, "keys[a b]", fmt.Sprintf(verb, r), verb)
	}
	require.Contains(t, fmt.Sprintf("%+v", connect.Options{Keys: r}), "keys[a b]")
	require.Equal(t, "keys[]", fmt.Sprint((*connect.KeyRing)(nil)))
}

func FuzzParseKeyRing(f *testing.F) {
	f.Add("a:" + key('a'))
	f.Add("a:" + key('a') + ",b:" + key('b'))
	f.Add("a:b\n::,")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := connect.ParseKeyRing(text)
		if err != nil {
			require.Nil(t, got)
			return
		}
		require.True(t, got.Encrypts())
		for _, id := range got.IDs() {
			require.Contains(t, text, id+":")
		}
	})
}
