package dependency_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/dependency"
)

// lock is a lock file with the entries that are given beside its root.
func lock(entries ...string) []byte {
	all := append([]string{`"":{"name":"flows","version":"1.0.0"}`}, entries...)
	return []byte(`{"name":"flows","lockfileVersion":3,"packages":{` + strings.Join(all, ",") + `}}`)
}

func entry(at, version string) string {
	name := at[strings.LastIndex(at, "node_modules/")+len("node_modules/"):]
	file := name[strings.LastIndex(name, "/")+1:]
	return fmt.Sprintf(`%q:{"version":%q,"resolved":"https://registry.npmjs.org/%s/-/%s-%s.tgz"}`, at, version, name, file, version)
}

func parse(t *testing.T, data []byte) dependency.Manifest {
	t.Helper()
	m, err := dependency.Parse("package-lock.json", data)
	require.NoError(t, err)
	return m
}

func TestRequirement10_ALockFileNamesWhatWillBeThere(t *testing.T) {
	m := parse(t, lock(
		entry("node_modules/lodash", "4.17.20"), entry("node_modules/a/node_modules/lodash", "4.17.21"),
		entry("node_modules/@node-red/util", "4.0.0"), entry("node_modules/b/node_modules/lodash", "4.17.21"),
		`"node_modules/own":{"link":true,"resolved":"packages/own"}`, `"packages/own":{"version":"0.1.0"}`,
		entry("packages/own/node_modules/ms", "2.1.3"),
		`"node_modules/old-ms":{"name":"ms","version":"1.0.0","resolved":"https://registry.npmjs.org/ms/-/ms-1.0.0.tgz"}`,
		`"node_modules/forked":{"version":"1.0.0","resolved":"git+ssh://git@github.com/a/forked.git#0123456"}`,
		`"node_modules/bundled":{"version":"1.0.0","inBundle":true}`,
	))
	require.Equal(t, dependency.LockFile, m.Kind)
	require.False(t, m.Partial())
	require.Equal(t, []string{
		"pkg:npm/%40node-red/util@4.0.0", "pkg:npm/bundled@1.0.0", "pkg:npm/forked@1.0.0", "pkg:npm/lodash@4.17.20", "pkg:npm/lodash@4.17.21",
		"pkg:npm/ms@1.0.0", "pkg:npm/ms@2.1.3",
	}, m.PURLs())
	require.Len(t, m.Components, 7, "what is installed twice is one component")
	require.Equal(t, dependency.Component{Package: "pkg:npm/%40node-red/util", Name: "@node-red/util", Version: "4.0.0", Source: "registry.npmjs.org"}, m.Components[0])
	require.Equal(t, "git+ssh://github.com", m.Components[2].Source)
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, m.Digest)
}

func TestRequirement10_APackageFileNamesOnlyWhatIsAskedFor(t *testing.T) {
	m := parse(t, []byte(`{"name":"flows","version":"1.0.0","dependencies":{"lodash":"^4.17.0","short":"npm:@a/long@~1.2","f":"a/f","g":"git+https://example.org/g"},"devDependencies":{"mocha":"10.0.0"}}`))
	require.True(t, m.Partial())
	require.Empty(t, m.PURLs(), "a range is no version")
	require.Equal(t, []dependency.Component{
		{Package: "pkg:npm/%40a/long", Name: "@a/long", Range: "~1.2"},
		{Package: "pkg:npm/f", Name: "f", Range: "a/f", Source: "git://"},
		{Package: "pkg:npm/g", Name: "g", Range: "git+https://example.org/g", Source: "git+https://"},
		{Package: "pkg:npm/lodash", Name: "lodash", Range: "^4.17.0"},
		{Package: "pkg:npm/mocha", Name: "mocha", Range: "10.0.0"},
	}, m.Components)
}

