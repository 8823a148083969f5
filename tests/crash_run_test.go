package tests

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/tests/harness"
)

// undisturbed plays the story without a crash and counts the steps.
func (c *crashWorld) undisturbed(which plot) (passed, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storyWithin)
	defer cancel()
	if err := c.prepared(ctx, which); err != nil {
		return nil, err
	}
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	s, _ := c.next(crashPoint{plot: which})
	began := time.Now()
	if err := play(ctx, s); err != nil {
		return nil, c.explain(err)
	}
	c.usual[which] = time.Since(began)
	base := passed{}
	for name, p := range map[string]*harness.Process{partyWorker: c.worker, partyEvidence: c.records, partyGateway: c.gateway} {
		counts, err := p.Counts(ctx)
		if err != nil {
			return nil, err
		}
		base[name] = counts
	}
	for name, r := range c.taps {
		base[name] = r.Counts()
	}
	if f := c.look(ctx, s); len(f.all)+len(f.repeats) > 0 {
		return nil, fmt.Errorf("%v, repeated %v", f.all, f.repeats)
	}
	return base, nil
}

// explain adds what the processes last said.
func (c *crashWorld) explain(err error) error {
	for _, p := range c.processes {
		err = errors.Join(err, fmt.Errorf("--- %v\n%s", p.Roles, p.Log()))
	}
	return err
}

// disturbed plays the story with a kill at the point.
func (c *crashWorld) disturbed(p crashPoint) crashResult {
	r := crashResult{point: p}
	ctx, cancel := context.WithTimeout(context.Background(), storyWithin)
	defer cancel()
	lost := func(err error) crashResult {
		r.problems = append(r.problems, crashProblem{text: err.Error()})
		return r
	}
	if err := c.ready(ctx); err != nil {
		return lost(c.explain(err))
	}
	deaths, faults := len(c.deaths(p.victim)), c.faults()
	if err := c.arm(ctx, p); err != nil {
		return lost(err)
	}
	s, t := c.next(p)
	began := time.Now()
	err := play(ctx, s)
	r.took = time.Since(began)
	if len(c.deaths(p.victim)) > deaths {
		r.reached, r.recovery = true, max(0, r.took-c.usual[p.plot])
	}
	if err != nil {
		return lost(c.explain(err))
	}
	t.killed = r.reached
	f := c.look(ctx, s)
	r.problems, r.repeats = f.all, f.repeats
	if first, ok := s.(interface{ firstPage() time.Duration }); ok {
		r.firstPage = first.firstPage()
	}
	for _, fault := range c.faults()[len(faults):] {
		r.problems = append(r.problems, crashProblem{text: fault})
	}
	return r
}

func (c *crashWorld) faults() []string {
	var all []string
	for _, p := range c.processes {
		all = append(all, p.Faults()...)
	}
	return all
}

func (c *crashWorld) party(name string) *harness.Process {
	return map[string]*harness.Process{partyWorker: c.worker, partyEvidence: c.records, partyGateway: c.gateway}[name]
}

func (c *crashWorld) deaths(victim string) []harness.Death {
	if victim == partyEngine {
		return c.engine.Deaths()
	}
	return c.party(victim).Deaths()
}

func (c *crashWorld) arm(ctx context.Context, p crashPoint) error {
	if r := c.taps[p.where]; r != nil {
		r.Arm(&p.at, func(context.Context) { c.party(p.victim).Kill() })
		return nil
	}
	victim := 0
	if p.victim == partyEngine {
		victim = c.engine.Pid()
	}
	return c.party(p.where).Arm(ctx, &p.at, victim)
}
