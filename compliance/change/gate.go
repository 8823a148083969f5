package change

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/gate"
)

// ActionGate hands evidence over for the pre-deployment gate, or has it looked at again.
const ActionGate = "gate"

func gateTexts() map[Reason]string {
	return map[Reason]string{
		GateOpen:    "The pre-deployment gate of this change is open, so this does not count yet; have the checks named here pass, or an exception excuse them, and do it again.",
		NoGate:      "This change has no pre-deployment gate, so nothing was taken; attach what approvers should see to its ticket.",
		NotSender:   "Only the requester, the implementer and the accounts that the policy names may hand evidence over, so nothing was taken; ask one of them to do it.",
		FileMissing: "A file that this names is not in the store, so nothing was taken; send it with starter change gate, which stores it first.",

		UnreadableReview: "The code review is not named in a way that can be kept, so nothing was taken; give a link that begins with https:// and, without spaces, ids or accounts of the directory as author and reviewer.",
		UnreadableFile:   "A file is not named in a way that can be kept, so nothing was taken; name it by letters, digits and spaces, at most 100 in all, and send it with starter change gate.",
	}
}

// The form fields of ActionGate besides the files, whose names are gate.Files.
const (
	FieldSynthetic    = string(gate.Synthetic)
	FieldReviewLink   = "review_link"
	FieldReviewAuthor = "review_author"
	FieldReviewer     = "reviewer"
)

// Handed is what somebody hands over. Files have their digests and names; who
// sends them, and whom Review names, is the directory's to say.
type Handed struct {
	Binding   Binding
	Files     []gate.Given
	Synthetic *compliance.Answer // the statement as it was shown
	Review    *HandedReview
}

// HandedReview is a code review as somebody names it: its people by their ids in
// the directory, or by accounts.
type HandedReview struct{ Link, Author, Reviewer string }

// Digest names the review as what a check looked at.
func (r HandedReview) Digest() string {
	sum := sha256.Sum256([]byte(r.Link + "\n" + r.Author + "\n" + r.Reviewer))
	return "sha256:" + hex.EncodeToString(sum[:])
}

var (
	fileDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	fileName   = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}._ ()+@-]{0,99}$`)
	reviewLink = regexp.MustCompile(`^https://[^\s<>"\\]{3,490}$`)
	whose      = regexp.MustCompile(`^[\p{L}\p{N}][^\s]{0,199}$`)
)

// ParseGate reads what is handed over: a file as its digest and its name, with a
// space between. Nothing at all is a wish to look again. The reasons are
// MissingAnswer where a review is named in part, UnreadableReview and UnreadableFile,
// each with its form field, and BadRequest.
func ParseGate(in compliance.Inbound) (Handed, Reason, string) {
	var h Handed
	var bad Reason
	if in.Action != ActionGate {
		return h, BadRequest, ""
	}
	if h.Binding, bad = boundAct(in); bad != OK {
		return h, bad, ""
	}
	for _, part := range gate.Files() {
		value := in.Answer(string(part))
		if value == "" {
			continue
		}
		digest, name, _ := strings.Cut(value, " ")
		if _, ok := FileAnswer(digest, name); !ok {
			return h, UnreadableFile, string(part)
		}
		h.Files = append(h.Files, gate.Given{Part: part, Digest: digest, Name: name})
	}
	if a, given := find(in, FieldSynthetic); given && a.Value != "" { // a box that is not ticked arrives empty
		if a.Value != Yes || strings.TrimSpace(a.Shown) == "" {
			return h, BadRequest, FieldSynthetic // a tick without its statement states nothing
		}
		h.Synthetic = &a
	}
	var field string
	h.Review, bad, field = parseReview(in)
	return h, bad, field
}

// FileAnswer is the answer that names a file: its digest ("sha256:" and 64 hex
// digits) and its name; false where the name is none that a record can hold.
func FileAnswer(digest, name string) (string, bool) {
	return digest + " " + name, fileDigest.MatchString(digest) && fileName.MatchString(name) && !strings.ContainsFunc(name, Reorders)
}

