package evidencetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence"
)

// BenchOptions sizes a measurement. Zero fields take the values in brackets.
type BenchOptions struct {
	Dir      string // folder on the disk to be measured [a temporary one]
	Records  int    // appended in the throughput runs [4096]
	InFlight int    // concurrent callers in the throughput runs [64]
	Single   int    // appends one after the other in the latency runs [200]
	Rounds   int    // of all runs in turn, of which the best of each counts [3]
}

// Rate is what one run measured.
type Rate struct {
	PerSecond float64
	// Median and P99 are the durations of one append, as its caller saw it.
	Median, P99 time.Duration
}

// BenchResult sets the log beside the library it is built on, measured in the
// same run on the same disk with the same number of callers, batch limit and
// syncs. The library alone does not look up keys, allocate numbers, make
// records canonical or keep an index.
type BenchResult struct {
	InFlight               int
	Library, Log           Rate // InFlight callers
	LibraryAlone, LogAlone Rate // one caller, batches of one
	// Ratio is the log's throughput as a share of the library's: the median of
	// the rounds, in each of which one ran right after the other.
	Ratio float64
}

// String is the result as a small table.
func (r BenchResult) String() string {
	line := func(name string, x Rate) string {
		return fmt.Sprintf("%-28s %8.0f/s   median %-9s p99 %s\n", name, x.PerSecond,
			x.Median.Round(10*time.Microsecond), x.P99.Round(10*time.Microsecond))
	}
	return line(fmt.Sprintf("library, %d callers", r.InFlight), r.Library) +
		line(fmt.Sprintf("evidence log, %d callers", r.InFlight), r.Log) +
		line("library, one caller", r.LibraryAlone) +
		line("evidence log, one caller", r.LogAlone) +
		fmt.Sprintf("%-28s %8.2f\n", "log / library, median", r.Ratio)
}

// Bench measures durable appends. It is what a bench command prints.
func Bench(ctx context.Context, o BenchOptions) (res BenchResult, err error) {
	o.Records, o.InFlight, o.Single, o.Rounds = cmp.Or(o.Records, 4096), cmp.Or(o.InFlight, 64), cmp.Or(o.Single, 200), cmp.Or(o.Rounds, 3)
	if o.Dir, err = os.MkdirTemp(o.Dir, "evidence-bench-"); err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.Dir)) }()
	res.InFlight = o.InFlight
	runs := []struct {
		best              *Rate
		measure           func(context.Context, string, int, int) (Rate, error)
		records, inFlight int
	}{
		{&res.Library, benchLibrary, o.Records, o.InFlight},
		{&res.Log, benchLog, o.Records, o.InFlight},
		{&res.LibraryAlone, benchLibrary, o.Single, 1},
		{&res.LogAlone, benchLog, o.Single, 1},
	}
	// In turn, so that another program's load hits both sides.
	var ratios []float64
	for round := range o.Rounds {
		var rates [4]Rate
		for i, run := range runs {
			dir := filepath.Join(o.Dir, fmt.Sprintf("%d-%d", round, i))
			if rates[i], err = run.measure(ctx, dir, run.records, run.inFlight); err != nil {
				return res, err
			}
			if rates[i].PerSecond > run.best.PerSecond {
				*run.best = rates[i]
			}
		}
		ratios = append(ratios, rates[1].PerSecond/rates[0].PerSecond)
	}
	slices.Sort(ratios)
	res.Ratio = ratios[len(ratios)/2]
	return res, nil
}

// benchEvent is of the size and shape of a decision, about 700 bytes on record.
func benchEvent(i int) evidence.Event {
	ev := evidence.Event{
		Key: fmt.Sprintf("CHG-%d/v1/decided/%d", i/4+1, i), Type: "change.decided", Schema: 1,
		Subject: fmt.Sprintf("change/site/%d", 10000+i/4), State: "in-review",
		WorkflowID: fmt.Sprintf("change/site/%d", 10000+i/4), RunID: "0198e2a0-7f7c-7c1c-9d52-3f0c5b1c7d10",
		At:       time.Now().UTC(),
		Actor:    &evidence.Actor{Person: "p-1042", Account: evidence.Account{Provider: "chat", ID: "U024BE7LH"}},
		Rules:    &evidence.Rules{Version: "2026-03", Hash: "5f3c1a9e0b7d", Directory: "118"},
		Controls: []string{"SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CM-3"},
		Facts:    []byte(`{"verdict":"approve","level":1,"quorum":2,"remaining":1,"version":1,"attested":["tests","risk","rollback"]}`),
	}
	if i%4 == 0 {
		ev.Series = "CHG"
	}
	return ev
}

func benchLog(ctx context.Context, dir string, records, inFlight int) (rate Rate, err error) {
	log, err := evidence.Open(ctx, evidence.Config{Dir: dir})
	if err != nil {
		return rate, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	return drive(records, inFlight, func(i int) error {
		_, err := log.Append(ctx, []evidence.Event{benchEvent(i)})
		return err
	})
}

func benchLibrary(ctx context.Context, dir string, records, inFlight int) (rate Rate, err error) {
	private, _, err := note.GenerateKey(nil, "bench")
	if err != nil {
		return rate, err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return rate, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return rate, err
	}
	life, end := context.WithCancel(ctx)
	defer end()
	batch := uint(evidence.MaxEvents)
	if inFlight == 1 {
		batch = 1 // its best: no waiting for company that does not come
	}
	appender, shutdown, _, err := tessera.NewAppender(life, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithBatching(batch, 5*time.Millisecond).WithCheckpointInterval(time.Second))
	if err != nil {
		return rate, err
	}
	defer func() { err = errors.Join(err, shutdown(ctx)) }()
	return drive(records, inFlight, func(i int) error {
		entry := fmt.Appendf(make([]byte, 0, 720), "%0700d", i)
		_, err := appender.Add(ctx, tessera.NewEntry(entry))()
		return err
	})
}

// drive calls add for 0..records-1 from inFlight goroutines.
func drive(records, inFlight int, add func(int) error) (Rate, error) {
	took := make([]time.Duration, records)
	failed := make([]error, inFlight)
	var next atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for w := range inFlight {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= records {
					return
				}
				began := time.Now()
				if err := add(i); err != nil {
					failed[w] = err
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	group.Wait()
	total := time.Since(start)
	slices.Sort(took)
	return Rate{
		PerSecond: float64(records) / total.Seconds(),
		Median:    took[records/2], P99: took[records*99/100],
	}, errors.Join(failed...)
}
