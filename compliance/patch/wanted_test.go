package patch

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWantedProducts(t *testing.T) {
	for _, c := range []struct {
		want            WantedProduct
		vendor, product string
		matches         bool
	}{
		{WantedProduct{"Siemens", "Mendix SAML"}, "Siemens", "Mendix SAML (Mendix 9 compatible, New Track)", true},
		{WantedProduct{"", "mendix"}, "Siemens", "Mendix Runtime V8", true},
		{WantedProduct{"siemens ag", "Mendix"}, "Siemens", "Mendix", false},
		{WantedProduct{"Microsoft", "Mendix"}, "Siemens", "Mendix", false},
		{WantedProduct{"", "Mend"}, "Siemens", "Mendix", false},
		{WantedProduct{"", "Mendix 9"}, "", "Mendix SAML 9", false},
		{WantedProduct{"", "Node-RED"}, "", "node_red", true},
		{WantedProduct{"", ""}, "", "anything", false},
		{WantedProduct{"", " - "}, "", "anything", false},
		{WantedProduct{"", "Müller"}, "", "MÜLLER Suite", true},
	} {
		require.Equal(t, c.matches, c.want.Matches(c.vendor, c.product), "%+v", c)
	}
}

func TestSelectCountsWhatIsLeftOut(t *testing.T) {
	data, err := os.ReadFile("testdata/kev.json")
	require.NoError(t, err)
	c, err := ParseKEV(data)
	require.NoError(t, err)
	vendor, product := c.Entries[0].Vendor, c.Entries[0].Product
	some, more := c.Select(Wanted{CVEs: []string{c.Entries[3].CVE}, Products: []WantedProduct{{vendor, product}}}, 10)
	require.GreaterOrEqual(t, len(some), 2)
	require.Zero(t, more)
	_, more = c.Select(Wanted{CVEs: []string{c.Entries[3].CVE, c.Entries[4].CVE, c.Entries[5].CVE}}, 1)
	require.Equal(t, 2, more)
	two, more := c.Select(Wanted{CVEs: []string{"CVE-2021-44228", "CVE-2023-4863", "CVE-2025-48384"}}, 2)
	require.Equal(t, 1, more)
	require.Equal(t, []string{"CVE-2025-48384", "CVE-2023-4863"}, []string{two[0].CVE, two[1].CVE}, "the oldest is left out")
	none, more := c.Select(Wanted{}, 10)
	require.Empty(t, none)
	require.Zero(t, more)
}

func entry(id, updated, src string) string {
	return `{"id":"` + id + `","updated":"` + updated + `","content":{"src":"` + src + `"}}`
}

// P17 for an index: one broken entry does not take the others with it.
func TestP17_ParseIndex(t *testing.T) {
	good := entry("A-1", "2026-01-01T00:00:00Z", "https://p.example/a-1.json")
	for text, says := range map[string]string{
		entry("", "2026-01-01T00:00:00Z", "https://p.example/a.json"):        "id is empty",
		entry("A-2", "yesterday", "https://p.example/a.json"):                "time of update",
		entry("A-2", "0001-01-01T00:00:00Z", "https://p.example/a.json"):     "time of update",
		entry("A-2", "2026-01-01T00:00:00Z", ""):                             "no address",
		entry("A-2", "2026-01-01T00:00:00Z", "a.json"):                       "no address",
		entry("A-2", "2026-01-01T00:00:00Z", "https://p.example/a.exe"):      "no address",
		entry("A-2", "2026-01-01T00:00:00Z", "https://u:p@p.example/a.json"): "no address",
		entry("A-1", "2026-02-01T00:00:00Z", "https://p.example/a-1.json"):   "more than once",
	} {
		list, bad, err := ParseIndex([]byte(`{"feed":{"entry":[` + good + `,` + text + `]}}`))
		require.NoError(t, err, text)
		require.Len(t, list, 1, text)
		require.Len(t, bad, 1, text)
		require.Contains(t, bad[0].Detail, says)
	}
	for _, text := range []string{"", "[]", "{}", `{"feed":1}`, `{"feed":{"entry":[1]}}`, `{"feed":{},"Feed":{}}`, "<html>"} {
		_, _, err := ParseIndex([]byte(text))
		var rejected *DocumentError
		require.ErrorAs(t, err, &rejected, text)
	}
	list, _, err := ParseIndex([]byte(`{"feed":{"entry":[{"id":"B","updated":"2026-03-01T00:00:00+02:00","link":[{"rel":"self","href":"https://p.example/b.JSON"}]},` + good + `]}}`))
	require.NoError(t, err)
	require.Equal(t, "B", list[0].ID, "newest first")
	require.Equal(t, time.Date(2026, 2, 28, 22, 0, 0, 0, time.UTC), list[0].Updated)
}

// Reading on misses none and gives none twice, however many share an instant.
func TestPropertyReadOnMissesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var texts []string
		n := rapid.IntRange(0, 40).Draw(t, "n")
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range n {
			at := day.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "day")).Format(time.RFC3339)
			texts = append(texts, entry("A-"+strings.Repeat("i", i+1), at, "https://p.example/a.json"))
		}
		list, bad, err := ParseIndex([]byte(`{"feed":{"entry":[` + strings.Join(texts, ",") + `]}}`))
		require.NoError(t, err)
		require.Empty(t, bad)
		seen := map[string]bool{}
		var at IndexCursor
		limit := rapid.IntRange(1, 10).Draw(t, "limit")
		for range n + 1 {
			var some []IndexEntry
			var more int
			some, more, at = ReadOn(list, at, limit)
			require.LessOrEqual(t, len(some), limit)
			for _, l := range some {
				require.False(t, seen[l.ID], "given twice")
				seen[l.ID] = true
			}
			require.Equal(t, n-len(seen), more)
		}
		require.Len(t, seen, n)
	})
}

func FuzzParseIndex(f *testing.F) {
	f.Add([]byte(`{"feed":{"entry":[` + entry("A-1", "2026-01-01T00:00:00Z", "https://p.example/a-1.json") + `]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, bad, err := ParseIndex(data)
		if err != nil {
			require.Empty(t, list)
			require.Empty(t, bad)
			return
		}
		some, more, _ := ReadOn(list, IndexCursor{}, 5)
		require.Equal(t, len(list), len(some)+more)
	})
}
