package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
	process "github.com/lowcodex/countersign/workflows/patch"
)

// rollout are the flags of patch start.
type rollout struct {
	payload
	system, class, risk, advisory string
	vulnerabilities               []string
	found                         string
	exploited, automatable        string
	impact                        string
	as, id                        string
	wait                          bool
}

// opened is what patch start prints.
type opened struct {
	ID         string `json:"id"` // of the request; repeating it starts nothing new
	WorkflowID string `json:"workflow_id"`
	Number     string `json:"number,omitempty"` // once the rollout has one
	Payload    string `json:"payload"`          // digest of the bytes that are stored
	State      string `json:"state,omitempty"`
	Change     string `json:"change,omitempty"` // number of the change that approves it
	Reason     string `json:"reason,omitempty"`
	Text       string `json:"text,omitempty"` // the reason in words, with what was seen
}

func (p *program) patchStartCommand() *cobra.Command {
	var r rollout
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Start the rollout of a payload to a system's rings",
		Long: "Start a rollout: the payload is stored, from a place of the policy or from a file; rings, tests and\n" +
			"deadlines are read from the policy and pinned; and the plan goes out for approval as a change. No\n" +
			"target is touched before that. The request has an id, printed at once: repeating the command with\n" +
			"that --id starts nothing new, whatever became of the first attempt.",
		Example: "  starter patch start --system yard-flows --from yard-dev --summary 'Yard flows' --version 2.1\n" +
			"  starter patch start --system yard-flows --class node-red --file flows.json --summary 'Yard flows' --version 2.1 --advisory GHSA-xxxx \\\n" +
			"    --vulnerability CVE-2026-1234 --found 2026-11-20 --wait",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.patchStart(cmd.Context(), r) },
	}
	flags := cmd.Flags()
	flags.StringVar(&r.system, "system", "", "the system's id in the policy")
	flags.StringVar(&r.class, "class", "", "class of the targets; needed where the system has several")
	flags.StringVar(&r.advisory, "advisory", "", "id of the advisory that this answers, for the record and the change")
	flags.StringArrayVar(&r.vulnerabilities, "vulnerability", nil, "CVE that this mends, whose deadline runs from now on; may be given several times")
	flags.StringVar(&r.found, "found", "", "date on which these were found on the systems, in UTC, from which the deadlines run (default: the moment of the request)")
	enum(cmd, false, &r.exploited, "exploited", "", "whether these are known to be exploited, where you know; unknown counts as yes", "yes", "no")
	enum(cmd, false, &r.automatable, "automatable", "", "whether attacks on them can be automated, where you know; unknown counts as yes", "yes", "no")
	enum(cmd, false, &r.impact, "impact", "", "whether an attack gains partial or total control of the component (default: what the policy says of the target, or total)", "partial", "total")
	flags.StringVar(&r.id, "id", "", "UUID of the request, to repeat one (default: a new one)")
	flags.BoolVarP(&r.wait, "wait", "w", false, "follow it until it is complete, or did not become so; exits 1 then")
	enum(cmd, false, &r.risk, "risk", "", "risk of the change that approves it (default: medium)", "low", "medium", "high")
	p.payloadFlags(cmd, &r.payload)
	p.actorFlag(cmd, &r.as)
	_ = cmd.RegisterFlagCompletionFunc("system", p.completePolicy(func(_ *policy.Rules, of policy.Rollout) []string {
		return []string{of.System + "\t" + of.Class}
	}))
	_ = cmd.RegisterFlagCompletionFunc("class", p.completePolicy(func(_ *policy.Rules, of policy.Rollout) []string {
		return []string{of.Class + "\t" + of.System}
	}))
	for _, name := range []string{"advisory", "vulnerability", "found", "id"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return cmd
}

var (
	policyID   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	advisoryID = regexp.MustCompile(`^[!-~]{1,100}$`)
)

// asked checks everything that can be checked without a server.
func (r rollout) asked(in io.Reader, now time.Time) (process.Asked, source, error) {
	asked := process.Asked{System: r.system, Class: r.class, Risk: r.risk, Advisory: r.advisory, Payload: &process.Stored{Title: r.summary, Version: r.version}}
	var err error
	if asked.Actor, err = actor(r.as); err != nil {
		return asked, source{}, err
	}
	switch {
	case r.system == "":
		return asked, source{}, usage("it is not known which system is to be patched", "give --system, an id of the policy's systems.yaml")
	case !policyID.MatchString(r.system):
		return asked, source{}, usage(quote(r.system)+" in --system is no id of a system", "ids have lower-case letters, digits, ., - and _, as in yard-flows")
	case r.class != "" && !policyID.MatchString(r.class):
		return asked, source{}, usage(quote(r.class)+" in --class is no name of a class", "classes are named in the policy's patch.yaml, as node-red")
	case r.advisory != "" && !advisoryID.MatchString(r.advisory):
		return asked, source{}, usage(quote(r.advisory)+" in --advisory is no id of an advisory", "give the publisher's id, as in GHSA-vm6q-3jc2-pf49 or SSA-395348")
	}
	if asked.Vulnerabilities, err = r.mends(now); err != nil {
		return asked, source{}, err
	}
	from, err := r.check(in)
	from.System, from.Class = r.system, r.class
	return asked, from, err
}