func TestRequirement10_AnInventoryNamesItsComponents(t *testing.T) {
	m := parse(t, []byte(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
		{"type":"library","name":"lodash","version":"4.17.21","purl":"pkg:npm/lodash@4.17.21","components":[
			{"type":"library","group":"org.apache.logging.log4j","name":"log4j-core","version":"2.14.1","purl":"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar"}]},
		{"type":"library","name":"mirrored","version":"1.0.0","purl":"pkg:npm/mirrored@1.0.0?repository_url=https://npm.example.org/x"},
		{"type":"library","name":"handmade","version":"3"},
		{"type":"file","name":"logo.png"}]}`))
	require.Equal(t, dependency.SBOM, m.Kind)
	require.Equal(t, []string{"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "pkg:npm/lodash@4.17.21", "pkg:npm/mirrored@1.0.0"}, m.PURLs())
	require.Equal(t, dependency.Component{Name: "handmade", Version: "3"}, m.Components[0])
	require.Equal(t, "npm.example.org", m.Components[2].Source)
}

// Each of these would be read otherwise by another program than by us, or is none
// of the forms; none may become a manifest that passes.
func TestRequirement10_WhatIsNoManifestIsRefusedWithTheWayOut(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	for name, c := range map[string]struct{ data, says string }{
		"a page":                     {"<!doctype html>", "no JSON"},
		"cut off":                    {`{"lockfileVersion":3,"packages":{"":{}`, "cut off"},
		"a list":                     {`[1]`, "no JSON object"},
		"something else":             {`{"a":1}`, "give one of these"},
		"something after it":         {string(lock()) + "{}", "no JSON object"},
		"no UTF-8":                   {"{\"name\":\"\xff\"}", "UTF-8"},
		"deep":                       {deep, "nested"},
		"large":                      {`{"lockfileVersion":3,"x":"` + strings.Repeat("x", 10<<20) + `"}`, "at most"},
		"an old lock file":           {`{"lockfileVersion":1,"dependencies":{}}`, "npm 7"},
		"without packages":           {`{"lockfileVersion":2}`, "packages"},
		"a version twice":            {string(lock(`"node_modules/a":{"version":"1.0.0","version":"2.0.0"}`)), "twice"},
		"an entry twice":             {string(lock(entry("node_modules/a", "1.0.0"), entry("node_modules/a", "2.0.0"))), "twice"},
		"without a version":          {string(lock(`"node_modules/a":{}`)), "no version"},
		"a version of another type":  {string(lock(`"node_modules/a":{"version":1}`)), "no text"},
		"a version of another case":  {string(lock(`"node_modules/a":{"Version":"1.0.0"}`)), "no version"},
		"a name that is none":        {string(lock(`"node_modules/a b":{"version":"1.0.0"}`)), "no name"},
		"a link that is none":        {string(lock(`"node_modules/a":{"version":"1.0.0","link":"yes"}`)), "link"},
		"a path that goes astray":    {string(lock(`"node_modules/../a":{"version":"1.0.0"}`)), "astray"},
		"another package's address":  {string(lock(`"node_modules/lodash":{"version":"4.17.21","resolved":"https://registry.npmjs.org/evil/-/evil-1.0.0.tgz"}`)), "fetched as"},
		"another version's address":  {string(lock(`"node_modules/lodash":{"version":"4.17.21","resolved":"https://registry.npmjs.org/lodash/-/lodash-4.17.20.tgz"}`)), "fetched as"},
		"dependencies that are none": {`{"version":"1","dependencies":["a"]}`, "names and ranges"},
		"another inventory":          {`{"bomFormat":"SPDX","specVersion":"1.6"}`, "only CycloneDX"},
		"an inventory too new":       {`{"bomFormat":"CycloneDX","specVersion":"9.9"}`, "CycloneDX"},
		"components in two cases":    {`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[],"Components":[]}`, "twice"},
		"a package URL that is none": {`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a","purl":"npm/a@1"}]}`, "write it as"},
		"two versions":               {`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a","version":"2","purl":"pkg:npm/a@1"}]}`, "make the inventory anew"},
		"a nameless component":       {`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library"}]}`, "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dependency.Parse("given.json", []byte(c.data))
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "given.json: ")
			require.Less(t, len(err.Error()), 500)
			var refused *dependency.ParseError
			require.ErrorAs(t, err, &refused)
		})
	}
}

func TestRequirement10_AManifestOfTooManyPackagesIsRefused(t *testing.T) {
	entries := make([]string, 20_001)
	for i := range entries {
		entries[i] = fmt.Sprintf(`"node_modules/p%d":{"version":"1.0.0"}`, i)
	}
	_, err := dependency.Parse("package-lock.json", lock(entries...))
	require.ErrorContains(t, err, "at most 20000")
}

// Paths may differ in case only: npm has such packages.
func TestRequirement10_PackagesThatDifferInCaseAreTwo(t *testing.T) {
	require.Len(t, parse(t, lock(entry("node_modules/JSONStream", "1.0.0"), entry("node_modules/jsonstream", "1.0.0"))).Components, 2)
}

func FuzzParse(f *testing.F) {
	f.Add(lock(entry("node_modules/lodash", "4.17.20"), entry("node_modules/@a/b", "1.0.0")))
	f.Add([]byte(`{"version":"1","dependencies":{"a":"npm:@b/c@^1"}}`))
	f.Add([]byte(`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":"a","purl":"pkg:npm/%40a/b@1?vcs_url=git://x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := dependency.Parse("x", data)
		if err != nil {
			require.Less(t, len(err.Error()), 1000)
			return
		}
		again, err := dependency.Parse("x", data)
		require.NoError(t, err)
		require.Equal(t, m, again)
		for _, c := range m.Components {
			require.NotEmpty(t, c.String())
			require.Equal(t, c.Package != "" && c.Version != "", c.PURL() != "", "%+v", c)
		}
	})
}
