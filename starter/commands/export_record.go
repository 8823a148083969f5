package commands

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/export"
	"github.com/lowcodex/countersign/timeline"
	"github.com/lowcodex/countersign/workflows/record"
)

// recordExport puts an export on record and waits until it is: nobody gets a
// bundle that no record tells of (C37).
func (p *program) recordExport(ctx context.Context, e engine, in export.Input, result export.Result) (evidence.Receipt, error) {
	m := result.Manifest
	event, err := evidence.NewExported(evidence.ExportedFacts{
		Manifest: result.Digest, From: m.Selection.From, To: m.Selection.To, Process: m.Selection.Process, Subjects: m.Selection.Subjects,
		Personal: m.Selection.Personal, Records: m.Totals.Records, Size: m.Size,
	}, in.By, in.Created)
	if err != nil {
		return evidence.Receipt{}, err
	}
	const next = "look at the workers with starter doctor, then repeat the command: nothing was handed over"
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	run, err := e.ExecuteWorkflow(ctx, once(record.WorkflowID(event.Key)), record.Type, record.Input{Event: &event})
	if err != nil {
		return evidence.Receipt{}, unreachable("the export could not be put on record: "+err.Error(), next, err)
	}
	var recorded record.Result
	if err := run.Get(ctx, &recorded); err != nil {
		return evidence.Receipt{}, unreachable("the export is not on record yet, so the bundle was not handed over: "+err.Error(), next, err)
	}
	return recorded.Receipt, nil
}

// overrides are the types of records by which somebody who may lets something pass
// that a rule holds back.
func overrides() map[string]bool {
	return map[string]bool{
		patch.EventBarLifted: true, patch.EventWaived: true, patch.EventResumed: true, certification.EventGranted: true, rules.EventOverridden: true,
	}
}

// telling puts records into words for the report. Names come from the snapshots of
// then, and only where personal data was asked for: ids tell people apart as well.
func (p *program) telling(ctx context.Context, reader *evidence.Reader, personal bool) func(evidence.Entry) export.Line {
	snapshots := snapshots{ctx: ctx, known: map[string]string{}}
	if personal {
		snapshots.blobs = reader.Blobs()
	}
	id := func(person compliance.PersonID) string { return string(person) }
	utc := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
	override := overrides()
	return func(e evidence.Entry) export.Line {
		told := timeline.Of([]evidence.Entry{e}, id, utc)[0]
		line := export.Line{
			At: told.At, Kind: told.Kind, Text: told.Text, Details: told.Details, State: told.State, Final: told.Final,
			Refused: told.Refused, Override: override[e.Record.Type],
		}
		if a := e.Record.Actor; a != nil {
			line.Who = actorName(a, snapshots, &names{})
		}
		return line
	}
}
