package policy_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// desk is a policy directory with a source on it.
type desk struct {
	t      *testing.T
	dir    string
	log    *syncBuffer
	source *policy.Source
	edits  int
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) count(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.b.String(), text)
}

func newDesk(t *testing.T, settle time.Duration) *desk {
	d := &desk{t: t, dir: t.TempDir(), log: &syncBuffer{}}
	require.NoError(t, policy.WriteExample(d.dir))
	var err error
	d.source, err = policy.OpenSource(policy.SourceConfig{Dir: d.dir, Logger: slog.New(slog.NewTextHandler(d.log, nil)), Settle: settle})
	require.NoError(t, err)
	return d
}

func (d *desk) rules() *policy.Rules {
	r, err := d.source.Rules(context.Background())
	require.NoError(d.t, err)
	return r
}

func (d *desk) directory() *policy.Directory {
	dir, err := d.source.Directory(context.Background())
	require.NoError(d.t, err)
	return dir
}

// edit replaces text in a file in one step, as if it had been done an hour and
// some edits ago, so that the age of the file plays no part.
func (d *desk) edit(file, old, new string) {
	name := filepath.Join(d.dir, file)
	data, err := os.ReadFile(name)
	require.NoError(d.t, err)
	require.Contains(d.t, string(data), old)
	d.edits++
	at := time.Now().Add(time.Duration(d.edits)*time.Minute - time.Hour)
	d.write(file, strings.Replace(string(data), old, new, 1), at)
}

func (d *desk) write(file, text string, at time.Time) {
	name := filepath.Join(d.dir, file)
	require.NoError(d.t, os.WriteFile(name+".new", []byte(text), 0o644))
	require.NoError(d.t, os.Chtimes(name+".new", at, at))
	require.NoError(d.t, os.Rename(name+".new", name))
}

func TestSourceTakesUpAGoodEdit(t *testing.T) {
	d := newDesk(t, -1)
	before := d.rules()
	require.Same(t, before, d.rules())
	d.edit(chainsFile, "quorum: 2", "quorum: 3")
	after := d.rules()
	require.NotEqual(t, before.Hash, after.Hash)
	chain, _ := after.Chain("standard")
	require.Equal(t, "3", chain.Levels[0].Quorum)
	chain, _ = before.Chain("standard")
	require.Equal(t, "2", chain.Levels[0].Quorum, "what somebody holds does not change")
	require.Empty(t, d.source.Trouble())
	require.Equal(t, 1, d.log.count("policy rules taken up"))
}

func TestSourceKeepsTheLastGoodVersion(t *testing.T) {
	d := newDesk(t, -1)
	rules, directory := d.rules(), d.directory()
	d.edit(chainsFile, "quorum: 2", "quorum: 22")
	require.Same(t, rules, d.rules())
	require.Same(t, directory, d.directory())
	trouble := d.source.Trouble()
	require.Len(t, trouble, 1)
	require.Equal(t, "rules/chains.yaml", trouble[0].File)
	since := d.source.TroubleSince()
	require.False(t, since.IsZero())
	for range 5 {
		d.rules()
	}
	require.Equal(t, 1, d.log.count("policy edit is broken"), "told once")
	require.Equal(t, 1, d.log.count("the quorum needs 22 people"))
	d.edit(chainsFile, "quorum: 22", "quorum: 23")
	d.rules()
	require.Equal(t, since, d.source.TroubleSince(), "another broken edit is no new beginning")
	d.edit(chainsFile, "quorum: 23", "quorum: 22")

	d.edit(chainsFile, "quorum: 22", "quorum: 2")
	require.Equal(t, rules.Hash, d.rules().Hash)
	require.Empty(t, d.source.Trouble())
	require.Zero(t, d.source.TroubleSince())
	require.Equal(t, 1, d.log.count("policy is in order again"))
}

// A leaver is out of the directory although the rules are broken meanwhile,
// and although without them a chain can no longer reach its quorum.
func TestSourceTakesUpTheDirectoryByItself(t *testing.T) {
	d := newDesk(t, -1)
	rules := d.rules()
	d.edit(chainsFile, "deadline: 72h", "deadline: soon")
	d.edit(groupsFile, "[p-farah, p-hana]", "[p-farah]")
	d.edit(peopleFile, "    name: Hana Suzuki\n", "    name: Hana Suzuki\n    active_to: \"2026-01-01\"\n")
	require.Same(t, rules, d.rules())
	hana, ok := d.directory().Person("p-hana")
	require.True(t, ok)
	require.False(t, hana.ActiveAt(time.Now()))
	require.Equal(t, []string{"implementers"}, hana.Groups)
	require.Len(t, d.source.Trouble(), 1)

	d.edit(groupsFile, "[p-bruno, p-chidi, p-dana, p-emeka]", "[p-bruno]")
	require.Len(t, d.directory().Members([]string{"platform-owners"}), 1)
	require.Contains(t, d.source.Trouble().Error(), "the quorum needs 2 people, the groups platform-owners hold 1")
	require.Same(t, rules, d.rules())

	// A directory that is broken itself does not count.
	d.edit(groupsFile, "[p-bruno]", "[p-nobody]")
	require.Equal(t, []compliance.PersonID{"p-bruno"}, []compliance.PersonID{d.directory().Members([]string{"platform-owners"})[0].Person.ID})
}

