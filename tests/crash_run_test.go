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
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	s := c.next(crashPoint{plot: which})
	began := time.Now()
	if err := s.play(ctx); err != nil {
		return nil, c.explain(err)
	}
	c.usual[which] = time.Since(began)
	if problems := c.check(ctx, s); len(problems) > 0 {
		return nil, fmt.Errorf("%v", problems)
	}
	base := passed{}
	for name, p := range map[string]*harness.Process{partyWorker: c.worker, partyEvidence: c.records, partyGateway: c.gateway} {
		counts, err := p.Counts(ctx)
		if err != nil {
			return nil, err
		}
		base[name] = counts
	}
	for name, r := range c.relays {
		base[name] = r.Counts()
	}
	return base, nil
}

func (c *crashWorld) next(p crashPoint) *crashStory {
	c.stories++
	return &crashStory{c: c, title: fmt.Sprintf("Story %d of the matrix", c.stories), plot: p.plot, absent: p.absent}
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
	s := c.next(p)
	began := time.Now()
	err := s.play(ctx)
	r.took = time.Since(began)
	if len(c.deaths(p.victim)) > deaths {
		r.reached, r.recovery = true, max(0, r.took-c.usual[p.plot])
	}
	if err != nil {
		return lost(c.explain(err))
	}
	r.problems = c.check(ctx, s)
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
	if r := c.relays[p.where]; r != nil {
		r.Arm(&p.at, func(context.Context) { c.party(p.victim).Kill() })
		return nil
	}
	victim := 0
	if p.victim == partyEngine {
		victim = c.engine.Pid()
	}
	return c.party(p.where).Arm(ctx, &p.at, victim)
}
