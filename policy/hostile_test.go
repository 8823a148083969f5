package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/gate/inspect"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/patch"
)

// TestHostileFilesAreRefusedQuickly: a file cannot make the loader run for
// long or use up its stack, whatever it nests or repeats.
func TestHostileFilesAreRefusedQuickly(t *testing.T) {
	var keys, deep strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	for i := range 1000 {
		deep.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, text := range map[string]string{
		"flow sequences":    strings.Repeat("[", 1_000_000),
		"flow mappings":     strings.Repeat("{a: ", 200_000),
		"block sequences":   strings.Repeat("- ", 500_000),
		"deep mappings":     deep.String(),
		"complex keys":      strings.Repeat("? ", 100_000),
		"tags":              strings.Repeat("!a ", 100_000),
		"anchors":           strings.Repeat("&a ", 100_000),
		"aliases":           "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n",
		"many keys":         keys.String(),
		"too large":         strings.Repeat("#", maxFileBytes+1),
		"an open quote":     "a: \"" + strings.Repeat("x\n ", 100_000),
		"closing too often": strings.Repeat("]", 100_000),
		"not text":          strings.Repeat("\x00\xff", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			c := newCheck(files{names: []string{"rules/x.yaml"}, data: map[string][]byte{"rules/x.yaml": []byte(text)}})
			require.True(t, c.broken("rules/x.yaml"))
			// Generous: the race detector on a busy machine is slow, and what
			// this is about took minutes or all the memory.
			require.Less(t, time.Since(start), 20*time.Second)
		})
	}
}

// TestSchemasAndStructsAgree: what a schema lets pass is what a struct takes in.
func TestSchemasAndStructsAgree(t *testing.T) {
	for _, tc := range []struct {
		kind, at string
		entry    any
	}{
		{kindOrganisation, "", organisationEntry{}},
		{kindOrganisation, "tickets", Tickets{}},
		{kindOrganisation, "tickets.kinds.incident", TicketKindRules{}},
		{kindOrganisation, "tickets.kinds.incident.fields.severity", TicketKindField{}},
		{kindSystems, "systems.items", System{}},
		{kindSystems, "systems.items.environments.items", Environment{}},
		{kindChains, "chains.items", chainEntry{}},
		{kindChains, "chains.items.levels.items", levelEntry{}},
		{kindCalendars, "calendars.items", calendarEntry{}},
		{kindCalendars, "calendars.items.windows.items", spellEntry{}},
		{kindCalendars, "calendars.items.freezes.items", freezeEntry{}},
		{kindRouting, "rules.items", RouteRule{}},
		{kindRouting, "rules.items.when", When{}},
		{kindFields, "fields.additionalProperties", fieldEntry{}},
		{kindArtefacts, "", artefactsEntry{}},
		{kindArtefacts, "ladders.items", ladderEntry{}},
		{kindArtefacts, "ladders.items.rungs.items", rungEntry{}},
		{kindArtefacts, "ladders.items.after", afterEntry{}},
		{kindArtefacts, "classes.items", classEntry{}},
		{kindArtefacts, "vendors.items", vendorEntry{}},
		{kindArtefacts, "vendors.items.contacts.items", VendorContact{}},
		{kindArtefacts, "vendors.items.artefacts.items", artefactEntry{}},
		{kindEscalation, "", escalationEntry{}},
		{kindEscalation, "channels", channelOrder{}},
		{kindEscalation, "contacts.items", FixedContact{}},
		{kindEscalation, "rotations.items", rotationEntry{}},
		{kindEscalation, "rotations.items.versions.items", versionEntry{}},
		{kindEscalation, "rotations.items.overrides.items", overrideEntry{}},
		{kindEscalation, "rotations.items.sun.items", sunEntry{}},
		{kindEscalation, "policies.items", escalationRules{}},
		{kindEscalation, "policies.items.steps.items", stepEntry{}},
		{kindEscalation, "policies.items.steps.items.targets.items", incident.Target{}},
		{kindEscalation, "policies.items.fallback", incident.Target{}},
		{kindEscalation, "policies.items.severities.items", severityEntry{}},
		{kindEscalation, "sources.items", AlertSource{}},
		{kindEscalation, "alerts.items", AlertRule{}},
		{kindEscalation, "alerts.items.when", AlertWhen{}},
		{kindEscalation, "business", businessEntry{}},
		{kindEscalation, "business.holidays.items", holidayEntry{}},
		{kindPatch, "", patchEntry{}},
		{kindPatch, "table", tableEntry{}},
		{kindPatch, "table.rows.items", tableRowEntry{}},
		{kindPatch, "feeds.items", feedEntry{}},
		{kindPatch, "classes.items", patchClassEntry{}},
		{kindPatch, "classes.items.rings.items", ringEntry{}},
		{kindPatch, "targets.items", PatchTarget{}},
		{kindPatch, "targets.items.observe", Observe{}},
		{kindExceptions, "", exceptionsEntry{}},
		{kindExceptions, "terms.items", termsEntry{}},
		{kindSystems, "systems.items.limits", limitsEntry{}},
		{kindGate, "", gateEntry{}},
		{kindGate, "data_classes.items", dataClassEntry{}},
		{kindGate, "gates.items", gateRule{}},
		{kindGate, "gates.items.when", When{}},
		{kindGate, "gates.items.checks.items", gateCheckEntry{}},
		{kindGate, "gates.items.checks.items.elements.items", inspect.Elements{}},
		{kindGate, "gates.items.checks.items.packages.items", dependency.Rule{}},
		{kindTemplates, "templates.items", change.Template{}},
		{kindPeople, "people.items", personEntry{}},
		{kindPeople, "people.items.deputies.items", deputyEntry{}},
		{kindGroups, "groups.items", groupEntry{}},
	} {
		t.Run(tc.kind+" "+tc.at, func(t *testing.T) {
			data, ok := Schema(tc.kind)
			require.True(t, ok)
			var node map[string]any
			require.NoError(t, json.Unmarshal(data, &node))
			for part := range strings.SplitSeq(tc.at, ".") {
				switch part {
				case "":
				case "items", "additionalProperties":
					node = node[part].(map[string]any)
				default:
					node = node["properties"].(map[string]any)[part].(map[string]any)
				}
			}
			allowed := sortedKeys(node["properties"].(map[string]any))
			if tc.at == "" {
				allowed = slices.DeleteFunc(allowed, func(s string) bool { return s == "apiVersion" || s == "kind" })
			}
			require.Equal(t, allowed, jsonNames(reflect.TypeOf(tc.entry)))
			require.Equal(t, false, node["additionalProperties"], "strict")
		})
	}
	require.Len(t, schemas().byKind, len(Kinds())+len(DirectoryKinds()))
}

