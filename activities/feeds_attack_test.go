package activities_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
)

// P18: what is dated in the future or has lost most of itself does not take the place
// of what is in force, also at the first reading.
func TestP18_WhatCannotBeSoIsRejected(t *testing.T) {
	p := newPress(t)
	good := p.at.Document(advisoriestest.KEVPath)
	future := p.catalogue(func(d map[string]any) { d["dateReleased"] = p.now.AddDate(5, 0, 0).Format(time.RFC3339) })
	p.at.Publish(advisoriestest.KEVPath, future, time.Now())
	got := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	require.Contains(t, got.Rejected, "yet to come")
	require.Equal(t, patch.FeedRejected, got.Refused)
	require.Equal(t, patch.FeedUnread, got.Standing)

	p.at.Publish(advisoriestest.KEVPath, good, time.Now().Add(time.Hour))
	first := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	p.at.Publish(advisoriestest.KEVPath, p.catalogue(func(d map[string]any) {
		all := d["vulnerabilities"].([]any)
		d["vulnerabilities"], d["count"] = all[len(all)-10:], 10
	}), time.Now().Add(2*time.Hour))
	got = p.read(p.kev(first.Held, patch.Wanted{}))
	require.Contains(t, got.Rejected, "cut off or was edited")
	require.Equal(t, first.Held, got.Held)
}

// An index may list later what it dates before: it is read, and nothing is missed.
func TestIndexListsLate(t *testing.T) {
	p := newPress(t)
	in := activities.ReadFeedInput{Feed: compliance.Feed{ID: "csaf", Kind: compliance.FeedCSAFIndex, Address: p.base + advisoriestest.IndexPath}, Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	list := p.read(in)
	in.Held, in.After = list.Held, list.ListedUntil
	p.at.Publish("/csaf/late.json", p.at.Document("/csaf/icsa-24-193-08.json"), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	list = p.read(in)
	require.Equal(t, "LATE", list.Documents[0].ID)
	require.Len(t, list.Documents, 4, "and what is dated after it, again")

	p.at.Publish("/csaf/never.json", p.at.Document("/csaf/icsa-24-193-08.json"), p.now.AddDate(60, 0, 0))
	in.Held, in.After = list.Held, list.ListedUntil
	list = p.read(in)
	require.Empty(t, list.Documents)
	require.Equal(t, in.After, list.ListedUntil, "what is dated in the future moves nothing")
	require.Contains(t, list.Quarantined[0].Detail, "NEVER: it is dated")
}

// What a publisher may write into every field stays out of the engine's limits, or
// its document is refused.
func TestReadingsAreBoundedInBytes(t *testing.T) {
	p := newPress(t)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(p.at.Document("/csaf/icsa-24-193-08.json"), &doc))
	var names, ids []any
	for n := range 400 {
		id := fmt.Sprintf("%0150d", n)
		ids = append(ids, id)
		names = append(names, map[string]any{"name": "Mendix " + strings.Repeat("\U0001F525", 250), "product_id": id})
	}
	doc["product_tree"] = map[string]any{"full_product_names": names}
	v := doc["vulnerabilities"].([]any)[0].(map[string]any)
	var remedies []any
	for range 60 {
		remedies = append(remedies, map[string]any{"category": "mitigation", "details": strings.Repeat("\U0001F525", 2000), "product_ids": ids})
	}
	v["remediations"], v["product_status"] = remedies, map[string]any{"known_affected": ids}
	delete(v, "scores")
	raw, err := json.Marshal(doc)
	require.NoError(t, err)
	p.at.Publish("/csaf/huge.json", raw, time.Now())
	out, err := p.env.ExecuteActivity(p.f.ReadFeed, activities.ReadFeedInput{Feed: compliance.Feed{ID: "a", Kind: compliance.FeedCSAF, Address: p.base + "/csaf/huge.json"}})
	require.NoError(t, err)
	var got activities.FeedReading
	require.NoError(t, out.Get(&got))
	raw, err = json.Marshal(got)
	require.NoError(t, err)
	require.Less(t, len(raw), 1<<20+1)
	require.True(t, got.Rejected != "" || got.Advisory != nil)
}

// The largest catalogue that is read at all, all of it new and all of it about what
// is installed, is read within seconds and a few hundred megabytes.
func TestTheLargestCatalogueIsReadInTime(t *testing.T) {
	p := newPress(t)
	first := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	p.at.Publish(advisoriestest.KEVPath, p.catalogue(func(d map[string]any) {
		all := d["vulnerabilities"].([]any)
		for i := range 37_000 {
			all = append(all, map[string]any{
				"cveID": fmt.Sprintf("CVE-2025-%06d", i), "vendorProject": "S", "product": "Mendix", "vulnerabilityName": "v", "dateAdded": "2025-08-01",
				"shortDescription": "d", "requiredAction": "a", "dueDate": "2025-08-22", "knownRansomwareCampaignUse": "Unknown", "notes": "", "cwes": []string{},
			})
		}
		d["vulnerabilities"], d["count"] = all, len(all)
	}), time.Now().Add(time.Hour))
	require.Less(t, len(p.at.Document(advisoriestest.KEVPath)), 10<<20)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	got := p.read(p.kev(first.Held, patch.Wanted{Products: []patch.WantedProduct{{Product: "Mendix"}}}))
	runtime.ReadMemStats(&after)
	t.Logf("%v, %d MB allocated", time.Since(began), (after.TotalAlloc-before.TotalAlloc)>>20)
	require.Empty(t, got.Rejected)
	require.Len(t, got.Entries, 100)
	require.Equal(t, 36_900, got.LeftOut["entries"])
	require.Len(t, got.Added, 100)
	require.Less(t, time.Since(began), 30*time.Second, "the step has a minute")
}
