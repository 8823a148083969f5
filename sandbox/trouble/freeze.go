package trouble

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/policy"
)

// freezeLasts is how long a freeze lasts at least when nobody ends it. It is short
// because what waits for its end looks at the calendars again when that was to come.
const freezeLasts = 5 * time.Minute

// Freeze is a freeze of every calendar of a policy, and of every environment without
// one. It is written into the files as whoever is in charge of them would write it,
// in lines that say whose they are, so that it is in force for the whole product,
// outlives a crash, and ends by itself.
type Freeze struct {
	Policy string           // directory
	Now    func() time.Time // the clock
	Told   func()           // is told after each change
}

// Begin writes it from this minute on; an earlier one is replaced. A policy it would
// break is left as it was.
func (f Freeze) Begin(ctx context.Context) error {
	if err := f.End(ctx); err != nil {
		return err
	}
	from := f.Now().UTC().Truncate(time.Minute)
	spell := spell{from: from, until: from.Add(freezeLasts + time.Minute)}
	// The calendars first: at every moment the files on disk are a policy.
	for _, kind := range []string{kindCalendars, kindSystems} {
		if err := f.each(func(text []byte) ([]byte, error) { return spell.into(text, kind) }); err != nil {
			return fmt.Errorf("the freeze could not be written: %w", err)
		}
	}
	if _, _, err := policy.Load(f.Policy); err != nil {
		_ = f.End(ctx) // what is wrong is told below
		return fmt.Errorf("with a freeze the policy would not be in order: %w", err)
	}
	f.Told()
	return nil
}

// End takes its lines out of the policy and leaves all others as they are.
func (f Freeze) End(context.Context) error {
	for _, kind := range []string{kindSystems, kindCalendars} {
		if err := f.each(func(text []byte) ([]byte, error) { return without(text, kind), nil }); err != nil {
			return fmt.Errorf("the freeze could not be ended: %w", err)
		}
	}
	f.Told()
	return nil
}

// Lasts says until when everything is frozen; empty when nothing is.
func (f Freeze) Lasts() string {
	until := time.Time{}
	_ = f.each(func(text []byte) ([]byte, error) { // a policy that cannot be read is told elsewhere
		if _, rest, found := strings.Cut(string(text), mark); found {
			line, _, _ := strings.Cut(rest, "\n")
			if at, err := time.Parse(time.RFC3339, strings.TrimSpace(line)); err == nil {
				until = at
			}
		}
		return text, nil
	})
	if !until.After(f.Now()) {
		return ""
	}
	return "Everything is frozen by the policy until " + until.Format("15:04") + " UTC at the latest."
}

// each rewrites the files of rules that edit changes. A file is replaced whole: a crash
// leaves the one or the other.
func (f Freeze) each(edit func([]byte) ([]byte, error)) error {
	names, err := filepath.Glob(filepath.Join(f.Policy, "rules", "*.yaml"))
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		before, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		after, err := edit(before)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		if bytes.Equal(before, after) {
			continue
		}
		if err := replace(name, after); err != nil {
			return err
		}
	}
	return nil
}

// replace gives the file its new content at once, and a time of writing that lies
// behind: the product leaves a file alone that was written only now, because it could
// be half of one, and this is a whole one.
func replace(name string, text []byte) error {
	next := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".next") // the policy leaves such names alone
	was, err := os.Stat(name)
	if err != nil {
		return err
	}
	if err := os.WriteFile(next, text, was.Mode().Perm()); err != nil {
		return err
	}
	written := time.Now().Add(-settled)
	if err := os.Chtimes(next, written, written); err != nil {
		return err
	}
	return os.Rename(next, name)
}

// settled is longer than the product leaves a file alone.
const settled = 10 * time.Second
