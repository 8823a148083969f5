package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/console"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// flows is the title of what is rolled out; cards are found by it and the version.
const flows = "Yard flows"

// patch tells a rollout that goes through every ring, and one that is taken back.
func (p *play) patch(ctx context.Context) error {
	if len(p.stage.Site.Yard) == 0 {
		return errors.New("there is no installation here to roll out to: unset the PLATFORM_ variables")
	}
	p.say("", "The yard's four targets, its source and its scratch place run on %s.", p.stage.Site.Yard.Kind())
	if err := p.through(ctx, "2.0"); err != nil {
		return err
	}
	return p.andBack(ctx, "2.1", "2.0")
}

// through: approved, then ring by ring, each proven before the next begins.
func (p *play) through(ctx context.Context, version string) error {
	if err := p.rollOut(ctx, version, standin.Works); err != nil {
		return err
	}
	name := flows + " " + version
	if _, err := p.card(ctx, "PAT-1 · "+name, says("Rolling out")); err != nil {
		return err
	}
	class, _ := p.stage.Rules.PatchClass(p.stage.Site.Yard[0].Class)
	for i, ring := range class.Rings {
		card, err := p.card(ctx, "PAT-1 · "+name, func(m message) bool {
			return strings.Contains(m.Shown(), "soaks until") && strings.Contains(m.Shown(), fmt.Sprintf("ring %d of", i+1)) ||
				strings.Contains(m.Shown(), "Complete")
		})
		if err != nil {
			return err
		}
		_ = card // only that it came so far
		text := "deployed, tested, written to as a probe; it soaks for " + ring.Soak.String()
		if ring.Critical {
			text = "its backup was restored elsewhere and read back; " + text
		}
		p.say("", "Ring %d, %s (%s): %s.", i+1, ring.Name, strings.Join(p.targets(ring.Name), ", "), text)
	}
	if _, err := p.card(ctx, "PAT-1 · "+name, says("Complete: every ring is proven")); err != nil {
		return err
	}
	return p.served(ctx, version)
}

// andBack: a version whose test fails is taken back by itself, and barred.
func (p *play) andBack(ctx context.Context, version, before string) error {
	if err := p.rollOut(ctx, version, standin.Sick); err != nil {
		return err
	}
	name := flows + " " + version
	card, err := p.card(ctx, "PAT-2 · "+name, offers("lift_bar"))
	if err != nil {
		return err
	}
	p.say("", "Its smoke test fails on the first ring. Nobody has to decide: the target goes back, and the payload is barred.")
	if err := p.served(ctx, before); err != nil {
		return err
	}
	p.say("Farah", "presses “Lift the bar…” on what was rolled back, with a reason.")
	return p.act(p.slack("farah"), card, "lift_bar", map[string]string{"reason": "The status flow was mended; version 2.2 follows."})
}

// rollOut saves a version on the source and has it rolled out and approved.
func (p *play) rollOut(ctx context.Context, version string, h standin.Health) error {
	source, ok := p.source()
	if !ok {
		return errors.New("the policy has no source to take a payload from")
	}
	if err := source.Save(ctx, standin.Flows(version, h)); err != nil {
		return err
	}
	p.say("Jonas", "saves version %s on %s, and has it rolled out to the yard.", version, source.ID)
	p.note("starter patch start --system %s --from %s --summary '%s' --version %s", source.System, source.ID, flows, version)
	id, err := p.stage.Console().RollOut(ctx, console.Rollout{System: source.System, Source: source.ID, Title: flows, Version: version, By: "jonas"})
	if err != nil {
		return err
	}
	p.about(id)
	title := "Roll out " + flows + " " + version
	for _, a := range []struct{ user, name, card, said string }{
		{"bruno", "Bruno", "level 1 of 2", "approves the plan: rings, tests, soaks, way back."},
		{"chidi", "Chidi", "level 1 of 2", "approves it too."},
		{"farah", "Farah", "level 2 of 2", "of the change board approves level 2."},
	} {
		card, err := p.card(ctx, title, func(m message) bool { return offers("approve")(m) && strings.Contains(m.Shown(), a.card) })
		if err != nil {
			return err
		}
		if err := p.act(p.slack(a.user), card, "approve", nil); err != nil {
			return err
		}
		p.say(a.name, "%s", a.said)
	}
	return nil
}

func (p *play) source() (standin.Platform, bool) {
	for _, at := range p.stage.Site.Yard {
		if at.Use == policy.PlaceSource {
			return at, true
		}
	}
	return standin.Platform{}, false
}

// targets are the installations of a ring.
func (p *play) targets(ring string) []string {
	var out []string
	for _, at := range p.stage.Site.Yard {
		if at.Ring == ring {
			out = append(out, at.ID)
		}
	}
	return out
}

// served asks every target what it serves, as a carrier would, and tells it.
func (p *play) served(ctx context.Context, version string) error {
	var names []string
	for _, at := range p.stage.Site.Yard {
		if at.Ring == "" {
			continue
		}
		if err := p.serves(ctx, at, version); err != nil {
			return err
		}
		names = append(names, at.ID)
	}
	p.say("", "Every target serves %s now: %s.", version, strings.Join(names, ", "))
	return nil
}

func (p *play) serves(ctx context.Context, at standin.Platform, version string) error {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	var said struct{ Version string }
	for {
		err := ask(ctx, at.URL+"/yard/status", &said)
		if err == nil && said.Version == version {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s serves %q and not %q", at.ID, said.Version, version), err)
		case <-time.After(lookAgain): // what is served announces itself to nobody
		}
	}
}

func ask(ctx context.Context, url string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return json.NewDecoder(resp.Body).Decode(out)
}
