package commands

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	rules "github.com/lowcodex/countersign/compliance/patch"
)

// followed shows how far a rollout came: until it has its number and is planned
// or refused, or with wait until it is complete or did not become so.
func (p *program) followed(ctx context.Context, e engine, done opened, wait bool) error {
	s, err := p.follow(ctx, e, done.WorkflowID, wait, func(s patchStanding) bool { return enough(s, wait) })
	if err != nil {
		return err
	}
	done.Number, done.State, done.Change, done.Reason = s.Number, string(s.State), s.Change, string(s.Reason)
	if s.Reason != rules.OK {
		done.Text = strings.TrimSpace(s.Reason.Text() + " " + s.Detail)
	}
	if err := p.print(done, func(w io.Writer) { p.writeOpened(w, done, s) }); err != nil {
		return err
	}
	switch s.State {
	case rules.Rejected, rules.Withdrawn, rules.RolledBack:
		return &failure{code: ExitRefused} // the result has said why
	}
	return nil
}

// follow asks the rollout how it stands until it is as wanted, and tells each
// move. Without wait it ends with the command's time at the latest: the rollout
// goes on by itself. A worker or server that goes away is told once and asked again.
func (p *program) follow(ctx context.Context, e engine, subject string, wait bool, wanted func(patchStanding) bool) (patchStanding, error) {
	d, every := patches(), numberEvery
	end := make(<-chan time.Time)
	if wait {
		every = watchEvery
	} else {
		timer := time.NewTimer(p.options.timeout)
		defer timer.Stop()
		end = timer.C
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	last, told, lost := patchStanding{Subject: subject}, "", false
	for {
		found, err := p.standing(ctx, e, &d, subject)
		if s, ok := found.(patchStanding); err == nil && ok {
			last, lost = s, false
			if move := progress(s); move != told {
				fmt.Fprintln(p.notes, move)
				told = move
			}
			if wanted(s) {
				return s, nil
			}
		} else if f := explain(ctx, err); ctx.Err() == nil && f.code != ExitUnreachable {
			return last, err
		} else if ctx.Err() == nil && !lost {
			p.complain(f)
			lost = true
		}
		select {
		case <-ctx.Done():
			return last, unreachable("interrupted; the rollout goes on by itself", "look at it with: starter patch show "+or(last.Number, subject), ctx.Err())
		case <-end:
			return last, nil
		case <-ticks.C:
		}
	}
}

// enough reports whether there is nothing more to wait for: a person's word is
// waited for, with wait, as long as it takes.
func enough(s patchStanding, wait bool) bool {
	switch s.State {
	case rules.Rejected, rules.Withdrawn, rules.RolledBack, rules.Completed:
		return true
	case rules.Assessing, "":
		return false
	case rules.Approving:
		return !wait && s.Change != "" // so that the next step can be named
	}
	return !wait && s.Number != ""
}

// progress is one line on where the rollout stands.
func progress(s patchStanding) string {
	text := line(or(s.Number, s.Subject)) + ": " + s.words()
	if s.Ring > 0 && s.Ring <= len(s.Rings) && s.State == rules.Rolling {
		text += ", " + strings.ReplaceAll(string(s.Rings[s.Ring-1].State), "_", " ")
	}
	if s.Reason != rules.OK {
		text += ". " + line(strings.TrimSpace(s.Reason.Text()+" "+s.Detail))
	}
	for _, trouble := range s.Trouble {
		text += " · " + line(trouble)
	}
	return text
}

func (p *program) writeOpened(w io.Writer, done opened, s patchStanding) {
	ink, name := p.ink(w), line(or(done.Number, done.WorkflowID))
	switch s.State {
	case rules.Rejected, rules.Withdrawn, rules.RolledBack:
		fmt.Fprintf(w, "%s %s: %s\n", ink.bad(strings.ReplaceAll(done.State, "_", " ")), ink.bold(name), line(done.Text))
	case rules.Completed:
		fmt.Fprintf(w, "%s %s: every ring is proven\n", ink.good("completed"), ink.bold(name))
	case "":
		fmt.Fprintf(w, "%s %s; nobody has looked at it yet\n", ink.warn("asked for"), ink.bold(name))
	default:
		fmt.Fprintf(w, "%s %s, %s\n", ink.good("started"), ink.bold(name), s.words())
	}
	if done.Change != "" && s.State == rules.Approving {
		fmt.Fprintf(w, "  approve     starter change approve %s\n", line(done.Change))
	}
	fmt.Fprintf(w, "  look at it  starter patch show %s\n", name)
	if !s.over() && s.State != rules.Completed && s.State != rules.RolledBack {
		fmt.Fprintf(w, "  stop it     starter patch stop %s\n", name)
	}
	if s.State == rules.RolledBack {
		fmt.Fprintf(w, "  lift bar    starter patch lift-bar %s\n", name)
	}
	fmt.Fprintf(w, "  payload     %s\n  repeat      --id %s\n", line(done.Payload), done.ID)
}