func TestSourceSeesFilesComeAndGo(t *testing.T) {
	d := newDesk(t, -1)
	rules := d.rules()
	require.NoError(t, os.Rename(filepath.Join(d.dir, "rules"), filepath.Join(d.dir, "away")))
	require.Same(t, rules, d.rules())
	require.Contains(t, d.source.Trouble().Error(), "the policy directory cannot be read")
	require.NoError(t, os.Rename(filepath.Join(d.dir, "away"), filepath.Join(d.dir, "rules")))
	require.Same(t, rules, d.rules())
	require.Empty(t, d.source.Trouble())

	require.NoError(t, os.Remove(filepath.Join(d.dir, chainsFile)))
	require.Same(t, rules, d.rules())
	require.Contains(t, d.source.Trouble().Error(), "no file of kind chains")

	require.NoError(t, os.Remove(filepath.Join(d.dir, escalationFile)))
	d.write(organisationFile, calm(t), time.Now())
	d.write(chainsFile, string(example(t)[chainsFile].Data), time.Now().Add(-time.Hour))
	require.NotEqual(t, rules.Hash, d.rules().Hash)
	require.Empty(t, d.source.Trouble())
}

// A file of the same length, written at the same moment, in the same place:
// only its content tells.
func TestSourceSeesAnEditThatLooksLikeNone(t *testing.T) {
	d := newDesk(t, -1)
	now := time.Now()
	overwrite := func(old, new string) {
		name := filepath.Join(d.dir, chainsFile)
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(data), old, new, 1)), 0o644))
		require.NoError(t, os.Chtimes(name, now, now))
	}
	quorum := func() string { c, _ := d.rules().Chain("standard"); return c.Levels[0].Quorum }
	overwrite("quorum: 2", "quorum: 3")
	require.Equal(t, "3", quorum())
	overwrite("quorum: 3", "quorum: 4")
	require.Equal(t, "4", quorum())
}

// A half-written file is a policy of its own, with fewer freezes.
func TestSourceWaitsUntilAFileHasSettled(t *testing.T) {
	d := newDesk(t, time.Hour)
	rules := d.rules()
	for name, file := range example(t) {
		d.write(name, string(file.Data), time.Now().Add(-2*time.Hour))
	}
	require.Same(t, rules, d.rules())
	text := string(example(t)[calendarsFile].Data)
	cut := text[:strings.Index(text, "      - name: month-end billing")]
	cut += text[strings.Index(text, "\n  - name: yard")+1:]
	d.write(calendarsFile, cut, time.Now())
	require.Same(t, rules, d.rules(), "written a moment ago")
	require.Empty(t, d.source.Trouble())
	d.write(calendarsFile, cut, time.Now().Add(-2*time.Hour))
	require.NotEqual(t, rules.Hash, d.rules().Hash)
	d.write(calendarsFile, text, time.Now().Add(24*time.Hour))
	require.Equal(t, rules.Hash, d.rules().Hash, "a clock that is wrong does not keep edits out")
}

func TestSourceIsSafeForConcurrentUse(t *testing.T) {
	d := newDesk(t, -1)
	ctx, stop := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for ctx.Err() == nil {
				rules, err := d.source.Rules(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				chain, ok := rules.Chain("standard")
				if q := chain.Levels[0].Quorum; !ok || (q != "2" && q != "3") {
					t.Errorf("quorum %q was never in force", q)
				}
				d.source.Trouble()
			}
		})
	}
	for i := range 20 {
		if i%2 == 0 {
			d.edit(chainsFile, "quorum: 2", "quorum: 3")
		} else {
			d.edit(chainsFile, "quorum: 3", "quorum: 2")
		}
		want := fmt.Sprint(3 - i%2)
		chain, _ := d.rules().Chain("standard")
		require.Equal(t, want, chain.Levels[0].Quorum)
	}
	stop()
	readers.Wait()
}

func TestSourceRefusesToOpen(t *testing.T) {
	logger := slog.New(slog.DiscardHandler)
	_, err := policy.OpenSource(policy.SourceConfig{Logger: logger})
	require.ErrorContains(t, err, "Dir is missing")
	_, err = policy.OpenSource(policy.SourceConfig{Dir: t.TempDir()})
	require.ErrorContains(t, err, "Logger is missing")
	_, err = policy.OpenSource(policy.SourceConfig{Dir: t.TempDir(), Logger: logger})
	require.ErrorIs(t, err, os.ErrNotExist)

	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	require.NoError(t, os.Remove(filepath.Join(dir, fieldsFile)))
	_, err = policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: logger})
	var problems policy.Problems
	require.ErrorAs(t, err, &problems)

	d := newDesk(t, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = d.source.Rules(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = d.source.Directory(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
