package activities

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/patch"
)

// VulnerabilitySource is a database of vulnerabilities. Every error is a
// *compliance.Failure. The implementation does not retry; a question has no effect,
// so it may be asked again.
type VulnerabilitySource interface {
	// Find says what is known of packages, given as package URLs with versions. What
	// it could not be asked about is missing in Findings.Asked.
	Find(ctx context.Context, purls []string) (dependency.Findings, error)
}

// Vulnerabilities is the capability to find what is known of packages.
type Vulnerabilities struct {
	// Source is asked; nil where none is configured, which is an answer, too.
	Source VulnerabilitySource
	Blobs  BlobStore
}

// FindVulnerabilitiesInput names a manifest, and the advisories that are on record.
type FindVulnerabilitiesInput struct {
	Name     string `json:"name"`     // of the manifest's file
	Manifest string `json:"manifest"` // digest of its blob
	// Advisories are digests of published documents, as RecallAdvisories gives them;
	// what is no advisory among them is passed over.
	Advisories []string `json:"advisories,omitempty"`
}

// FoundVulnerabilities names what was found: the findings themselves are a blob,
// because a manifest may have thousands of packages.
type FoundVulnerabilities struct {
	Findings string `json:"findings"` // digest of a dependency.Findings as JSON
	Asked    int    `json:"asked"`    // packages that the database was asked about
	Known    int    `json:"known"`    // vulnerabilities of them, those on record included
	// Standing is dependency.NobodyAsked where no database is configured.
	Standing dependency.Reason `json:"standing,omitempty"`
}

// FindVulnerabilities asks what is known of the packages of a manifest and stores
// the answer. A manifest that cannot be read is Invalid; a database that cannot be
// reached is tried again. A crash leaves at most an unreferenced blob.
func (v *Vulnerabilities) FindVulnerabilities(ctx context.Context, in FindVulnerabilitiesInput) (FoundVulnerabilities, error) {
	out, err := v.find(ctx, in)
	if err != nil {
		return FoundVulnerabilities{}, translate(err)
	}
	done(ctx, "vulnerabilities looked for", "asked", out.Asked, "known", out.Known, "standing", string(out.Standing))
	return out, nil
}

func (v *Vulnerabilities) find(ctx context.Context, in FindVulnerabilitiesInput) (FoundVulnerabilities, error) {
	data, err := v.Blobs.Get(ctx, in.Manifest)
	if err != nil {
		return FoundVulnerabilities{}, lookFailure("the manifest's stored content cannot be read", err)
	}
	m, err := dependency.Parse(in.Name, data)
	if err != nil {
		return FoundVulnerabilities{}, &compliance.Failure{Class: compliance.Invalid, Op: lookFor, Detail: err.Error()}
	}
	advisories, err := v.advisories(ctx, in.Advisories)
	if err != nil {
		return FoundVulnerabilities{}, err
	}
	findings := dependency.Findings{Standing: dependency.NobodyAsked}
	if v.Source != nil {
		if findings, err = v.Source.Find(ctx, m.PURLs()); err != nil {
			return FoundVulnerabilities{}, err
		}
	}
	findings = findings.With(dependency.Match(m, advisories))
	raw, err := json.Marshal(findings)
	if err != nil {
		return FoundVulnerabilities{}, lookFailure("what was found cannot be written", err)
	}
	digest, err := v.Blobs.Put(ctx, raw)
	if err != nil {
		return FoundVulnerabilities{}, lookFailure("what was found cannot be stored", err)
	}
	return FoundVulnerabilities{Findings: digest, Asked: len(findings.Asked), Known: len(findings.List), Standing: findings.Standing}, nil
}

// advisories reads the documents that are advisories.
func (v *Vulnerabilities) advisories(ctx context.Context, digests []string) ([]patch.Advisory, error) {
	var out []patch.Advisory
	for _, digest := range digests {
		data, err := v.Blobs.Get(ctx, digest)
		if err != nil {
			return nil, lookFailure("an advisory's stored content cannot be read", err)
		}
		if a, err := patch.ParseAdvisory(data); err == nil {
			out = append(out, a)
		}
	}
	return out, nil
}

const lookFor = "look for vulnerabilities"

func lookFailure(detail string, err error) error {
	return &compliance.Failure{Class: compliance.Unavailable, Op: lookFor, Detail: detail, Err: err}
}

// RecallAdvisoriesInput names the feeds whose document in force counts, besides
// what rollouts were told by.
type RecallAdvisoriesInput struct {
	Feeds []string `json:"feeds,omitempty"`
}

// RecalledAdvisories are the documents on record, the latest first.
type RecalledAdvisories struct {
	Documents []string `json:"documents,omitempty"` // digests of blobs
	LeftOut   int      `json:"left_out,omitempty"`  // older ones that did not fit
}

// mostAdvisories bounds the documents that a manifest is compared with.
const mostAdvisories = 200

// RecallAdvisories lists the documents that feeds brought and that are on record:
// what the feeds are read for is what the organisation has, so others are not there.
func (e *Evidence) RecallAdvisories(ctx context.Context, in RecallAdvisoriesInput) (RecalledAdvisories, error) {
	var all []string
	for _, subject := range append([]string{patch.AdvisedSubject}, feedSubjects(in.Feeds)...) {
		entries, err := e.recordsOf(ctx, subject)
		if err != nil {
			return RecalledAdvisories{}, translate(err)
		}
		for _, entry := range entries {
			for _, blob := range entry.Record.Blobs {
				if blob.Role == "document" {
					all = append(slices.DeleteFunc(all, func(d string) bool { return d == blob.Digest }), blob.Digest)
				}
			}
		}
	}
	slices.Reverse(all)
	kept := all[:min(len(all), mostAdvisories)]
	return RecalledAdvisories{Documents: kept, LeftOut: len(all) - len(kept)}, nil
}

func feedSubjects(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, patch.FeedSubject(id))
	}
	return out
}
