package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/gate/inspect"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// ResolvedGate is the gate of a version, and what its checks come to on what was
// handed over for earlier versions.
type ResolvedGate struct {
	Suite   gate.Suite    `json:"suite"`
	Results []gate.Result `json:"results,omitempty"`
}

// gate finds the gate of a version and runs its checks; nil where it has none.
func (r *Rules) gate(ctx context.Context, rules *policy.Rules, s change.Snapshot, given []gate.Given) (*ResolvedGate, error) {
	found, gated, err := rules.Gate(policy.CaseOf(s))
	if err != nil || !gated {
		return nil, err
	}
	results, _, err := r.inspect(ctx, rules, found, s, given, "")
	return &ResolvedGate{Suite: found.Suite, Results: results}, err
}

// inspect runs the checks. The files are read first: a store that does not answer is
// waited for, one that has no such file, or another under its digest, is what the
// check comes to. missing lists the parts of which there is no file.
func (r *Rules) inspect(ctx context.Context, rules *policy.Rules, g policy.Gate, s change.Snapshot, given []gate.Given, failed string) (results []gate.Result, missing []gate.Part, err error) {
	files, faults := map[string][]byte{}, map[string]error{}
	for _, one := range given {
		if one.Part != gate.Findings && !slices.Contains(gate.Files(), one.Part) {
			continue
		}
		data, err := r.Contents.Get(ctx, one.Digest)
		switch {
		case err == nil:
			files[one.Digest] = data
		case errors.Is(err, evidence.ErrNotFound):
			faults[one.Digest] = errors.New("it is not in the store")
			missing = append(missing, one.Part)
		case errors.Is(err, evidence.ErrDamaged):
			faults[one.Digest] = errors.New("it is damaged in the store")
		default:
			return nil, nil, &compliance.Failure{Class: compliance.Unavailable, Op: "read evidence for the gate", Err: err}
		}
	}
	return inspect.Evaluate(inspect.Evidence{
		Terms: g.Terms, Given: given, DataClass: s.Short("data_class"),
		Place: rules.Place(s.System, s.Environment), Statement: rules.Limits(s.System),
		Read: func(one gate.Given) ([]byte, error) { return files[one.Digest], faults[one.Digest] }, Failed: failed, Now: r.Now(),
	}), missing, nil
}

// pinned gives the rules that a version was submitted under, wherever those in
// force are by now.
func (r *Rules) pinned(ctx context.Context, hash string) (*policy.Rules, error) {
	now, err := r.Source.Rules(ctx)
	if err != nil || now.Hash == hash {
		return now, err
	}
	data, err := r.Contents.Get(ctx, rulesBlob(hash))
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: "read the pinned rules", Err: err}
	}
	rules, err := policy.Restore(data)
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Invalid, Op: "read the pinned rules", Detail: "they cannot be used", Err: err}
	}
	return rules, nil
}

// InspectGateInput is what somebody hands over, and what is looked at beside it.
type InspectGateInput struct {
	Snapshot  change.Snapshot    `json:"snapshot"`
	RulesHash string             `json:"rules_hash"`
	Inbound   compliance.Inbound `json:"inbound"`
	Given     []gate.Given       `json:"given,omitempty"` // before
	Now       time.Time          `json:"now"`
	// Asked is what became of asking about the packages; with it there is no Inbound.
	Asked *AskedPackages `json:"asked,omitempty"`
}

// AskedPackages is what a database of vulnerabilities answered about a manifest.
type AskedPackages struct {
	Manifest string    `json:"manifest"`           // its digest
	Findings string    `json:"findings,omitempty"` // digest of what is known of its packages
	At       time.Time `json:"at"`
	Failed   string    `json:"failed,omitempty"` // why there is no answer
}

// InspectedGate is what there is since, and what the checks come to on it. Missing
// is a part of which a digest came and no file is there.
type InspectedGate struct {
	New     []gate.Part   `json:"new,omitempty"`
	Given   []gate.Given  `json:"given,omitempty"`
	Results []gate.Result `json:"results,omitempty"`
	Missing gate.Part     `json:"missing,omitempty"`
	// Feeds are those whose advisories the packages of a manifest are compared with,
	// where the gate asks for that.
	Feeds []string `json:"feeds,omitempty"`
}

