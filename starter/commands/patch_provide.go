package commands

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	process "github.com/lowcodex/countersign/workflows/patch"
)

// provision are the flags of patch provide.
type provision struct {
	payload
	as, id string
}

// provided is what patch provide prints.
type provided struct {
	ID      string           `json:"id"` // repeating it provides nothing new
	Number  string           `json:"number,omitempty"`
	Subject string           `json:"subject"`
	Payload string           `json:"payload"` // digest of the bytes that are stored
	Reply   compliance.Reply `json:"reply"`
}

func (p *program) patchProvideCommand() *cobra.Command {
	d := patches()
	var f provision
	cmd := &cobra.Command{
		Use:   "provide " + d.argument(),
		Short: "Give a payload to a rollout that an advisory opened",
		Long: "Give a payload to a rollout that an advisory opened and that waits for one. It is stored as with\n" +
			"starter patch start, and judged by the rollout: whether you may provide it, whether the platform\n" +
			"takes it, and whether the plan can go out for approval. The first payload counts.\n\n" +
			d.argument() + " is " + d.help() + ".",
		Example:           "  starter patch provide PAT-7 --from yard-dev --summary 'Yard flows' --version 2.1.1",
		Args:              oneSubject(&d),
		ValidArgsFunction: completeNames(p.running(&d)),
		RunE:              func(cmd *cobra.Command, args []string) error { return p.patchProvide(cmd.Context(), &d, args[0], f) },
	}
	cmd.Flags().StringVar(&f.id, "id", "", "UUID of the request, to repeat one (default: a new one)")
	_ = cmd.RegisterFlagCompletionFunc("id", cobra.NoFileCompletions)
	p.payloadFlags(cmd, &f.payload)
	p.actorFlag(cmd, &f.as)
	return cmd
}

func (p *program) patchProvide(ctx context.Context, d *descriptor, ref string, f provision) error {
	by, err := actor(f.as)
	if err != nil {
		return err
	}
	from, err := f.check(p.in)
	if err != nil {
		return err
	}
	id, err := p.requestID(f.id)
	if err != nil {
		return err
	}
	if err := checkReference(d, ref); err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		subject, err := p.resolve(ctx, e, d, ref)
		if err != nil {
			return err
		}
		found, err := p.look(ctx, e, d, subject)
		if err != nil {
			return err
		}
		s, _ := found.(patchStanding)
		if s.State != rules.Assessing {
			return &failure{code: ExitRefused, what: or(s.Number, subject) + " waits for no payload: it is " + s.words(),
				next: "to roll something else out: starter patch start"}
		}
		fmt.Fprintf(p.notes, "request %s is under way; repeat it with --id %s\n", id, id)
		from.System = s.System
		asked := process.Asked{System: s.System, Advisory: subject, Actor: by, Payload: &process.Stored{Title: f.summary, Version: f.version}}
		print, err := requestPrint(asked, from)
		if err != nil {
			return err
		}
		if asked.Payload.Blob, err = p.store(ctx, e, from, id, print); err != nil {
			return err
		}
		return p.give(ctx, e, d, s, process.Provided{Key: id, Actor: by, Payload: *asked.Payload})
	})
}

// give hands the payload over. What came of it is seen by where the rollout
// stands: one that has a further record and still waits did not take it.
func (p *program) give(ctx context.Context, e engine, d *descriptor, was patchStanding, in process.Provided) error {
	subject, looks := was.Subject, 0
	send, cancel := p.bounded(ctx, signalWithin)
	defer cancel()
	if err := e.SignalWorkflow(send, subject, "", process.SignalProvided, in); err != nil {
		if isGone(err) {
			return usage("the rollout is over and takes no payload any more", "look at it with: "+d.command("show")+" "+subject)
		}
		return unreachable("it is not known whether the payload arrived: "+err.Error(), "repeat the command with --id "+in.Key+": it counts once", err)
	}
	refused := func(s patchStanding) bool {
		return s.State == rules.Assessing && s.Payload.Version == "" && s.LastIndex > was.LastIndex
	}
	s, err := p.follow(ctx, e, subject, false, func(s patchStanding) bool {
		if refused(s) {
			looks++ // a record of something else may have come first
		}
		return enough(s, false) || looks > 3
	})
	if err != nil {
		return err
	}
	done := provided{ID: in.Key, Number: s.Number, Subject: subject, Payload: in.Payload.Blob, Reply: compliance.Reply{
		Outcome: compliance.Received, Text: "The payload is durable; what comes of it follows on the card and in " + d.command("show") + ".",
	}}
	switch {
	case refused(s):
		done.Reply = compliance.Reply{Outcome: compliance.Declined, Text: or(s.Number, subject) + " did not take the payload and still waits for one. Why is on record: starter evidence show " + or(s.Number, subject)}
	case s.State == rules.Rejected:
		done.Reply = compliance.Reply{Outcome: compliance.Declined, Reason: string(s.Reason), Text: s.Reason.Text() + " " + s.Detail}
	case s.State != rules.Assessing && s.State != "":
		done.Reply = compliance.Reply{Outcome: compliance.Recorded, Text: or(s.Number, subject) + " is " + s.words() + "."}
	}
	err = p.print(done, func(w io.Writer) { fmt.Fprintf(w, "%s: %s\n", done.Reply.Outcome, visible(done.Reply.Text)) })
	if err == nil && done.Reply.Outcome == compliance.Declined {
		return &failure{code: ExitRefused}
	}
	return err
}
