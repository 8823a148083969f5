package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/rules"
)

// Every sighting, by what is in force.
func TestC37_WhatASightingComesTo(t *testing.T) {
	free := rules.Standing{Version: rules.Version{Rules: "r1", Directory: "d1"}, Moves: 1}
	locked := free
	locked.Required = true
	for name, c := range map[string]struct {
		in   rules.Standing
		seen rules.Sighting
		want string // type key, one after the other
	}{
		"the first ever":                 {rules.Standing{}, rules.Sighting{Rules: "r1", Directory: "d1"}, "rules.first rules/move/1"},
		"broken before anything is good": {rules.Standing{}, rules.Sighting{Directory: "d1", Broken: "x"}, ""},
		"what is in force":               {free, rules.Sighting{Rules: "r1", Directory: "d1"}, ""},
		"an edit":                        {free, rules.Sighting{Rules: "r2", Directory: "d1"}, "rules.edited rules/move/2"},
		"an edit that locks":             {free, rules.Sighting{Rules: "r2", Required: true, Directory: "d1"}, "rules.edited rules/move/2"},
		"an edit of both":                {free, rules.Sighting{Rules: "r2", Directory: "d2"}, "rules.edited rules/move/2, rules.directory_edited rules/move/3"},
		"a broken edit":                  {free, rules.Sighting{Directory: "d1", Broken: "x"}, "rules.broken rules/broken/x"},
		"an edit where it takes a change": {locked, rules.Sighting{Rules: "r2", Directory: "d2"},
			"rules.held rules/held/r1/r2, rules.directory_edited rules/move/2"},
		"an edit that unlocks": {locked, rules.Sighting{Rules: "r2", Directory: "d1"}, "rules.held rules/held/r1/r2"},
		"the edit taken back":  {locked, rules.Sighting{Rules: "r1", Required: true, Directory: "d1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range c.in.Judge(c.seen) {
				got = append(got, m.Type+" "+m.Key)
			}
			require.Equal(t, c.want, strings.Join(got, ", "))
		})
	}
}

func TestC37_WhatMayComeIntoForce(t *testing.T) {
	locked := rules.Standing{Version: rules.Version{Rules: "r1", Directory: "d1"}, Required: true, Moves: 4}
	free := locked
	free.Required = false
	require.Equal(t, rules.OK, locked.JudgeProposal("r1", "r2"))
	require.Equal(t, rules.Moved, locked.JudgeProposal("r0", "r2"), "compared with what is no longer in force")
	require.Equal(t, rules.InForce, locked.JudgeProposal("r1", "r1"))
	require.Equal(t, rules.NoChangeNeeded, free.JudgeProposal("r1", "r2"))
	require.Equal(t, rules.NothingInForce, rules.Standing{}.JudgeProposal("r1", "r2"))
}

// However sightings of several processes are repeated, delayed and mixed with
// adoptions: replayed from the record the standing is the same; a sighting judged
// twice moves nothing more; where it takes a change no sighting moves the rules; and
// no two moves share a key.
func TestC37_SightingsAndAdoptions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s rules.Standing
		var log []rules.Move
		keys := map[string]bool{}
		put := func(m rules.Move) {
			after := s.After(m.Type, m.Facts)
			if after.Moves > s.Moves {
				require.False(t, keys[m.Key], m.Key)
			}
			keys[m.Key] = true
			s, log = after, append(log, m)
		}
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			if s.Required && rapid.Bool().Draw(t, "adopt") {
				asked := fmt.Sprintf("a%d", rapid.IntRange(0, 3).Draw(t, "asked"))
				base := rapid.SampledFrom([]string{s.Rules, "r0"}).Draw(t, "base")
				if s.JudgeProposal(base, asked) != rules.OK {
					require.True(t, base != s.Rules || asked == s.Rules)
					continue
				}
				put(rules.Move{Key: s.MoveKey(), Type: rules.EventAdopted, Facts: s.Adopted(asked, rapid.Bool().Draw(t, "stays locked"))})
				require.Equal(t, asked, s.Rules)
				continue
			}
			seen := rules.Sighting{
				Rules:     rapid.SampledFrom([]string{"r0", "r1", "r2", ""}).Draw(t, "rules"),
				Directory: rapid.SampledFrom([]string{"d0", "d1"}).Draw(t, "directory"),
			}
			seen.Required = seen.Rules == "r2"
			if seen.Rules == "" {
				seen.Broken = fmt.Sprint("x", i)
			}
			before := s
			for _, m := range s.Judge(seen) {
				put(m)
			}
			if before.Required {
				require.Equal(t, before.Rules, s.Rules, "no sighting moves rules that change only by a change")
			} else if seen.Rules != "" {
				require.Equal(t, seen.Rules, s.Rules)
			}
			for _, m := range s.Judge(seen) {
				require.Equal(t, s, s.After(m.Type, m.Facts), "seen twice")
				require.True(t, keys[m.Key])
			}
		}
		var again rules.Standing
		for _, m := range log {
			again = again.After(m.Type, m.Facts)
		}
		require.Equal(t, s, again)
	})
}

func TestReasonsSayWhatToDo(t *testing.T) {
	said := map[string]rules.Reason{}
	for _, r := range rules.Reasons() {
		text := r.Text()
		require.NotContains(t, text, "("+string(r)+")", r)
		require.True(t, strings.HasSuffix(text, "."), text)
		require.Empty(t, said[text])
		said[text] = r
	}
	require.Contains(t, rules.Reason("later").Text(), "later")
}

func TestEventsHaveControls(t *testing.T) {
	for _, e := range rules.Events() {
		require.NotEmpty(t, rules.Controls(e))
		require.True(t, strings.HasPrefix(e, rules.Subject+"."))
	}
}
