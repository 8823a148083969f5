package change_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// Digest reads an attachment's bytes.
func (k *tracker) Digest(_ context.Context, a compliance.Attachment) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hashed = append(k.hashed, a.ID)
	if k.fail != nil {
		if err := k.fail("digest"); err != nil {
			return "", err
		}
	}
	return k.files[a.ID], nil
}

// attach puts a file on the ticket.
func (w *world) attach(id, name, fill string) {
	w.tracker.set(func() {
		if w.tracker.files == nil {
			w.tracker.files = map[string]string{}
		}
		w.tracker.files[id] = strings.Repeat(fill, 64)
		w.tracker.ticket.Attachments = append(w.tracker.ticket.Attachments, compliance.Attachment{ID: id, Name: name, Size: 3})
	})
}

// detach takes all files off the ticket.
func (w *world) detach() { w.tracker.set(func() { w.tracker.ticket.Attachments = nil }) }

// An attachment added while the change is reviewed voids the votes; known files
// are not read again until the next submission, nor is a name on record (C14).
func TestC14_AddedAttachmentVoidsVotes(t *testing.T) {
	w := newWorld(t)
	w.attach("1", "results-of-bruno.xml", "a")
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.hint(false) })
	w.At(3*time.Minute, func() {
		require.Equal(t, []string{"1"}, w.tracker.hashed, "an untouched file is read once while it is reviewed")
		w.attach("2", "more.xml", "b")
		w.hint(false)
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, []string{"1", "2"}, w.tracker.hashed[:2])
		require.ElementsMatch(t, []string{"1", "2"}, w.tracker.hashed[2:], "the next version begins with a reading of all of them")
		require.Equal(t, 2, w.standing().Version)
		require.True(t, shows(w, "attachments changed"))
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "voided", "submitted", "withdrawn"}, w.records())
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(t, err)
	all, err := json.Marshal(entries)
	require.NoError(t, err)
	require.NotContains(t, string(all), "bruno.xml")
}

// Right before the start all bytes are read once more: other bytes and a missing
// file stop it, though nobody was told of an edit (C13, C14).
func TestC14_AttachmentsAreReadBeforeTheStart(t *testing.T) {
	for name, tamper := range map[string]func(w *world){
		"missing": (*world).detach,
		"other bytes": func(w *world) {
			w.tracker.set(func() { w.tracker.files["1"] = strings.Repeat("f", 64) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.attach("1", "results.xml", "a")
			for i, who := range []string{"bruno", "chidi", "farah"} {
				w.At(time.Duration(i+1)*time.Minute, func() { w.approve(who, nil) })
			}
			w.At(5*time.Minute, func() {
				tamper(w)
				w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
					require.Equal(t, string(rules.ContentChanged), r.Reason)
					require.Contains(t, r.Text, "attachments")
				})
			})
			w.At(6*time.Minute, func() {
				require.Equal(t, 2, w.standing().Version)
				w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "voided", "submitted", "withdrawn"}, w.records())
		})
	}
}

// A file that cannot be read leaves nothing half done: the start is refused, and
// possible once it can be read (C14).
func TestC14_UnreadableAttachmentRefusesTheStart(t *testing.T) {
	w := newWorld(t)
	w.attach("1", "results.xml", "a")
	for i, who := range []string{"bruno", "chidi", "farah"} {
		w.At(time.Duration(i+1)*time.Minute, func() { w.approve(who, nil) })
	}
	w.At(5*time.Minute, func() {
		w.tracker.set(func() {
			w.tracker.fail = func(op string) error {
				if op == "digest" {
					return &compliance.Failure{Class: compliance.Unavailable, Op: "read an attachment"}
				}
				return nil
			}
		})
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.TicketUnreadable), r.Reason) })
	})
	w.At(15*time.Minute, func() {
		w.tracker.set(func() { w.tracker.fail = nil })
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(20*time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
}

// Too many attachments keep a change from being submitted, with how to mend it,
// and none is read (C14, requirement 3).
func TestC14_TooManyAttachmentsAreRefused(t *testing.T) {
	w := newWorld(t)
	for range rules.MaxAttachments + 1 {
		w.attach("1", "results.xml", "a")
	}
	w.At(time.Minute, func() {
		require.Equal(t, rules.IncompleteContent, w.standing().Reason)
		require.Contains(t, facts(w.tracker.steps[0].Comment), "at most 20 fit a change")
		require.Empty(t, w.tracker.hashed)
		w.detach()
		w.edit(true, nil)
	})
	w.At(2*time.Minute, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "not_submitted", "submitted", "withdrawn"}, w.records())
}
