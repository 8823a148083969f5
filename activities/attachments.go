package activities

import (
	"cmp"
	"context"
	"sync"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// TicketFiles reads what is attached to tickets. Every error is a
// *compliance.Failure, and none is Gone: a file that is not there any more is
// Unavailable, because the ticket has to be read again. The implementation does not retry.
type TicketFiles interface {
	// Digest is the SHA-256 of an attachment's bytes in hex. It fails when there
	// are not as many as were listed.
	Digest(ctx context.Context, a compliance.Attachment) (string, error)
}

// filesAtOnce bounds how many attachments are read side by side.
const filesAtOnce = 4

// hash reads the attachments of a content, all or none: one that cannot be read
// fails the reading, so that no content is ever half known (C14). What was read
// before under the same id is not read again.
func (t *Tickets) hash(ctx context.Context, attached []change.Attached, known []change.Attached) error {
	errs := make([]error, len(attached))
	var all sync.WaitGroup
	slots := make(chan struct{}, filesAtOnce)
	for i := range attached {
		a := &attached[i]
		if a.Digest = change.KnownDigest(known, *a); a.Digest != "" {
			continue
		}
		if t.Files == nil {
			return &compliance.Failure{Class: compliance.Blocked, Op: "read an attachment", Detail: "this worker has nothing to read attachments with"}
		}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			a.Digest, errs[i] = t.Files.Digest(ctx, compliance.Attachment{ID: a.ID, Size: a.Size})
		})
	}
	all.Wait()
	return cmp.Or(errs...)
}
