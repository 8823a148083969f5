package nodered

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

const (
	opProbe     = "probe writing"
	probeSteps  = 6
	probeTries  = 5                // saves that met somebody else's
	cleanWithin = 90 * time.Second // to take the canary away
)

// Probe opens the flow set, saves it with a canary, calls that, edits it, saves
// and calls again, and takes it away. Flows that did not change are not
// restarted by it. The canary is taken away also when the context ends, within a
// minute and a half.
func (c *Client) Probe(ctx context.Context, t compliance.Target, key string, beat func()) (compliance.ProbeRun, error) {
	run := compliance.ProbeRun{Wanted: probeSteps}
	a, err := c.address(opProbe, t)
	if err != nil {
		return run, err
	}
	p := probe{c: c, target: t, at: a, canary: newCanary(key), beat: beat, run: &run}
	err = p.play(ctx)
	if p.touched {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanWithin)
		defer cancel()
		p.takeAway(clean)
	}
	if ctx.Err() != nil {
		return run, gaveUp(opProbe, ctx)
	}
	return run, err
}

// probe is one probe under way.
type probe struct {
	c       *Client
	target  compliance.Target
	at      Address
	canary  canary
	beat    func()
	run     *compliance.ProbeRun
	touched bool // a canary is, or may be, on the target
}

// play does every step up to the second call. It stops at the first that does
// not pass; an error means that the probe could not even begin.
func (p *probe) play(ctx context.Context) error {
	began := time.Now()
	s, err := p.c.read(ctx, p.target, opProbe)
	if err != nil {
		return err
	}
	kept := withoutCanary(s.nodes)
	p.touched = len(kept) != len(s.nodes) // an earlier probe's
	if p.run.Before, err = digest(kept); err != nil {
		return invalid(opProbe, "the flow set cannot be read: %v", err)
	}
	p.step("open", began, compliance.CheckPass, 0, "")
	for _, round := range []struct{ save, call, word string }{{"save", "call", "first"}, {"edit", "call again", "second"}} {
		if !p.save(ctx, round.save, round.word) || !p.calls(ctx, round.call, round.word) {
			return nil
		}
	}
	return nil
}

func (p *probe) step(name string, began time.Time, o compliance.CheckOutcome, status int, detail string) bool {
	p.run.Steps = append(p.run.Steps, compliance.CaseResult{Name: name, Outcome: o, Status: status, Took: time.Since(began), Detail: detail})
	return o == compliance.CheckPass
}

// save writes the flow set with the canary in it. Somebody else's save in
// between is no fault: it is read and saved again. An answer that was lost is
// looked for.
func (p *probe) save(ctx context.Context, name, word string) bool {
	began := time.Now()
	for n := 1; ; n++ {
		p.beat()
		s, err := p.c.read(ctx, p.target, opProbe)
		if err != nil {
			return p.step(name, began, compliance.CheckError, 0, errText(err))
		}
		p.touched = true // a crash or a lost answer from here on leaves it there
		p.beat()
		nodes := append(withoutCanary(s.nodes), p.canary.nodes(word)...)
		_, status, err := p.c.write(ctx, p.target, opProbe, deployFlows, nodes, s.Rev)
		switch compliance.ClassOf(err) {
		case "":
			return p.step(name, began, compliance.CheckPass, status, "")
		case compliance.Conflict:
			if n < probeTries && p.c.wait(ctx) {
				continue
			}
			return p.step(name, began, compliance.CheckError, status, "somebody else saved at every attempt")
		case compliance.UnknownOutcome:
			p.beat()
			if p.saved(ctx, word) {
				return p.step(name, began, compliance.CheckPass, status, "")
			}
			if status >= 500 {
				return p.step(name, began, compliance.CheckFail, status, errText(err)) // it says itself that saving is broken
			}
		case compliance.Invalid, compliance.Refused:
			return p.step(name, began, compliance.CheckFail, status, errText(err))
		}
		return p.step(name, began, compliance.CheckError, status, errText(err))
	}
}

// saved reports whether the canary is on the target with the word.
func (p *probe) saved(ctx context.Context, word string) bool {
	s, err := p.c.read(ctx, p.target, opProbe)
	if err != nil {
		return false
	}
	want, err := digest(p.canary.nodes(word))
	if err != nil {
		return false
	}
	got, err := digest(slices.DeleteFunc(slices.Clone(s.nodes), func(n node) bool { return !strings.HasPrefix(n.ID, p.canary.id) }))
	return err == nil && got == want
}

// calls calls the canary until it answers with the word, or the time for that is over.
func (p *probe) calls(ctx context.Context, name, word string) bool {
	began := time.Now()
	p.beat()
	heard, err := p.answer(ctx, func(h compliance.Heard, err error) bool { return err == nil && string(bytes.TrimSpace(h.Body)) == word })
	switch {
	case err != nil:
		return p.step(name, began, compliance.CheckError, heard.Status, errText(err))
	case heard.Status == http.StatusUnauthorized || heard.Status == http.StatusForbidden:
		return p.step(name, began, compliance.CheckError, heard.Status, "calls of flows want a credential: let the canary's path through")
	case heard.Status != 200 || string(bytes.TrimSpace(heard.Body)) != word:
		return p.step(name, began, compliance.CheckFail, heard.Status, "what was saved and published is not served")
	}
	return p.step(name, began, compliance.CheckPass, heard.Status, "")
}

// answer calls the canary until the answer is as wanted or Config.Settle is over.
func (p *probe) answer(ctx context.Context, wanted func(compliance.Heard, error) bool) (compliance.Heard, error) {
	sc := compliance.SuiteCase{Method: "GET", Path: p.canary.path(), WithinMS: int(p.c.cfg.Settle.Milliseconds())}
	until := time.Now().Add(p.c.cfg.Settle)
	for {
		heard, err := p.c.send(ctx, opProbe, p.at, sc)
		if wanted(heard, err) || !time.Now().Before(until) || !p.c.wait(ctx) {
			return heard, err
		}
	}
}

// takeAway removes every canary and notes what is there afterwards.
func (p *probe) takeAway(ctx context.Context) {
	began := time.Now()
	p.run.Left = true
	detail := "it could not be taken away"
	for range probeTries {
		p.beat()
		s, err := p.c.read(ctx, p.target, opProbe)
		if err == nil {
			kept := withoutCanary(s.nodes)
			if len(kept) == len(s.nodes) {
				p.run.After, _ = digest(kept) // it was written as JSON just now
				p.run.Left = false
				break
			}
			_, _, err = p.c.write(ctx, p.target, opProbe, deployFlows, kept, s.Rev)
		}
		if err != nil {
			detail = errText(err)
			if !p.c.wait(ctx) {
				break
			}
		}
	}
	if p.run.Left {
		p.step("take away", began, compliance.CheckError, 0, detail)
		return
	}
	heard, err := p.answer(ctx, unrouted)
	if err == nil && heard.Status == http.StatusOK {
		p.step("take away", began, compliance.CheckFail, heard.Status, "what was taken away is still served")
		return
	}
	p.step("take away", began, compliance.CheckPass, heard.Status, "")
}
