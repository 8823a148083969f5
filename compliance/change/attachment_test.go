package change_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// filed is a snapshot of the ticket with these files, hashed as read.
func filed(t require.TestingT, files ...change.Attached) change.Snapshot {
	tk := with(nil)
	for _, f := range files {
		tk.Attachments = append(tk.Attachments, compliance.Attachment{ID: f.ID, Name: f.Name, Size: f.Size})
	}
	c, problems := change.Parse(tk)
	require.Empty(t, problems)
	for i, f := range files {
		c.Attachments[i].Digest = f.Digest
	}
	s, err := change.Snap(c, alice)
	require.NoError(t, err)
	return s
}

func mustJSON(t require.TestingT, v any) []byte {
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}

func attached(id, name string, fill string) change.Attached {
	return change.Attached{ID: id, Name: name, Size: int64(len(fill)), Digest: strings.Repeat(fill[:1], 64)}
}

// What is attached is material: added, missing or other bytes void the votes. A
// ticket without attachments keeps the hash it had before they were read (C14).
func TestC14_AttachmentsAreMaterial(t *testing.T) {
	none := filed(t)
	require.Equal(t, snap(t, nil).Hash, none.Hash)
	one := filed(t, attached("1", "results.xml", "a"))
	for name, is := range map[string]change.Snapshot{
		"missing":       none,
		"other bytes":   filed(t, attached("1", "results.xml", "b")),
		"other name":    filed(t, attached("1", "result.xml", "a")),
		"another one":   filed(t, attached("1", "results.xml", "a"), attached("2", "more.xml", "c")),
		"the same more": filed(t, attached("1", "results.xml", "a"), attached("2", "results.xml", "a")),
		"never read":    filed(t, change.Attached{ID: "1", Name: "results.xml", Size: 1}),
	} {
		edits := change.Edits(one, is, change.Classes{"attachments": change.Cosmetic})
		require.Len(t, edits, 1, name)
		require.Equal(t, "attachments", edits[0].Name, name)
		require.Equal(t, change.Material, edits[0].Class, name)
		require.Empty(t, edits[0].From+edits[0].To, "a name may be somebody's")
	}
	require.True(t, change.Edits(one, none, nil)[0].Removed)
	require.True(t, change.Edits(none, one, nil)[0].Added)
	again := filed(t, attached("9", "results.xml", "a"))
	require.Empty(t, change.Edits(one, again, nil), "the same file attached anew is the same content")
	require.NotContains(t, string(mustJSON(t, one)), "results.xml", "the run carries no names")
}

// The order in which a tracker lists them says nothing (C14).
func TestC14_OrderOfAttachmentsSaysNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) change.Attached {
			return attached(rapid.StringMatching(`[1-9]{3}`).Draw(t, "id"), rapid.SampledFrom([]string{"a.xml", "b.xml", "c <b>.json"}).Draw(t, "name"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "bytes"))
		}), 0, 6).Draw(t, "files")
		require.Equal(t, filed(t, files...).Hash, filed(t, rapid.Permutation(files).Draw(t, "as listed")...).Hash)
	})
}

// What breaks the bounds is a problem that says how to mend it, and is not read.
func TestC14_Bounds(t *testing.T) {
	many := make([]compliance.Attachment, change.MaxAttachments+1)
	for i := range many {
		many[i] = compliance.Attachment{ID: "1", Name: "a.txt", Size: 1}
	}
	quarter := compliance.Attachment{ID: "1", Name: "a.bin", Size: change.MaxAttachmentsSize / 3}
	for name, c := range map[string]struct {
		list []compliance.Attachment
		want string
	}{
		"too many":        {many, "has 21 attachments; at most 20"},
		"too big":         {[]compliance.Attachment{{ID: "1", Name: "film.mp4", Size: compliance.MaxAttachmentSize + 1}}, `"film.mp4" has 8.0 MiB; at most 8.0 MiB are read. Link to it`},
		"too big in all":  {[]compliance.Attachment{quarter, quarter, quarter, {ID: "2", Name: "b", Size: 1}}, "24.0 MiB together"},
		"a hidden name":   {[]compliance.Attachment{{ID: "1", Name: "safe\u202exml.exe"}}, "holds characters that cannot be shown"},
		"a line in it":    {[]compliance.Attachment{{ID: "1", Name: "a\nb"}}, "holds characters that cannot be shown"},
		"no name":         {[]compliance.Attachment{{ID: "1"}}, "is empty"},
		"a negative size": {[]compliance.Attachment{{ID: "1", Name: "a", Size: -1}}, "at most"},
	} {
		tk := with(nil)
		tk.Attachments = c.list
		content, problems := change.Parse(tk)
		require.Len(t, problems, 1, name)
		require.Equal(t, "attachments", problems[0].Field, name)
		require.Contains(t, problems[0].Text, c.want, name)
		require.False(t, change.Readable(problems), name)
		s, err := change.Snap(content, alice)
		require.NoError(t, err)
		require.NotEqual(t, snap(t, nil).Hash, s.Hash, "%s: it is another content than one without attachments", name)
		require.Empty(t, s.Attached, "nothing of it is known")
	}
	require.True(t, change.Readable([]change.Problem{{Field: "risk"}}))
}

// A digest is believed again only for the same id and size (C14).
func TestC14_KnownDigests(t *testing.T) {
	known := []change.Attached{{ID: "1", Size: 3, Digest: "d"}}
	require.Equal(t, "d", change.KnownDigest(known, change.Attached{ID: "1", Size: 3}))
	require.Empty(t, change.KnownDigest(known, change.Attached{ID: "1", Size: 4}))
	require.Empty(t, change.KnownDigest(known, change.Attached{ID: "2", Size: 3}))
}

// The card lists names, sizes and how the digests begin (C14, C20).
func TestC14_CardListsAttachments(t *testing.T) {
	c := change.Content{Attachments: []change.Attached{attached("1", "results.xml", strings.Repeat("a", 2048)), {ID: "2", Name: "film.mp4", Size: 9 << 20}}}
	for _, f := range c.Told() {
		if f.Label == "Attachments" {
			require.Equal(t, "film.mp4 (9.0 MiB, not read)\nresults.xml (2.0 KiB, SHA-256 aaaaaaaaaaaa)", f.Text)
			return
		}
	}
	t.Fatal("not listed")
}
