package commands

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"github.com/lowcodex/countersign/policy"
	process "github.com/lowcodex/countersign/workflows/change"
)

// submission are the flags of a submission.
type submission struct {
	file, ticket, site, as, id string
	// template is the name of a standard change, or exampleFile.
	template string
}

func (p *program) submissionID(given string) (string, error) {
	if given == "" {
		return p.newID(), nil
	}
	id, err := uuid.Parse(given)
	if err != nil || len(given) != 36 {
		return "", usage(quote(given)+" is no UUID", "leave --id out for a new submission, or give the id the first attempt printed")
	}
	return id.String(), nil
}

// submissionInput reads and checks everything that can be checked without the server.
func (p *program) submissionInput(s submission) (process.SubmissionInput, error) {
	in := process.SubmissionInput{Site: s.site}
	var err error
	if in.Actor, err = actor(s.as); err != nil {
		return in, err
	}
	var fields []string
	if in.Site, fields, err = p.site(s.site); err != nil {
		return in, err
	}
	switch {
	case s.file != "" && s.ticket != "":
		return in, usage("--file and --ticket exclude each other: a file opens a ticket of its own",
			"to change what a ticket says, edit it in the tracker")
	case s.ticket != "":
		in.Ticket = strings.ToUpper(s.ticket)
		if !ticketForm().MatchString(in.Ticket) {
			return in, usage(quote(s.ticket)+" is no key of a ticket", "a key looks like OPS-12")
		}
	case s.file != "":
		file, err := readChange(s.file, p.in, fields)
		if err != nil {
			return in, err
		}
		if s.template != "" {
			t, err := p.standard(s.template)
			if err == nil {
				err = file.by(t)
			}
			if err != nil {
				return in, err
			}
		}
		if err := file.check(p.now()); err != nil {
			return in, err
		}
		in.Fields = file.fields
	default:
		return in, usage("there is nothing to submit", "give --file change.yaml or --ticket OPS-12; an example file: starter change submit --template")
	}
	return in, nil
}

// site is the tracker's site and the names of the organisation's own fields.
func (p *program) site(given string) (string, []string, error) {
	const next = "give --site, or the policy with --policy DIR (" + envPolicy + ")"
	if p.options.policy == "" {
		if given == "" {
			return "", nil, usage("it is not known which tracker the ticket belongs to", next)
		}
		return given, nil, nil
	}
	loaded, _, err := policy.Load(p.options.policy)
	if err != nil {
		return "", nil, usage("the policy in "+p.options.policy+" cannot be used", "see starter policy check "+p.options.policy)
	}
	var fields []string
	for _, field := range loaded.Fields() {
		fields = append(fields, field.Name)
	}
	return or(given, loaded.Tickets().Site), fields, nil
}

// fingerprint identifies what is submitted; it stands in the run's summary.
func fingerprint(in process.SubmissionInput) (string, error) {
	content, err := json.Marshal(in) // maps are sorted by key
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return "content sha256:" + hex.EncodeToString(sum[:]), nil
}
