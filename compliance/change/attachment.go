package change

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// What is attached to a change is part of what is approved (C14): test results
// and exported flows are evidence only as the bytes they were. All of them are
// read before each submission and each start, while somebody waits; hence the bounds.
const (
	MaxAttachments     = 20
	MaxAttachmentsSize = 24 << 20 // bytes of all together

	maxFileName      = 255 // runes
	fieldAttachments = "attachments"
)

// Attached is a file attached to a change. Digest is the SHA-256 of its bytes in
// hex; empty where they were not read because the attachments break the bounds.
type Attached struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Size   int64  `json:"size"` // bytes
	Digest string `json:"digest,omitempty"`
}

// attachments reads the list of attachments, without their bytes, and says what
// keeps them from being read.
func (r *reader) attachments(list []compliance.Attachment) []Attached {
	var out []Attached
	var total int64
	for _, a := range list {
		out = append(out, Attached{ID: a.ID, Name: a.Name, Size: a.Size})
		total += max(0, a.Size)
		name := cut(a.Name, 60)
		switch odd := strings.IndexFunc(a.Name, func(c rune) bool { return unicode.IsControl(c) || Reorders(c) }); {
		case a.Name == "" || utf8.RuneCountInString(a.Name) > maxFileName || !utf8.ValidString(a.Name) || odd >= 0:
			r.problem(fieldAttachments, "The name of an attachment (%q) is empty, too long or holds characters that cannot be shown. Attach the file under another name and remove this one.", name)
		case a.Size < 0 || a.Size > compliance.MaxAttachmentSize:
			r.problem(fieldAttachments, "The attachment %q has %s; at most %s are read. Link to it instead, or split it, and remove it here.", name, spokenSize(a.Size), spokenSize(compliance.MaxAttachmentSize))
		}
	}
	if len(list) > MaxAttachments {
		r.problem(fieldAttachments, "The ticket has %d attachments; at most %d fit a change. Put several into one archive, or remove what does not belong to it.", len(list), MaxAttachments)
	}
	if total > MaxAttachmentsSize {
		r.problem(fieldAttachments, "The attachments have %s together; at most %s fit a change. Link to the largest instead, and remove them here.", spokenSize(total), spokenSize(MaxAttachmentsSize))
	}
	return out
}

// Readable reports whether the attachments keep the bounds, so that their bytes may be asked for.
func Readable(problems []Problem) bool {
	return !slices.ContainsFunc(problems, func(p Problem) bool { return p.Field == fieldAttachments })
}

// KnownDigest is the digest that an attachment had when it was read before; a
// tracker never changes what has one id.
func KnownDigest(known []Attached, a Attached) string {
	for _, k := range known {
		if k.ID == a.ID && k.Size == a.Size {
			return k.Digest
		}
	}
	return ""
}

// attachments is the material value of the attachments: name, size and digest of
// each, in an order of their own. The same file attached anew is the same content.
func (c Content) attachments() string {
	if len(c.Attachments) == 0 {
		return ""
	}
	type file struct {
		Name   string `json:"name"`
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	}
	files := make([]file, len(c.Attachments))
	for i, a := range c.Attachments {
		files[i] = file{a.Name, a.Digest, a.Size}
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Size, b.Size))
	})
	text, _ := json.Marshal(files) // strings and numbers: cannot fail
	return string(text)
}

// attached are the attachments whose bytes were read, without their names, which
// may be somebody's.
func (c Content) attached() []Attached {
	var out []Attached
	for _, a := range c.Attachments {
		if a.Digest != "" {
			out = append(out, Attached{ID: a.ID, Size: a.Size, Digest: a.Digest})
		}
	}
	return out
}

// attachmentsTold lists them for a card, by name, with what tells them from others.
func (c Content) attachmentsTold() string {
	lines := make([]string, len(c.Attachments))
	for i, a := range c.Attachments {
		digest := "not read"
		if a.Digest != "" {
			digest = "SHA-256 " + ShortHash(a.Digest)
		}
		lines[i] = fmt.Sprintf("%s (%s, %s)", cut(a.Name, 80), spokenSize(a.Size), digest)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// spokenSize is a number of bytes as people write it.
func spokenSize(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
