package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/tests/harness"
)

// rings of the rollouts that are measured, in order.
func rings() []string { return []string{"staging", "canary", "production"} }

// targetNames are those of a ring.
func targetNames(ring string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("yard-%s-%02d", ring, i+1))
	}
	return out
}

const sourcePlace, scratchPlace = "yard-dev", "yard-scratch"

// startFleet starts a stand-in for each target, for the place that payloads are
// taken from and for the one that backups are tried on, each on a port of its own.
// All of the targets serve an earlier payload.
func startFleet(ctx context.Context, dir string, targets int) (*noderedtest.Fleet, error) {
	names := []string{sourcePlace, scratchPlace}
	for _, ring := range rings() {
		names = append(names, targetNames(ring, targets)...)
	}
	fleet, err := noderedtest.StartFleet(ctx, noderedtest.FleetOptions{
		Names: names, Dir: filepath.Join(dir, "fleet"), Token: harness.FleetToken, Standin: true,
	})
	if err != nil {
		return nil, err
	}
	for _, i := range fleet.Instances {
		if i.Name != scratchPlace {
			if err := i.Standin.Save(harness.Yard("old")); err != nil {
				return nil, err
			}
		}
	}
	return fleet, nil
}

// save puts a payload on the place that payloads are taken from. It works in
// every ring but the last: there a suite asks for another gate.
func save(fleet *noderedtest.Fleet, word string) error {
	for _, i := range fleet.Instances {
		if i.Name == sourcePlace {
			return i.Standin.Save(strings.Replace(harness.Yard(word), "north", "south", 1))
		}
	}
	return fmt.Errorf("no instance is named %s", sourcePlace)
}

// serving counts the targets that keep a flow set with this word.
func serving(fleet *noderedtest.Fleet, word string) int {
	n := 0
	for _, i := range fleet.Instances {
		if i.Name != sourcePlace && i.Name != scratchPlace && strings.Contains(i.Standin.Flows(), word) {
			n++
		}
	}
	return n
}

// rolledOut is a policy with three rings of so many targets, always open.
func rolledOut(targets int, soak time.Duration) func(dir string) error {
	return func(dir string) error {
		if err := edit(dir, filepath.Join("rules", "systems.yaml"), "        calendar: yard\n", ""); err != nil {
			return err
		}
		// A feed is asked for; this one names no vulnerability.
		feed := filepath.Join(filepath.Dir(dir), "known-exploited.json")
		return errors.Join(
			os.WriteFile(feed, []byte(`{"title":"None","catalogVersion":"2026.01.01","dateReleased":"2026-01-01T00:00:00Z","count":0,"vulnerabilities":[]}`), 0o600),
			os.WriteFile(filepath.Join(dir, "rules", "patch.yaml"), []byte(patchRules(feed, targets, soak)), 0o600),
		)
	}
}

func patchRules(feed string, targets int, soak time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, patchHead, soak, feed)
	for i, ring := range rings() {
		environment := "production"
		if i == 0 {
			environment = "acceptance"
		}
		for _, name := range targetNames(ring, targets) {
			fmt.Fprintf(&b, "  - {id: %s, system: yard-flows, environment: %s, class: node-red, ring: %s, platform: node-red, address: %s, exposed: no}\n",
				name, environment, ring, strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
		}
	}
	b.WriteString(patchTail)
	return b.String()
}

const patchHead = `apiVersion: countersign/v1
kind: patch
look_back: 90d
watch: 30d
table:
  name: bod-26-04
feeds:
  - {id: known-exploited, kind: kev, address: '%[2]s', max_age: 26h}
classes:
  - name: node-red
    chain: standard
    evidence: [published, listed, detected]
    sponsor: p-dana
    backup_max_age: 24h
    rings:
      - {name: staging, suites: [flows-smoke], write_probe: edit-and-deploy-a-flow, soak: %[1]s, duration: 1h, attempts: 3}
      - {name: canary, suites: [flows-smoke], write_probe: edit-and-deploy-a-flow, soak: %[1]s, duration: 1h, attempts: 2, critical: true}
      - {name: production, suites: [flows-smoke, flows-gate], write_probe: edit-and-deploy-a-flow, soak: %[1]s, duration: 2h, attempts: 2, critical: true}
targets:
`

const patchTail = `places:
  - {id: yard-dev, system: yard-flows, class: node-red, use: source, platform: node-red, address: YARD_DEV}
  - {id: yard-scratch, system: yard-flows, class: node-red, use: scratch, platform: node-red, address: YARD_SCRATCH}
suites:
  - name: flows-smoke
    cases:
      - {name: the yard answers, method: GET, path: /yard/status, expect: {status: 200, content_type: application/json, json: {ok: true}}}
  - name: flows-gate
    cases:
      - {name: the northern gate answers, method: GET, path: /yard/status, expect: {status: 200, contains: north}}
`