// InspectGate reads what is handed over and runs the checks of the gate on all that
// there is since. It writes nothing: whether it counts is judged, and put on record,
// afterwards by JudgeGate. It does not run where the log is held, because the files
// are anybody's.
func (r *Rules) InspectGate(ctx context.Context, in InspectGateInput) (InspectedGate, error) {
	handed, bad, _ := change.ParseGate(in.Inbound)
	if bad != change.OK && in.Asked == nil {
		return InspectedGate{}, nil // JudgeGate says so
	}
	rules, err := r.pinned(ctx, in.RulesHash)
	if err != nil {
		return InspectedGate{}, translate(err)
	}
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return InspectedGate{}, translate(err)
	}
	g, gated, err := rules.Gate(policy.CaseOf(in.Snapshot))
	if err != nil {
		return InspectedGate{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "find the gate", Detail: err.Error()})
	}
	if !gated {
		return InspectedGate{}, nil
	}
	sent := given(dir, handed, in.Inbound.Actor, in.Now)
	failed := ""
	if in.Asked != nil {
		if sent, failed = nil, in.Asked.Failed; failed == "" {
			sent = []gate.Given{{Part: gate.Findings, Digest: in.Asked.Findings, Of: in.Asked.Manifest, At: in.Asked.At.UTC()}}
		}
	}
	out := InspectedGate{Given: gate.Merge(in.Given, sent)}
	for _, t := range g.Terms {
		if t.Check == gate.Dependencies {
			general, _ := rules.Patching()
			for _, f := range general.Feeds {
				out.Feeds = append(out.Feeds, f.ID)
			}
		}
	}
	for _, one := range sent {
		out.New = append(out.New, one.Part)
	}
	var missing []gate.Part
	out.Results, missing, err = r.inspect(ctx, rules, g, in.Snapshot, out.Given, failed)
	for _, part := range missing {
		if slices.Contains(out.New, part) {
			out.Missing = part
		}
	}
	return out, translate(err)
}

// given is what is handed over, with who does it and whom it names.
func given(dir *policy.Directory, h change.Handed, by compliance.Account, at time.Time) []gate.Given {
	person, _ := theOne(dir, by)
	out := slices.Clone(h.Files)
	if h.Synthetic != nil {
		out = append(out, gate.Given{Part: gate.Synthetic, Digest: evidence.Digest([]byte(h.Synthetic.Shown))})
	}
	if h.Review != nil {
		out = append(out, gate.Given{Part: gate.Review, Digest: h.Review.Digest(), Link: h.Review.Link,
			Author: whose(dir, h.Review.Author), Reviewer: whose(dir, h.Review.Reviewer)})
	}
	for i := range out {
		out[i].By, out[i].At = person.ID, at.UTC()
	}
	return out
}

// whose is the person that a text names by their id, or by an account of theirs;
// nobody where the directory does not name exactly one.
func whose(dir *policy.Directory, text string) compliance.PersonID {
	if p, ok := dir.Person(compliance.PersonID(text)); ok {
		return p.ID
	}
	account, _ := change.ParseAccount(text)
	p, _ := theOne(dir, account)
	return p.ID
}

// StoreGateFileInput is a file for the gate.
type StoreGateFileInput struct {
	Data []byte `json:"data"`
}

// StoredGateFile names what was stored.
type StoredGateFile struct {
	Blob string `json:"blob"`
}

// StoreGateFile keeps a file under the digest of its bytes; storing it twice is
// storing it once. Nothing is decided by it.
func (r *Rules) StoreGateFile(ctx context.Context, in StoreGateFileInput) (StoredGateFile, error) {
	const op = "store a file for the gate"
	switch {
	case len(in.Data) == 0:
		return StoredGateFile{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: op, Detail: "it is empty"})
	case len(in.Data) > inspect.MaxBytes:
		return StoredGateFile{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: op, Detail: "it has more than 1 MiB"})
	}
	digest, err := r.Blobs.Put(ctx, in.Data)
	if err != nil {
		return StoredGateFile{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: op, Err: err})
	}
	return StoredGateFile{Blob: digest}, nil
}
