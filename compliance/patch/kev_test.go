package patch_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

func kevFile(t require.TestingT) []byte {
	data, err := os.ReadFile("testdata/kev.json")
	require.NoError(t, err)
	return data
}

// P17: the real catalogue, with its 15 real entries that were due before they were added.
func TestP17_TheRealCatalogueAndItsContradictions(t *testing.T) {
	c, err := patch.ParseKEV(kevFile(t))
	require.NoError(t, err)
	require.Equal(t, "2025.08.25", c.Version)
	require.Equal(t, time.Date(2025, 8, 25, 17, 4, 19, 979600000, time.UTC), c.Released)
	require.Len(t, c.Entries, 27)
	require.Len(t, c.Quarantined, 15)
	for _, q := range c.Quarantined {
		require.Equal(t, patch.DueBeforeAdded, q.Reason)
		require.Contains(t, q.Detail, "added 2021-11-03")
		require.Equal(t, patch.Unknown, c.Answer(q.CVE), "assumed, not denied")
		_, ok := c.Evidence(q.CVE)
		require.False(t, ok, "its date starts no clock")
	}
	require.Equal(t, patch.Quarantined{
		CVE: "CVE-2021-34527", Reason: patch.DueBeforeAdded, Detail: "due 2021-07-20, added 2021-11-03", Vendor: "Microsoft", Product: "Windows",
	}, c.Quarantined[0])

	require.Equal(t, patch.Yes, c.Answer("CVE-2021-44228"))
	require.Equal(t, patch.No, c.Answer("CVE-2024-39888"))
	require.Equal(t, patch.Unknown, patch.Catalogue{}.Answer("CVE-2021-44228"), "never read")
	e, ok := c.Evidence("CVE-2021-44228")
	require.True(t, ok)
	require.Equal(t, patch.Evidence{Kind: patch.Listed, At: date(2021, time.December, 10), Source: "KEV 2025.08.25"}, e)
	log4j, _ := c.Find("CVE-2021-44228")
	require.True(t, log4j.Ransom)
	require.Equal(t, "Apache", log4j.Vendor)
}

// edit changes the catalogue as a value and writes it again.
func edit(t *testing.T, change func(doc map[string]any, first map[string]any)) []byte {
	var doc map[string]any
	require.NoError(t, json.Unmarshal(kevFile(t), &doc))
	list := doc["vulnerabilities"].([]any)
	change(doc, list[len(list)-1].(map[string]any))
	data, err := json.Marshal(doc)
	require.NoError(t, err)
	return data
}

func TestP17_ABrokenEntryIsSetAside(t *testing.T) {
	for name, c := range map[string]struct {
		change func(doc, last map[string]any)
		want   patch.Reason
	}{
		"no such day":         {func(_, last map[string]any) { last["dateAdded"] = "2025-02-30" }, patch.MalformedEntry},
		"a number for a date": {func(_, last map[string]any) { last["dueDate"] = 20250101 }, patch.MalformedEntry},
		"a field missing":     {func(_, last map[string]any) { delete(last, "product") }, patch.MalformedEntry},
		"no identifier":       {func(_, last map[string]any) { last["cveID"] = "CVE-21-1" }, patch.MalformedEntry},
		"due before added":    {func(_, last map[string]any) { last["dueDate"] = "2001-01-01" }, patch.DueBeforeAdded},
		"added after issued":  {func(_, last map[string]any) { last["dateAdded"], last["dueDate"] = "2025-08-26", "2025-09-26" }, patch.AddedAfterIssued},
		"twice":               {func(_, last map[string]any) { last["cveID"] = "CVE-2025-48384" }, patch.RepeatedEntry},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := patch.ParseKEV(edit(t, c.change))
			require.NoError(t, err)
			require.Len(t, got.Entries, 26)
			require.Len(t, got.Quarantined, 16)
			require.Equal(t, c.want, got.Quarantined[15].Reason)
			require.NotEmpty(t, got.Quarantined[15].Detail)
		})
	}
}

