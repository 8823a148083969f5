package change_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// What is handed over in a way that cannot be kept is refused with how to write it. Requirement 6.
func TestRequirement6_WhatIsHandedOverHasAForm(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for name, tc := range map[string]struct {
		answers []string
		want    change.Reason
		field   string
	}{
		"nothing":             {nil, change.OK, ""},
		"a file":              {[]string{"tests", digest + " Übung (2).xml"}, change.OK, ""},
		"no digest":           {[]string{"tests", "run.xml"}, change.UnreadableFile, "tests"},
		"an empty name":       {[]string{"scan", digest + " "}, change.UnreadableFile, "scan"},
		"a path":              {[]string{"artefact", digest + " ../flow.json"}, change.UnreadableFile, "artefact"},
		"a name that turns":   {[]string{"artefact", digest + " a\u202eb.json"}, change.UnreadableFile, "artefact"},
		"a name of two lines": {[]string{"artefact", digest + " a\nb.json"}, change.UnreadableFile, "artefact"},
		"a long name":         {[]string{"artefact", digest + " " + strings.Repeat("x", 101)}, change.UnreadableFile, "artefact"},
		"a review":            {[]string{"review_link", "https://git.example/1", "review_author", "cli:jonas", "reviewer", "p-hana"}, change.OK, ""},
		"not https":           {[]string{"review_link", "http://git.example/1", "review_author", "cli:jonas", "reviewer", "p-hana"}, change.UnreadableReview, "review_link"},
		"a link of two":       {[]string{"review_link", "https://git.example/1 2", "review_author", "cli:jonas", "reviewer", "p-hana"}, change.UnreadableReview, "review_link"},
		"a reviewer of two":   {[]string{"review_link", "https://git.example/1", "review_author", "cli:jonas", "reviewer", "Hana Suzuki"}, change.UnreadableReview, "reviewer"},
		"nobody reviewed":     {[]string{"review_link", "https://git.example/1", "review_author", "cli:jonas"}, change.MissingAnswer, "reviewer"},
		"a tick and no words": {[]string{"synthetic", "yes"}, change.BadRequest, "synthetic"},
	} {
		in := compliance.Inbound{Action: change.ActionGate, Ref: "CHG-7.1.1.a0b50bbe.20c6714a0719"}
		for i := 0; i < len(tc.answers); i += 2 {
			in.Answers = append(in.Answers, compliance.Answer{Name: tc.answers[i], Value: tc.answers[i+1]})
		}
		_, reason, field := change.ParseGate(in)
		require.Equal(t, tc.want, reason, name)
		require.Equal(t, tc.field, field, name)
	}
}
