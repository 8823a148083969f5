package patch_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

// P17: what is dated in the future would keep out what comes after it, so it is not
// believed; a day is a matter of clocks and time zones.
func TestP17_WhatIsDatedInTheFutureIsNotBelieved(t *testing.T) {
	require.Empty(t, patch.Early(since, since))
	require.Empty(t, patch.Early(since.Add(24*time.Hour), since))
	require.Empty(t, patch.Early(time.Time{}, since))
	require.Contains(t, patch.Early(since.Add(24*time.Hour+time.Second), since), "yet to come")

	entry := func(id, address string, updated time.Time) patch.IndexEntry {
		return patch.IndexEntry{ID: id, Address: address, Updated: updated}
	}
	list := []patch.IndexEntry{
		entry("A", "https://publisher.example/a.json", since),
		entry("B", "https://publisher.example/b.json", since.AddDate(73, 0, 0)),
		entry("C", "http://127.0.0.1:8080/admin.json", since),
		entry("D", "https://169.254.169.254/latest.json", since),
		entry("E", "https://localhost/e.json", since),
		entry("F", "https://[::ffff:10.0.0.1]/f.json", since),
	}
	good, bad := patch.Believed(list, "https://publisher.example/index.json", since)
	require.Equal(t, list[:1], good)
	require.Len(t, bad, 5)
	require.Contains(t, bad[0].Detail, "B: it is dated 2099")
	for _, q := range bad[1:] {
		require.Contains(t, q.Detail, "inside this network")
	}
	good, _ = patch.Believed(list, "http://127.0.0.1:9999/index.json", since)
	require.Len(t, good, 5, "a mirror of one's own lists what is beside it")
	good, _ = patch.Believed(list, "/var/lib/mirror/index.json", since)
	require.Len(t, good, 5)
}

// P17: a release that lost most of its entries would clear everything that is missing.
func TestP17_AShrunkenCatalogueIsNotBelieved(t *testing.T) {
	of := func(n int) patch.Catalogue { return patch.Catalogue{Entries: make([]patch.Exploited, n)} }
	require.Empty(t, of(50).Shrunk(of(100)))
	require.Empty(t, of(1).Shrunk(patch.Catalogue{}))
	require.Contains(t, of(49).Shrunk(of(100)), "it holds 49 entries, and the one in force 100")
}

// P17: names that are none put their entry aside, and not the reading out of bounds.
func TestP17_NamesAreBounded(t *testing.T) {
	raw, err := os.ReadFile("testdata/kev.json")
	require.NoError(t, err)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(raw, &doc))
	entries := doc["vulnerabilities"].([]any)
	entries[0].(map[string]any)["product"] = strings.Repeat("\u202e\U0001F525", 1<<16)
	cve := entries[0].(map[string]any)["cveID"].(string)
	raw, err = json.Marshal(doc)
	require.NoError(t, err)
	c, err := patch.ParseKEV(raw)
	require.NoError(t, err)
	require.Equal(t, cve, c.Quarantined[0].CVE)
	require.Equal(t, "its product has 131072 characters, which is no name", c.Quarantined[0].Detail)
	require.Less(t, len(c.Quarantined[0].Product), 1000)
	require.Equal(t, patch.Unknown, c.Answer(cve))

	doc["catalogVersion"] = strings.Repeat("2", 5000)
	raw, err = json.Marshal(doc)
	require.NoError(t, err)
	_, err = patch.ParseKEV(raw)
	require.ErrorContains(t, err, "is no version")
	require.Less(t, len(err.Error()), 200)
}

// A document that is listed later than it is dated is read all the same.
func TestIndexGoesBackForWhatIsListedLate(t *testing.T) {
	at := func(id string, days int) patch.IndexEntry {
		return patch.IndexEntry{ID: id, Updated: since.AddDate(0, 0, days)}
	}
	before := []patch.IndexEntry{at("A", -1), at("B", -5)}
	from := patch.IndexCursor{Updated: since.AddDate(0, 0, -1), ID: "A"}
	read := func(list []patch.IndexEntry) (ids []string) {
		next, _, _ := patch.ReadOn(list, patch.Behind(list, before, from, since.AddDate(0, 0, -90)), 50)
		for _, l := range next {
			ids = append(ids, l.ID)
		}
		return ids
	}
	require.Empty(t, read(before))
	require.Equal(t, []string{"N"}, read(append([]patch.IndexEntry{at("N", 0)}, before...)))
	require.Equal(t, []string{"C", "A"}, read(append([]patch.IndexEntry{at("C", -3)}, before...)), "and what is dated after it, again")
	require.Empty(t, read(append([]patch.IndexEntry{at("OLD", -91)}, before...)))
	require.Equal(t, from, patch.Behind(before, nil, from, since))
}