func parseReview(in compliance.Inbound) (*HandedReview, Reason, string) {
	r := HandedReview{Link: strings.TrimSpace(in.Answer(FieldReviewLink)), Author: strings.TrimSpace(in.Answer(FieldReviewAuthor)), Reviewer: strings.TrimSpace(in.Answer(FieldReviewer))}
	if r == (HandedReview{}) {
		return nil, OK, ""
	}
	for _, one := range []struct {
		field, value string
		form         *regexp.Regexp
	}{{FieldReviewLink, r.Link, reviewLink}, {FieldReviewAuthor, r.Author, whose}, {FieldReviewer, r.Reviewer, whose}} {
		switch {
		case one.value == "":
			return nil, MissingAnswer, one.field
		case !one.form.MatchString(one.value) || strings.ContainsFunc(one.value, Reorders):
			return nil, UnreadableReview, one.field
		}
	}
	return &r, OK, ""
}

// Handing is everything a handing over is judged by besides what is handed over.
type Handing struct {
	Number      string
	State       State
	Version     int
	Hash        string
	Gated       bool
	Requester   compliance.PersonID
	Implementer compliance.PersonID
	Sends       bool // the person is in a group whose members may
}

// JudgeGate says whether this person may hand evidence over now. It may be done
// until the execution begins: evidence can become too old while an approved
// change waits.
func JudgeGate(h Handing, b Binding, by compliance.PersonID) Reason {
	switch {
	case b.Number != h.Number:
		return BadRequest
	case h.State.Terminal():
		return AlreadyClosed
	case h.State != Open && h.State != WaitingWindow && h.State != Held:
		return AlreadyExecuting
	case !h.Gated:
		return NoGate
	case !b.sameContent(h.Version, h.Hash):
		return StaleContent
	case by != h.Requester && by != h.Implementer && !h.Sends:
		return NotSender
	}
	return OK
}

// GatedFacts: what was handed over for the gate, and where all its checks stand
// after it.
type GatedFacts struct {
	Action   string    `json:"action"`
	Delivery string    `json:"delivery"`
	Surface  string    `json:"surface"`
	Message  string    `json:"message,omitempty"`
	Received time.Time `json:"received"`
	Version  int       `json:"version"`
	Hash     string    `json:"hash"` // of the content
	Gate     string    `json:"gate"` // its name in the policy
	Groups   []string  `json:"groups,omitempty"`
	// New are the parts that came now, Given all that there are since.
	New     []gate.Part   `json:"new,omitempty"`
	Given   []gate.Given  `json:"given,omitempty"`
	Results []gate.Result `json:"results"`
	Marks   []gate.Mark   `json:"marks"`
	// Stated is the statement about the test data, as it was shown.
	Stated *Attested `json:"stated,omitempty"`
}

// SubmittedGate is the gate of a version, and where its checks stood when it was submitted.
type SubmittedGate struct {
	Name    string          `json:"name"`
	Checks  []gate.Required `json:"checks"`
	Results []gate.Result   `json:"results,omitempty"`
}

// SyntheticText is the statement about the test data.
const SyntheticText = "The data that the tests used are synthetic: none of them is, or was made from, the data of a real person."

func gateForm() compliance.Form {
	line := func(name, label, hint string, most int) compliance.Field {
		return compliance.Field{Name: name, Label: label, Hint: hint, Kind: compliance.Prose, Line: true, MaxRunes: most}
	}
	return compliance.Form{
		Action: ActionGate, Title: "Evidence for the gate", Submit: "Hand over",
		Intro: "What you hand over is recorded under your name and checked at once; files come over the command line: starter change gate. Hand nothing over to have the checks looked at again.",
		Fields: []compliance.Field{
			{Name: FieldSynthetic, Kind: compliance.Attest, Label: SyntheticText},
			line(FieldReviewLink, "Link to the code review", "It begins with https://.", 500),
			line(FieldReviewAuthor, "Author of the code", "Their id in the directory, or an account of theirs as provider:id.", 200),
			line(FieldReviewer, "Reviewer of the code", "Somebody else than the author.", 200),
		},
	}
}