// mends are the vulnerabilities that are named, with what the person knows of them,
// and the date on which they were found where it is known. Without one the rollout itself counts from its request,
// which is the same however often the command is repeated.
func (r rollout) mends(now time.Time) ([]rules.Vulnerability, error) {
	for _, answer := range []struct{ flag, value string }{{"exploited", r.exploited}, {"automatable", r.automatable}, {"impact", r.impact}} {
		if answer.value != "" && len(r.vulnerabilities) == 0 {
			return nil, usage("--"+answer.flag+" says something about a vulnerability, and none is named", "give --vulnerability, as in --vulnerability CVE-2026-1234")
		}
	}
	var evidence []rules.Evidence
	if r.found != "" {
		at, err := time.Parse(time.DateOnly, r.found)
		switch {
		case len(r.vulnerabilities) == 0:
			return nil, usage("--found says when something was found, and nothing is named", "give --vulnerability, as in --vulnerability CVE-2026-1234")
		case err != nil:
			return nil, usage(quote(r.found)+" in --found is no date", "give the day, as in 2026-11-20")
		case at.After(now) || at.Year() < 1999:
			return nil, usage(quote(r.found)+" in --found is no day on which a CVE can have been found", "give the day in UTC, today at the latest")
		}
		evidence = []rules.Evidence{{Kind: rules.Detected, At: at, Source: "the request for the rollout"}}
	}
	var out []rules.Vulnerability
	for _, id := range r.vulnerabilities {
		if !rules.IsCVE(id) {
			return nil, usage(quote(id)+" in --vulnerability is no CVE", "give each by its id, as in CVE-2026-1234; an advisory's own id is given with --advisory")
		}
		if slices.ContainsFunc(out, func(v rules.Vulnerability) bool { return v.ID == id }) {
			continue
		}
		out = append(out, rules.Vulnerability{
			ID: id, Evidence: evidence, Exploited: rules.Answer(r.exploited), Automatable: rules.Answer(r.automatable), Impact: rules.Impact(r.impact),
		})
	}
	return out, nil
}

func (p *program) patchStart(ctx context.Context, r rollout) error {
	asked, from, err := r.asked(p.in, p.now())
	if err != nil {
		return err
	}
	id, err := p.requestID(r.id)
	if err != nil {
		return err
	}
	print, err := requestPrint(asked, from)
	if err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		fmt.Fprintf(p.notes, "request %s is under way; repeat it with --id %s\n", id, id)
		p.beside(ctx, e, asked.System, process.WorkflowID(id))
		if asked.Payload.Blob, err = p.store(ctx, e, from, id, print); err != nil {
			return err
		}
		subject := process.WorkflowID(id)
		if err := p.open(ctx, e, subject, id, print, asked); err != nil {
			return err
		}
		done := opened{ID: id, WorkflowID: subject, Payload: asked.Payload.Blob}
		return p.followed(ctx, e, done, r.wait)
	})
}

// open starts the rollout, or joins the one that has this id. A kill behind it
// loses the display only.
func (p *program) open(ctx context.Context, e engine, subject, id, print string, asked process.Asked) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	options := once(subject)
	options.StaticSummary = print
	_, err := e.ExecuteWorkflow(ctx, options, process.Type, process.Input{Asked: asked})
	if err != nil {
		return unreachable("it is not known whether the rollout was started: "+err.Error(), "repeat the command with --id "+id+": it starts one", err)
	}
	return p.samePayload(ctx, e, subject, id, print)
}

// samePayload refuses an id under which something else was to be rolled out.
func (p *program) samePayload(ctx context.Context, e engine, workflow, id, print string) error {
	return p.sameRequest(ctx, e, workflow, id, print, "another request: of another payload, system or person", "leave --id out to make this one")
}

func (p *program) requestID(given string) (string, error) {
	if given == "" {
		return p.newID(), nil
	}
	id, err := uuid.Parse(given)
	if err != nil || len(given) != 36 {
		return "", usage(quote(given)+" is no UUID", "leave --id out for a new request, or give the id the first attempt printed")
	}
	return id.String(), nil
}

// requestPrint identifies what is asked for; it stands in the runs' summaries,
// readable to an operator and the same for a repetition.
func requestPrint(asked process.Asked, from source) (string, error) {
	content, err := json.Marshal(struct {
		Asked  process.Asked
		From   string
		Digest string
	}{asked, from.From, from.digest})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return fmt.Sprintf("%s %s to %s · request sha256:%s", asked.Payload.Title, asked.Payload.Version, asked.System, hex.EncodeToString(sum[:16])), nil
}