func TestP17_AWrongFeedIsRejectedWhole(t *testing.T) {
	good := string(kevFile(t))
	for name, data := range map[string]string{
		"nothing":          "",
		"an error page":    "<html><body>502</body></html>",
		"null":             "null",
		"a list":           "[]",
		"another document": `{"document":{}}`,
		"cut off":          good[:len(good)/2],
		"something behind": good + "{}",
		"not UTF-8":        strings.Replace(good, "Git", "\xff\xfe", 1),
		"a name twice":     strings.Replace(good, `"count"`, `"count": 1, "Count"`, 1),
		"too deep":         strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"a wrong count":    strings.Replace(good, `"count": 42`, `"count": 43`, 1),
		"no count":         strings.Replace(good, `"count": 42,`, "", 1),
		"no release":       strings.Replace(good, `"dateReleased"`, `"dateOfRelease"`, 1),
		"no such time":     strings.Replace(good, "2025-08-25T17:04:19.9796Z", "yesterday", 1),
		"not one entry":    `{"catalogVersion":"1","dateReleased":"2025-08-25T17:04:19Z","count":0,"vulnerabilities":[]}`,
		"entries no list":  `{"catalogVersion":"1","dateReleased":"2025-08-25T17:04:19Z","count":0,"vulnerabilities":{}}`,
		"nothing usable":   `{"catalogVersion":"1","dateReleased":"2025-08-25T17:04:19Z","count":2,"vulnerabilities":[1,null]}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, err := patch.ParseKEV([]byte(data))
			var rejected *patch.DocumentError
			require.ErrorAs(t, err, &rejected)
			require.NotEmpty(t, rejected.Defects)
			require.Zero(t, c)
			require.Less(t, len(err.Error()), 600)
		})
	}
}

func TestP17_AFeedGrowsStale(t *testing.T) {
	require.Equal(t, patch.FeedUnread, patch.JudgeFeed(time.Time{}, 0, noon))
	require.Equal(t, patch.FeedUnread, patch.JudgeFeed(noon.Add(1), 0, noon), "a reading in the future is none")
	require.Equal(t, patch.OK, patch.JudgeFeed(noon, 0, noon))
	require.Equal(t, patch.OK, patch.JudgeFeed(noon, 0, hours(26)), "26 hours where the rules give none")
	require.Equal(t, patch.FeedStale, patch.JudgeFeed(noon, 2*time.Hour, hours(3)))
	require.Equal(t, patch.OK, patch.JudgeFeed(noon, 48*time.Hour, hours(48)))
	require.Equal(t, patch.FeedStale, patch.JudgeFeed(noon, 0, hours(26).Add(1)))
}

func TestP17_ReleasesFollowEachOther(t *testing.T) {
	held, err := patch.ParseKEV(kevFile(t))
	require.NoError(t, err)
	next, err := patch.ParseKEV(edit(t, func(doc, last map[string]any) {
		doc["dateReleased"], last["cveID"] = "2025-08-26T10:00:00Z", "CVE-2025-99999"
	}))
	require.NoError(t, err)
	require.Equal(t, patch.OK, next.Replaces(held))
	require.Equal(t, patch.OK, held.Replaces(held))
	require.Equal(t, patch.FeedOlder, held.Replaces(next))
	require.Equal(t, []string{"CVE-2025-99999"}, next.Added(held))
	require.Empty(t, held.Added(held))
}

func FuzzParseKEV(f *testing.F) {
	f.Add(kevFile(f))
	f.Add([]byte(`{"catalogVersion":"1","dateReleased":"2025-08-25T17:04:19Z","count":1,"vulnerabilities":[{"cveID":"CVE-2025-0001","vendorProject":"v","product":"p","vulnerabilityName":"n","dateAdded":"2025-01-01","shortDescription":"s","requiredAction":"a","dueDate":"2025-01-02"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := patch.ParseKEV(data)
		if err != nil {
			var rejected *patch.DocumentError
			require.True(t, errors.As(err, &rejected), "%v", err)
			require.Zero(t, c)
			return
		}
		require.NotEmpty(t, c.Entries)
		for _, e := range c.Entries {
			require.False(t, e.DueDate.Before(e.Added))
			require.False(t, e.Added.After(c.Released))
			require.Equal(t, patch.Yes, c.Answer(e.CVE))
		}
	})
}
