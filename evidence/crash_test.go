package evidence_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
)

// The test binary runs itself again as the process that is to die.
const (
	crashDir   = "EVIDENCE_CRASH_DIR"
	crashPoint = "EVIDENCE_CRASH_POINT" // an observer point, or empty: until killed
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := victim(dir, os.Getenv(crashPoint)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// die is what a power cut looks like to the process: nothing runs after it.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func crashConfig(dir string) evidence.Config {
	return evidence.Config{Dir: dir + "/evidence", AnchorDirs: []string{dir + "/anchors"}}
}

// crashEvents are the calls a victim makes, the same at every start, as a
// retrying workflow would: "received" with its follower, then states.
func crashEvents(i int) []evidence.Event {
	subject := fmt.Sprintf("change/a/%d", i)
	return []evidence.Event{
		event(fmt.Sprintf("%d/received", i), subject, series("CHG"), state("received")),
		event(fmt.Sprintf("%d/noted", i), subject),
	}
}

// victim appends and reports each receipt on standard output, and dies at the
// fourth passing of the given point.
func victim(dir, point string) error {
	var passed sync.Map
	at := func(name string) {
		n, _ := passed.LoadOrStore(name, new(int))
		count := n.(*int)
		*count++
		if name == point && (*count == 4 || name == "key" || name == "anchored") {
			die()
		}
	}
	cfg := crashConfig(dir)
	cfg.Observer = evidence.Observer{
		KeyWritten: func() { at("key") },
		Planned:    func(int) { at("planned") },
		Added:      func(uint64, int) { at("added") },
		Indexed:    func(uint64, int) { at("indexed") },
		Published:  func(uint64) { at("published") },
		Anchored:   func(uint64) { at("anchored") },
	}
	log, err := evidence.Open(context.Background(), cfg)
	if err != nil {
		return err
	}
	if point != "" {
		return appendCrashing(log, point)
	}
	var group sync.WaitGroup
	var out sync.Mutex
	for w := range 8 {
		group.Go(func() {
			for i := w; ; i += 8 {
				receipts, err := log.Append(context.Background(), crashEvents(i))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				line, _ := json.Marshal(receipts)
				out.Lock()
				fmt.Printf("%d %s\n", i, line)
				out.Unlock()
			}
		})
	}
	group.Wait()
	return nil
}

// appendCrashing makes ten calls one after the other, with what else the point needs.
func appendCrashing(log *evidence.Log, point string) error {
	for i := range 10 {
		if _, err := log.Append(context.Background(), crashEvents(i)); err != nil {
			return err
		}
		var err error
		switch point {
		case "published":
			err = log.Publish(context.Background())
		case "anchored":
			err = log.Anchor(context.Background())
		}
		if err != nil {
			return err
		}
	}
	return log.Close()
}

func startVictim(t *testing.T, dir, point string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashPoint+"="+point)
	return cmd
}

func requireKilled(t *testing.T, err error) {
	t.Helper()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), string(exit.Stderr))
}

// E3: at whatever step of the commit protocol the process is killed, the next
// one neither loses, doubles nor skips anything.
func TestE3_KilledAtEveryStep(t *testing.T) {
	for _, point := range []string{"key", "planned", "added", "indexed", "published", "anchored"} {
		t.Run(point, func(t *testing.T) {
			dir := t.TempDir()
			cmd := startVictim(t, dir, point)
			_, err := cmd.Output()
			requireKilled(t, err)

			log, err := evidence.Open(t.Context(), crashConfig(dir))
			require.NoError(t, err)
			for i := range 10 { // everybody repeats what was not answered
				r, err := log.Append(t.Context(), crashEvents(i))
				require.NoError(t, err)
				require.Equal(t, fmt.Sprintf("CHG-%d", i+1), r[0].Number)
				require.Equal(t, uint64(2*i), r[0].Index)
				require.Equal(t, uint64(2*i+1), r[1].Index)
				if point == "added" || point == "indexed" {
					require.Equal(t, i < 4, r[0].Existing, "durable from the step Added on, call %d", i)
				}
				if point == "planned" {
					require.Equal(t, i < 3, r[0].Existing, "call %d", i)
				}
			}
			require.Equal(t, uint64(20), log.Size())
			requireSound(t, log, crashConfig(dir))
		})
	}
}

func requireSound(t *testing.T, log *evidence.Log, cfg evidence.Config) evidence.Report {
	t.Helper()
	require.NoError(t, log.Close())
	report, err := evidence.Verify(t.Context(), evidence.VerifyInput{Dir: cfg.Dir, PublicKey: log.PublicKey(), Anchors: cfg.AnchorDirs})
	require.NoError(t, err)
	require.Equal(t, "matches", report.Index)
	return report
}

// E3: killed at moments nobody chose, again and again, under concurrent load:
// every answered append is on record where its receipt says.
func TestE3_KilledAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	answered := map[int][]evidence.Receipt{}
	for round := range 6 {
		cmd := startVictim(t, dir, "")
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 20 + rand.IntN(150); n > 0 && lines.Scan(); {
			i, receipts := parseAnswer(t, lines.Text())
			if !receipts[0].Existing {
				n--
			}
			requireSameReceipts(t, answered[i], receipts)
			answered[i] = receipts
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // what was answered before the kill arrived counts too
			if i, receipts := parseAnswer(t, lines.Text()); receipts != nil {
				requireSameReceipts(t, answered[i], receipts)
				answered[i] = receipts
			}
		}
		requireKilled(t, cmd.Wait())

		log, err := evidence.Open(t.Context(), crashConfig(dir))
		require.NoError(t, err, "round %d", round)
		for i, want := range answered {
			got, err := log.Append(t.Context(), crashEvents(i))
			require.NoError(t, err)
			require.True(t, got[0].Existing && got[1].Existing)
			requireSameReceipts(t, want, got)
		}
		report := requireSound(t, log, crashConfig(dir))
		require.Equal(t, report.Size, uint64(2*report.Series[0].Count), "two records per number")
		t.Logf("round %d: %d answered, %d records", round, len(answered), report.Size)
	}
}

// parseAnswer reads one line of a victim; the last may be cut off.
func parseAnswer(t *testing.T, line string) (int, []evidence.Receipt) {
	t.Helper()
	var i int
	var rest string
	if _, err := fmt.Sscanf(line, "%d %s", &i, &rest); err != nil {
		return 0, nil
	}
	var receipts []evidence.Receipt
	if json.Unmarshal([]byte(rest), &receipts) != nil {
		return i, nil
	}
	return i, receipts
}

func requireSameReceipts(t *testing.T, want, got []evidence.Receipt) {
	t.Helper()
	if want == nil {
		return
	}
	require.Len(t, got, len(want))
	for i := range want {
		want[i].Existing, got[i].Existing = false, false
		require.Equal(t, want[i], got[i])
	}
}
