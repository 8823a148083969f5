package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
)

// A catalogue that lists more about what is installed than one reading takes opens
// what is newest, and somebody is told that there is more (P17, P18).
func TestP18_WhatOneReadingDoesNotTakeIsToldOf(t *testing.T) {
	w := newWorld(t)
	w.at.Break(advisoriestest.IndexPath, true)
	w.catalogue(func(doc map[string]any) {
		entries := doc["vulnerabilities"].([]any)
		for i := range 130 {
			entry := map[string]any{}
			for k, v := range entries[0].(map[string]any) {
				entry[k] = v
			}
			entry["cveID"], entry["vendorProject"], entry["product"] = fmt.Sprintf("CVE-2026-%d", 10000+i), "Siemens", "Mendix"
			entry["dateAdded"], entry["dueDate"] = w.now.Format(time.DateOnly), "2027-01-31"
			entries = append(entries, entry)
		}
		doc["vulnerabilities"], doc["count"] = entries, len(entries)
		doc["catalogVersion"], doc["dateReleased"] = w.now.Format("2006.01.02.1504"), w.now.Format(time.RFC3339)
	})
	require.NoError(t, w.pass(0))
	require.Len(t, w.begun, 100)
	card, _ := w.titled("Feed " + kev + ": 16 set aside")
	require.Contains(t, fmt.Sprint(w.shown()), "set aside")
	require.Equal(t, 16, w.records()[kev+" quarantined"], "15 that contradict themselves, and that there is more")
	require.NotEmpty(t, card.Title)
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, 16, w.records()[kev+" quarantined"], "once")
}

// Records about many vulnerabilities each go to the log in steps that the engine takes.
func TestRecordsAreCutIntoSteps(t *testing.T) {
	w := newWorld(t)
	largest := 0
	w.Journal.Appended(func(events []evidence.Event) {
		size := 0
		for _, ev := range events {
			size += len(ev.Facts)
		}
		largest = max(largest, size)
	})
	good := string(w.at.Document("/csaf/icsa-24-193-08.json"))
	from, to := strings.Index(good, `"vulnerabilities": [`)+len(`"vulnerabilities": [`), strings.LastIndex(good, "]")
	one := good[from:to]
	for n := range 20 {
		var all []string
		for i := range 400 {
			all = append(all, strings.ReplaceAll(one, "CVE-2024-39888", fmt.Sprintf("CVE-2026-%d", 10000+1000*n+i)))
		}
		text := good[:from] + strings.Join(all, ",") + good[to:]
		w.at.Publish(fmt.Sprintf("/csaf/icsa-26-%03d.json", n), []byte(strings.ReplaceAll(text, "ICSA-24-193-08", fmt.Sprintf("ICSA-26-%03d", n))), thursday.Add(-time.Hour))
	}
	require.NoError(t, w.pass(0))
	require.Len(t, w.begun, 24)
	require.Greater(t, largest, 100_000)
	require.Less(t, largest, 600_000)
}