func jsonNames(of reflect.Type) []string {
	var out []string
	for i := range of.NumField() {
		if of.Field(i).Anonymous { // its fields stand in the same object
			out = append(out, jsonNames(of.Field(i).Type)...)
			continue
		}
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func TestStatusesOfTheSchemaAreTheLogicalOnes(t *testing.T) {
	data, _ := Schema(kindOrganisation)
	var schema struct {
		Properties struct {
			Tickets struct {
				Properties struct {
					Statuses struct{ Required []string }
					Kinds    struct {
						Properties map[compliance.TicketKind]struct {
							Properties struct {
								Statuses struct{ Required []string }
								Fields   struct{ Properties map[string]any }
							}
						}
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(data, &schema))
	tickets := schema.Properties.Tickets.Properties
	require.ElementsMatch(t, LogicalStatuses(), tickets.Statuses.Required)
	require.Len(t, tickets.Kinds.Properties, len(compliance.TicketKinds()))
	for _, kind := range compliance.TicketKinds() {
		of := tickets.Kinds.Properties[kind].Properties
		require.ElementsMatch(t, kind.Statuses(), of.Statuses.Required, kind)
		require.ElementsMatch(t, kind.Fields(), sortedKeys(of.Fields.Properties), kind)
	}
}

func TestLoadsAtTheSameTime(t *testing.T) {
	var group sync.WaitGroup
	hashes := make([]string, 6)
	for i := range hashes {
		group.Go(func() {
			rules, _, err := LoadFS(ExampleFS())
			if err != nil {
				t.Error(err)
				return
			}
			hashes[i] = rules.Hash
		})
	}
	group.Wait()
	require.Len(t, slices.Compact(hashes), 1)
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"48h": 48 * time.Hour, "90m": 90 * time.Minute, "14d": 336 * time.Hour, "1s": time.Second, "1h30m": 90 * time.Minute,
	} {
		got, err := parseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "d", "1", "-1h", "1.5d", "1d12h", "999ms", "70000d", "2000d", "1w", "NaNh"} {
		_, err := parseDuration(text)
		require.Error(t, err, text)
	}
}

func TestHintsNameTheLikelyWord(t *testing.T) {
	known := []string{"approvers", "security", "change-board", "sec"}
	require.Equal(t, "security", nearest("securty", known))
	require.Equal(t, "security", nearest("Security", known))
	require.Equal(t, "change-board", nearest("changeboard", known))
	require.Empty(t, nearest("finance", known))
	require.Equal(t, `did you mean "sec"?`, meant("sek", known, "group"))
	require.Equal(t, "no group is defined", meant("x", nil, "group"))
}

// What a schema offers to choose from is what the packages that use it know.
func TestWordsOfTheSchemasAreThePackages(t *testing.T) {
	words := func(kind string, at ...string) []string {
		data, _ := Schema(kind)
		var node any
		require.NoError(t, json.Unmarshal(data, &node))
		for _, part := range at {
			node = node.(map[string]any)[part]
		}
		var out []string
		for _, v := range node.([]any) {
			out = append(out, v.(string))
		}
		return out
	}
	list := func(items string, rest ...string) []string {
		return append([]string{"properties", items, "items", "properties"}, rest...)
	}
	rung := list("ladders", "rungs", "items", "properties")
	require.Equal(t, texts(certification.Actions()), words(kindArtefacts, append(rung, "action", "enum")...))
	require.Equal(t, texts(certification.Roles()), words(kindArtefacts, append(rung, "audience", "items", "enum")...))
	require.Equal(t, texts(incident.Severities()), words(kindEscalation, list("sources", "otherwise", "enum")...))
	require.Equal(t, texts(gate.Checks()), words(kindGate, list("gates", "checks", "items", "properties", "check", "enum")...))
	require.Equal(t, texts(patch.EvidenceKinds()), words(kindPatch, list("classes", "evidence", "items", "enum")...))
}
