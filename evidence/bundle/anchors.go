package bundle

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// readConsistency reads the proofs that the log extends earlier checkpoints.
func (v *verification) readConsistency() {
	l, err := v.files.lines(ConsistencyFile, maxProof)
	if errors.Is(err, fs.ErrNotExist) {
		v.report.find(CheckFile, "%s is missing", ConsistencyFile)
		return
	}
	if err != nil {
		v.report.find(CheckFile, "%s cannot be read: %s", ConsistencyFile, err)
		return
	}
	defer l.from.Close() //nolint:errcheck // only read from
	for {
		line, ok := l.next()
		if !ok {
			break
		}
		c, err := parseConsistency(line)
		if n := len(v.steps); err == nil && n > 0 && c.Size <= v.steps[n-1].Size {
			err = errors.New("it is out of order")
		}
		if err == nil && len(v.steps) >= 2*MaxAnchors {
			err = errors.New("there are more than a bundle has")
		}
		if err != nil {
			v.report.find(ledger.CheckAnchor, "line %d of %s: %s", l.n, ConsistencyFile, err)
			break
		}
		v.steps = append(v.steps, c)
	}
	if err := l.err(); err != nil {
		v.report.find(CheckFile, "%s cannot be read: %s", ConsistencyFile, err)
		return
	}
	v.read[ConsistencyFile] = l.file()
}

// checkAnchors shows that the log extends every anchor, those in the bundle and
// those that whoever verifies brought.
func (v *verification) checkAnchors() {
	anchors := 0
	for _, name := range v.files.names() {
		if !strings.HasPrefix(name, AnchorFolder) {
			continue
		}
		if anchors++; anchors > MaxAnchors {
			v.report.find(CheckFile, "it has more than %d anchors", MaxAnchors)
			break
		}
		if raw, ok := v.small(name, maxSigned); ok {
			size, err := v.checkAnchor(name, raw)
			if err == nil && anchorPrefix+strconv.FormatUint(size, 10) != name {
				v.report.find(ledger.CheckAnchor, "%s commits to %d records: it was renamed", name, size)
			}
		}
	}
	for _, a := range v.in.Anchors {
		_, _ = v.checkAnchor(a.Name, a.Raw)
	}
	if len(v.in.Anchors) == 0 {
		v.report.unknown("whether the log was rewritten or cut short before this export by whoever holds its key: give a checkpoint that was kept elsewhere with --anchor")
	}
}

func (v *verification) checkAnchor(name string, raw []byte) (uint64, error) {
	cp, err := ledger.ParseCheckpoint(raw, v.key)
	if err != nil {
		v.report.find(ledger.CheckAnchor, "%s was not signed with the key of %s: %s", name, v.key.Name(), err)
		return 0, err
	}
	at, found := slices.BinarySearchFunc(v.steps, cp.Size, func(c Consistency, size uint64) int {
		switch {
		case c.Size < size:
			return -1
		case c.Size > size:
			return 1
		}
		return 0
	})
	switch {
	case cp.Size > v.cp.Size:
		v.report.find(ledger.CheckAnchor, "%s commits to %d records and the bundle's checkpoint to %d: the log's tail was cut off, or the bundle is older than the anchor and has to be exported again", name, cp.Size, v.cp.Size)
	case cp.Size == v.cp.Size && !bytes.Equal(cp.Root, v.cp.Root):
		v.report.find(ledger.CheckAnchor, "%s has root %s for %d records, the bundle's checkpoint has %s: the history was rewritten", name, ledger.HexHash(cp.Root), cp.Size, ledger.HexHash(v.cp.Root))
	case cp.Size == v.cp.Size || cp.Size == 0:
		v.report.Anchors = append(v.report.Anchors, ledger.AnchorReport{Path: name, Size: cp.Size})
	case !found:
		v.report.find(ledger.CheckAnchor, "%s commits to %d records and the bundle has no proof from there: have it exported with --anchor and this file", name, cp.Size)
	default:
		if err := v.steps[at].Proves(cp, v.cp); err != nil {
			v.report.find(ledger.CheckAnchor, "%s: the log is no extension of its %d records: the history was rewritten, or the proof was altered (%s)", name, cp.Size, err)
			break
		}
		v.report.Anchors = append(v.report.Anchors, ledger.AnchorReport{Path: name, Size: cp.Size})
	}
	return cp.Size, nil
}
