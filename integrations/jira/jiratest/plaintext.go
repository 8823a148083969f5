package jiratest

import (
	"regexp"
	"strings"
)

var (
	wikiMention = regexp.MustCompile(`\[~accountid:([^\]]+)\]`)
	wikiBold    = regexp.MustCompile(`(?m)(^|[\s(])\*([^*\n]+)\*`)
	wikiEscape  = regexp.MustCompile(`\\([^\sA-Za-z0-9])`)
)

// PlainText shows the wiki text of a comment to a reader without markup:
// mentions by name, bold words plain, escapes resolved.
func (s *Server) PlainText(wiki string) string {
	// Escaped characters are set aside first, so that they are no markup.
	var aside []string
	text := wikiEscape.ReplaceAllStringFunc(wiki, func(m string) string {
		aside = append(aside, m[1:])
		return "\x00"
	})
	text = wikiMention.ReplaceAllStringFunc(text, func(m string) string {
		user, ok := s.user(wikiMention.FindStringSubmatch(m)[1])
		if !ok {
			return "@unknown"
		}
		return "@" + user.Name
	})
	text = wikiBold.ReplaceAllString(text, "$1$2")
	text = strings.ReplaceAll(text, "&#92;", `\`)
	var b strings.Builder
	for _, part := range strings.SplitAfter(text, "\x00") {
		trimmed, cut := strings.CutSuffix(part, "\x00")
		b.WriteString(trimmed)
		if cut && len(aside) > 0 {
			b.WriteString(aside[0])
			aside = aside[1:]
		}
	}
	return b.String()
}
