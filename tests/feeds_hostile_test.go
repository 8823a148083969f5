package tests

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/feed"
)

// advisory publishes a real advisory under another id, about so many vulnerabilities.
func (p *newsroom) advisory(path, id string, vulnerabilities int, when time.Time) {
	p.T.Helper()
	var doc map[string]any
	require.NoError(p.T, json.Unmarshal(p.at.Document("/csaf/icsa-24-193-08.json"), &doc))
	tracking := doc["document"].(map[string]any)["tracking"].(map[string]any)
	tracking["id"], tracking["initial_release_date"], tracking["current_release_date"] = id, when.Format(time.RFC3339), when.Format(time.RFC3339)
	model, err := json.Marshal(doc["vulnerabilities"].([]any)[0])
	require.NoError(p.T, err)
	var all []any
	for n := range vulnerabilities {
		var v map[string]any
		require.NoError(p.T, json.Unmarshal(model, &v))
		v["cve"] = fmt.Sprintf("CVE-2026-%d", 100000+len(id)*1000+len(path)*100000+n)
		all = append(all, v)
	}
	doc["vulnerabilities"] = all
	raw, err := json.Marshal(doc)
	require.NoError(p.T, err)
	p.at.Publish(path, raw, time.Now())
}

// Whatever a publisher that is read may write, the reading ends, and what it says is
// on record: ids as long as they may be in any script, as many vulnerabilities as the
// largest advisories have, text of any size and direction, one vulnerability twice. A
// body that never ends is given up and tried again;
// what is dated in the future or has lost most of itself is refused, and told of.
// Requirement 15.
func TestFeeds_WhatAPublisherMayWrite(t *testing.T) {
	t.Parallel()
	p := newNewsroom(t, harness.WorldOptions{})
	p.Run(app.RoleAll)
	p.Card("Feed known-exploited: 15 set aside", harness.Says("CVE-2021-34527"))
	now := time.Now().UTC().Truncate(time.Second)

	long := strings.Repeat("\U0001F525", 200)
	p.advisory("/csaf/long.json", long, 1, now)
	p.advisory("/csaf/turned.json", "TURNED-\u202eGNP.exe", 1, now)
	for n := range 3 {
		p.advisory(fmt.Sprintf("/csaf/many-%02d.json", n), fmt.Sprintf("%s-%02d", strings.Repeat("M", n+1), n), 300, now)
	}
	require.Equal(t, rules.OK, p.readNow()["publisher"].Found)
	p.Card("Advisory "+strings.Repeat("\U0001F525", 20), harness.Says("Waits for a payload"))
	card := p.Card("TURNED-", harness.Says("Waits for a payload"))
	require.NotContains(t, card.Shown(), "\u202e")
	opened := 0
	for _, f := range facts[rules.AdvisedFacts](t, p.World, rules.AdvisedSubject, rules.EventAdvised) {
		if f.Kind == rules.OpenRollout {
			opened++
		}
	}
	require.Equal(t, 3+5, opened)

	good := p.at.Document(advisoriestest.KEVPath)
	change := func(how func(doc map[string]any, entries []any) []any) {
		var doc map[string]any
		require.NoError(t, json.Unmarshal(good, &doc))
		entries := how(doc, doc["vulnerabilities"].([]any))
		doc["vulnerabilities"], doc["count"] = entries, len(entries)
		raw, err := json.Marshal(doc)
		require.NoError(t, err)
		p.at.Publish(advisoriestest.KEVPath, raw, time.Now())
	}
	change(func(doc map[string]any, entries []any) []any {
		doc["dateReleased"] = now.AddDate(3, 0, 0).Format(time.RFC3339)
		return entries
	})
	found := p.readNow()["known-exploited"]
	require.Equal(t, rules.FeedRejected, found.Found)
	require.Contains(t, found.Detail, "yet to come")
	p.Card("Feed known-exploited", harness.Says("yet to come"))
	change(func(doc map[string]any, entries []any) []any {
		doc["dateReleased"] = now.Format(time.RFC3339)
		return entries[len(entries)-10:]
	})
	require.Contains(t, p.readNow()["known-exploited"].Detail, "cut off or was edited")

	change(func(doc map[string]any, entries []any) []any {
		doc["dateReleased"] = now.Format(time.RFC3339)
		twice := entries[len(entries)-1].(map[string]any)
		huge := map[string]any{}
		for k, v := range twice {
			huge[k] = v
		}
		huge["cveID"], huge["vendorProject"] = "CVE-2026-7777", strings.Repeat("\u202e", 1<<20)
		return append(entries, twice, huge)
	})
	for _, trouble := range []advisoriestest.Trouble{advisoriestest.Flood, advisoriestest.Zipped} {
		p.at.Set(trouble)
		read := make(chan map[string]feed.Held, 1)
		go func() { read <- p.readNow() }()
		asked := p.at.Requests()
		require.Eventually(t, func() bool { return p.at.Requests() >= asked+2 }, harness.StoryWithin, 20*time.Millisecond)
		p.at.Set(advisoriestest.None)
		select {
		case now := <-read:
			require.Equal(t, rules.OK, now["known-exploited"].Found)
		case <-time.After(harness.StoryWithin):
			require.FailNow(t, "the reading did not end")
		}
	}
	aside := map[string]bool{}
	for _, f := range facts[rules.FeedFacts](t, p.World, rules.FeedSubject("known-exploited"), rules.EventQuarantined) {
		aside[string(f.Reason)+" "+f.Quarantined[0].CVE] = true
	}
	require.Len(t, aside, 15+2)
	require.Contains(t, aside, string(rules.MalformedEntry)+" CVE-2026-7777")
	require.Empty(t, p.Verify().Findings)
}
