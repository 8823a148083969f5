package bundle

import (
	"encoding/json"
	"errors"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// maxPath is more hashes than a proof in any tree can have.
const maxPath = 64

// Inclusion is a line of ProofsFile: the place of the record in the same line of
// RecordsFile, and the hashes that lead from it to the checkpoint's root (RFC 6962).
type Inclusion struct {
	Index uint64   `json:"index"`
	Path  [][]byte `json:"path"` // base64
}

// Consistency is a line of ConsistencyFile: the hashes by which the checkpoint's
// tree extends the one of this size (RFC 6962).
type Consistency struct {
	Size uint64   `json:"size"`
	Path [][]byte `json:"path"` // base64
}

func parseLine[T any](line []byte, path func(T) [][]byte) (v T, err error) {
	if err := json.Unmarshal(line, &v); err != nil {
		return v, err
	}
	if len(path(v)) > maxPath {
		return v, errors.New("more hashes than a proof can have")
	}
	return v, nil
}

func parseInclusion(line []byte) (Inclusion, error) {
	return parseLine(line, func(i Inclusion) [][]byte { return i.Path })
}

func parseConsistency(line []byte) (Consistency, error) {
	return parseLine(line, func(c Consistency) [][]byte { return c.Path })
}

// Proves checks the proof for a leaf against a checkpoint.
func (i Inclusion) Proves(leaf []byte, cp ledger.Checkpoint) error {
	return plain(proof.VerifyInclusion(rfc6962.DefaultHasher, i.Index, cp.Size, leaf, i.Path, cp.Root))
}

// Proves checks that a checkpoint extends an earlier one.
func (c Consistency) Proves(earlier, cp ledger.Checkpoint) error {
	return plain(proof.VerifyConsistency(rfc6962.DefaultHasher, earlier.Size, cp.Size, c.Path, earlier.Root, cp.Root))
}

// plain leaves the hashes out of an error: whoever reads it cannot compare them.
func plain(err error) error {
	if mismatch := (proof.RootMismatchError{}); errors.As(err, &mismatch) {
		return errors.New("the hashes do not lead to the root")
	}
	return err
}

// Line is the proof as it is written.
func (c Consistency) Line() ([]byte, error) {
	raw, err := json.Marshal(c)
	return append(raw, '\n'), err
}
