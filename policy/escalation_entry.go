package policy

import (
	"cmp"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// escalationEntry is a file of kind escalation.
type escalationEntry struct {
	Channels  channelOrder      `json:"channels"`
	Contacts  []FixedContact    `json:"contacts,omitempty"`
	Rotations []rotationEntry   `json:"rotations,omitempty"`
	Policies  []escalationRules `json:"policies"`
	Sources   []AlertSource     `json:"sources,omitempty"`
	Alerts    []AlertRule       `json:"alerts"`
	Business  *businessEntry    `json:"business,omitempty"`
	Powers    IncidentPowers    `json:"powers,omitzero"`
}

// channelOrder says in which order people are paged.
type channelOrder struct {
	Default []string                         `json:"default"`
	People  map[compliance.PersonID][]string `json:"people,omitempty"`
}

// rotationEntry is a rotation of its own people, or one that follows the sun
// over other rotations.
type rotationEntry struct {
	Name      string          `json:"name"`
	Versions  []versionEntry  `json:"versions,omitempty"`
	Overrides []overrideEntry `json:"overrides,omitempty"`
	Sun       []sunEntry      `json:"sun,omitempty"`
}

type versionEntry struct {
	Version string                `json:"version"`
	Zone    string                `json:"zone"`
	From    string                `json:"from"`
	Every   incident.Turn         `json:"every"`
	Members []compliance.PersonID `json:"members"`
}

type overrideEntry struct {
	Person compliance.PersonID `json:"person"`
	Start  string              `json:"start"`
	End    string              `json:"end"`
	Made   string              `json:"made"`
}

// sunEntry puts a rotation on call each day from a time on the wall of a zone,
// until the next entry's time has come.
type sunEntry struct {
	Rotation string `json:"rotation"`
	Zone     string `json:"zone"`
	At       string `json:"at"`
}

// escalationRules is an escalation policy as it is written.
type escalationRules struct {
	Name       string          `json:"name"`
	Steps      []stepEntry     `json:"steps"`
	Rounds     int             `json:"rounds"`
	Pause      string          `json:"pause,omitempty"`
	Again      string          `json:"again,omitempty"`
	Fallback   incident.Target `json:"fallback"`
	Severities []severityEntry `json:"severities,omitempty"`
	OnlyPaged  bool            `json:"only_paged,omitempty"`
	Handover   string          `json:"handover,omitempty"`
	Flap       string          `json:"flap,omitempty"`
	LookBack   string          `json:"look_back,omitempty"`
}

type stepEntry struct {
	Name    string            `json:"name"`
	Targets []incident.Target `json:"targets"`
	Delay   string            `json:"delay"`
}

type severityEntry struct {
	Severity           incident.Severity `json:"severity"`
	AckFor             string            `json:"ack_for"`
	MaxSnooze          string            `json:"max_snooze,omitempty"`
	ReviewWithin       string            `json:"review_within,omitempty"`
	ReviewBusinessDays int               `json:"review_business_days,omitempty"`
	ActionsWithin      string            `json:"actions_within,omitempty"`
}

// businessEntry says which days are business days.
type businessEntry struct {
	Zone     string         `json:"zone"`
	Days     []string       `json:"days"`
	Holidays []holidayEntry `json:"holidays,omitempty"`
}

type holidayEntry struct {
	Date string `json:"date"`
	Name string `json:"name"`
}

// complete writes out what stands where the rules are silent, so that a later
// release's defaults do not change what a run was pinned to.
func (e escalationRules) complete() escalationRules {
	e.Pause = cmp.Or(e.Pause, incident.DefaultPause.String())
	e.Again = cmp.Or(e.Again, incident.DefaultAgain.String())
	e.Handover = cmp.Or(e.Handover, incident.DefaultHandover.String())
	e.LookBack = cmp.Or(e.LookBack, incident.DefaultLookBack.String())
	return e
}

// policy reads the durations. Those that cannot be read are told to wrong, and
// stand as a minute, so that the rest can be judged.
func (e escalationRules) policy(wrong func(at string, err error)) incident.Policy {
	read := func(at, text string) time.Duration {
		if text == "" {
			return 0
		}
		d, err := parseDuration(text)
		if err != nil {
			wrong(at, err)
			return time.Minute
		}
		return d
	}
	p := incident.Policy{
		Name: e.Name, Rounds: e.Rounds, Fallback: e.Fallback, OnlyPaged: e.OnlyPaged,
		Pause: read("/pause", e.Pause), Again: read("/again", e.Again), Handover: read("/handover", e.Handover),
		Flap: read("/flap", e.Flap), LookBack: read("/look_back", e.LookBack),
	}
	for i, s := range e.Steps {
		p.Steps = append(p.Steps, incident.Step{Name: s.Name, Targets: s.Targets, Delay: read(fmt.Sprintf("/steps/%d/delay", i), s.Delay)})
	}
	for i, s := range e.Severities {
		at := fmt.Sprintf("/severities/%d", i)
		p.Severities = append(p.Severities, incident.SeverityRule{
			Severity: s.Severity, AckFor: read(at+"/ack_for", s.AckFor), MaxSnooze: read(at+"/max_snooze", s.MaxSnooze),
			ReviewWithin: read(at+"/review_within", s.ReviewWithin), ReviewBusinessDays: s.ReviewBusinessDays,
			ActionsWithin: read(at+"/actions_within", s.ActionsWithin),
		})
	}
	return p
}

// rotation reads times. Those that cannot be read are told to wrong, and the
// rotation must not be used then.
func (e rotationEntry) rotation(wrong func(at, text, hint string)) incident.Rotation {
	r := incident.Rotation{Name: e.Name}
	for i, v := range e.Versions {
		from, err := incident.ParseWall(v.From)
		if err != nil {
			wrong(fmt.Sprintf("/versions/%d/from", i), err.Error(), `write the first handoff as the wall shows it, such as "2026-01-05T09:00"`)
		}
		r.Versions = append(r.Versions, incident.RotationVersion{Version: v.Version, Zone: v.Zone, From: from, Every: v.Every, Members: v.Members})
	}
	for i, o := range e.Overrides {
		override := incident.Override{Person: o.Person}
		for _, t := range []struct {
			at, text string
			into     *time.Time
		}{{"/start", o.Start, &override.Start}, {"/end", o.End, &override.End}, {"/made", o.Made, &override.Made}} {
			at, err := time.Parse(time.RFC3339, t.text)
			if err != nil {
				wrong(fmt.Sprintf("/overrides/%d%s", i, t.at), fmt.Sprintf("%q is not an instant", t.text), `write an instant with its offset, such as "2026-12-24T09:00:00+01:00"`)
			}
			*t.into = at.UTC()
		}
		r.Overrides = append(r.Overrides, override)
	}
	return r
}
