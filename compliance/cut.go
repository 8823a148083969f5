package compliance

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut is a text of at most n characters, with a mark where something is missing.
func Cut(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return strings.TrimRightFunc(string([]rune(text)[:n-1]), unicode.IsSpace) + "…"
}

// ShortDigest is the beginning of a digest, enough to compare by eye.
func ShortDigest(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(len(digest), 12)]
}
